//! Durable token issues: a code is spent, a refresh token inserted, an event recorded.

mod postgres;
mod sqlite;

use anyhow::{Context as _, Result};
use keybound_authority::{
    event::{Event, EventKind},
    grant::{code::Code, refresh::RefreshToken},
    model::{
        digest::{CodeDigest, RefreshDigest},
        factor::Factors,
        name::{AudienceName, ConnectionName, FamilyId, SessionId},
    },
};
use keybound_crypto::entropy;
use keybound_proto::{
    id::{ClientId, Subject, TenantId},
    jose::Thumbprint,
    scope::Scopes,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, Bind as _, Store, StoreError, Value, census, events,
    ledger::{codes, refresh_tokens},
};

pub(crate) use self::{
    postgres::{ADDRESS, Schema, connect, measure as postgres, version as postgres_version},
    sqlite::measure as sqlite,
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// How many ask at once.
const CALLERS: usize = 32;

/// Grants a round.
const GRANTS: usize = 3_200;

/// Rounds, in which the store and the bare driver take turns.
const ROUNDS: usize = 7;

/// One grant, decided and not yet written.
#[derive(Clone)]
pub(crate) struct Grant {
    tenant: TenantId,
    code: Code,
    token: RefreshToken,
    event: Event,
}

/// The three statements of a grant, as the store has them.
struct Statements {
    spend: &'static keybound_store::Sql,
    issue: &'static keybound_store::Sql,
    record: &'static keybound_store::Sql,
}

impl Grant {
    fn new() -> Result<Self> {
        let code = Code {
            digest: CodeDigest::from_bytes(entropy::bytes()),
            family: FamilyId::parse(&entropy::token::<16>())?,
            client: ClientId::parse("AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPp")?,
            redirect_uri: None,
            challenge: None,
            jkt: None,
            subject: Subject::parse(&format!("auth0|{}", entropy::hex::<12>()))?,
            connection: ConnectionName::parse("Username-Password-Authentication")?,
            session: SessionId::parse(&entropy::token::<16>())?,
            authenticated_at: NOW,
            factors: Factors::One,
            organization: None,
            audience: Some(AudienceName::parse("https://api.example/")?),
            asked: Scopes::parse("openid profile offline_access read:orders")?,
            scopes: Scopes::parse("openid profile offline_access read:orders")?,
            id_token_nonce: None,
            issued_at: NOW,
            expires_at: NOW.plus(Lifetime::seconds(60)),
        };
        let token = RefreshToken {
            digest: RefreshDigest::from_bytes(entropy::bytes()),
            family: code.family.clone(),
            client: code.client.clone(),
            subject: code.subject.clone(),
            connection: code.connection.clone(),
            session: Some(code.session.clone()),
            authenticated_at: NOW,
            factors: Factors::One,
            organization: None,
            audience: code.audience.clone(),
            scopes: code.scopes.clone(),
            bound_to: Some(Thumbprint::from_bytes(entropy::bytes())),
            issued_at: NOW,
            expires_at: Some(NOW.plus(Lifetime::seconds(2_592_000))),
            idle_at: Some(NOW.plus(Lifetime::seconds(1_296_000))),
        };
        let mut event = Event::new(EventKind::CodeRedeemed, NOW).by(&code.client).about(&code.subject);
        event.scopes = Some(code.scopes.clone());
        event.thumbprint = token.bound_to;
        Ok(Self { tenant: TenantId::parse("default")?, code, token, event })
    }

    /// What a caller of the store does.
    async fn apply(&self, store: &Store) -> Result<(), StoreError> {
        let mut batch = Batch::new();
        codes::spend(&mut batch, &self.tenant, &self.code.digest, NOW);
        refresh_tokens::issue(&mut batch, &self.tenant, &self.token);
        events::record(&mut batch, store, &self.tenant, &self.event);
        store.apply(batch).await
    }

    /// What the three statements are given, in their order; `number` is the event's.
    fn values(&self, number: usize) -> [Vec<Value>; 3] {
        let (token, event) = (&self.token, &self.event);
        let id = format!("900{:012}{number:020}{:020}", NOW.as_unix(), u64::MAX);
        [
            vec![self.code.digest.bind(), self.tenant.bind(), NOW.bind()],
            vec![
                token.digest.bind(),
                self.tenant.bind(),
                token.family.bind(),
                token.client.bind(),
                token.subject.bind(),
                token.connection.bind(),
                token.session.as_ref().map_or("", |session| session.as_str()).bind(),
                token.authenticated_at.bind(),
                token.audience.bind(),
                token.scopes.bind(),
                token.bound_to.bind(),
                token.issued_at.bind(),
                token.expires_at.bind(),
                token.idle_at.bind(),
                Value::Null,
                token.idle_at.bind(),
                token.factors.bind(),
            ],
            vec![
                self.tenant.bind(),
                id.bind(),
                event.kind.code().bind(),
                event.at.bind(),
                event.client.bind(),
                event.subject.bind(),
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
                event.scopes.bind(),
                event.thumbprint.bind(),
                Value::Null,
                Value::Null,
                Value::Null,
                Value::Null,
            ],
        ]
    }
}

impl Statements {
    fn of_the_store() -> Result<Self> {
        let all = census::statements();
        let find = |start: &str| {
            let found = all.iter().find(|sql| sql.postgres().starts_with(start));
            found.copied().with_context(|| format!("the store has no statement {start}…"))
        };
        Ok(Self {
            spend: find("UPDATE codes SET spent_at")?,
            issue: find("INSERT INTO refresh_tokens")?,
            record: find("INSERT INTO events")?,
        })
    }
}

/// Grants whose codes are in the store, waiting to be redeemed.
async fn waiting(store: &Store) -> Result<Vec<Grant>> {
    let grants: Vec<Grant> = (0..GRANTS).map(|_| Grant::new()).collect::<Result<_>>()?;
    each(&grants, store, |grant, store| async move {
        let mut batch = Batch::new();
        codes::issue(&mut batch, &grant.tenant, &grant.code);
        store.apply(batch).await
    })
    .await?;
    Ok(grants)
}

/// Every caller applies its share of the grants, one after the other.
async fn through_the_store(grants: &[Grant], store: &Store) -> Result<()> {
    each(grants, store, |grant, store| async move { grant.apply(&store).await }).await
}

async fn each<F, W>(grants: &[Grant], store: &Store, work: W) -> Result<()>
where
    W: Fn(Grant, Store) -> F + Copy + Send + 'static,
    F: Future<Output = Result<(), StoreError>> + Send,
{
    let mut callers = tokio::task::JoinSet::new();
    for share in grants.chunks(grants.len().div_ceil(CALLERS)) {
        let (share, store) = (share.to_vec(), store.clone());
        callers.spawn(async move {
            for grant in share {
                work(grant, store.clone()).await?;
            }
            Ok::<_, StoreError>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(())
}
