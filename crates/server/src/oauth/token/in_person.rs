//! What a person who shows a client who they are lets it have: asked for first, and given once it is known who.
//!
//! What is refused whoever the person may be is refused before anybody looks at what they show.

use keybound_authority::{
    Refusal,
    authorize::{
        audience::{Named, resolve},
        claims::Acr,
    },
    event::{Event, EventKind},
    grant::{
        Issue, SignedIn,
        mfa::{LIFETIME, Waiting},
        password::{Admitted, Fresh, Request, admit},
    },
    login::factor::Owed,
    model::{
        audience::{Audience, ClientGrant},
        client::GrantKind,
        digest::MfaDigest,
        factor::Factors,
        name::{AudienceName, ConnectionName, FamilyId},
        user::User,
    },
};
use keybound_crypto::entropy;
use keybound_proto::{id::Subject, response::token::TokenResponse, scope::Scopes};
use keybound_store::{Batch, ledger::logins};

use super::{
    mfa::{self, MfaToken},
    redeeming::{Drawn, Read, Redeeming, Refused},
};
use crate::{
    factor,
    failure::{Failure, Reason},
    registered,
    tenant_log::record_alone,
};

/// What is asked for, and what was read to judge it.
pub(super) struct Asked {
    kind: GrantKind,
    redeemed: GrantKind,
    audience: Option<AudienceName>,
    scopes: Scopes,
    grant: Option<ClientGrant>,
    found: Option<Audience>,
}

/// Who they are, and what they owe.
pub(super) struct Person {
    pub(super) signed_in: SignedIn,
    pub(super) user: User,
    pub(super) owed: Owed,
}

impl Asked {
    /// Reads what a grant of this kind asks for.
    pub(super) async fn read(
        by: &Redeeming<'_>,
        kind: GrantKind,
        named: &Named<'_>,
        scopes: Option<&Scopes>,
    ) -> Result<Self, Refused> {
        let audience = resolve(named, by.tenant).map_err(|refusal| Refused::grant(kind, refusal))?;
        let found = registered::audience_if_named(by.app, audience.as_ref()).await?;
        let grant = registered::grant_for_users(by.app, &by.client.id, found.as_ref()).await?;
        Ok(Self { kind, redeemed: kind, audience, scopes: scopes.cloned().unwrap_or_default(), grant, found })
    }

    /// Judges everything that does not depend on who the person is.
    pub(super) fn admit(&self, by: &Redeeming<'_>) -> Result<Admitted<'_>, Refused> {
        let read = Read { audience: self.found.clone(), ..Read::default() };
        let request = Request {
            kind: self.kind,
            audience: self.audience.as_ref(),
            scopes: &self.scopes,
            grant: self.grant.as_ref(),
        };
        admit(request, &by.around(&read)).map_err(|refusal| Refused::grant(self.redeemed, refusal))
    }

    /// Gives it, now that it is known who they are, or says what they owe besides; the batch may hold what has to be
    /// written of them.
    pub(super) async fn give(
        &self,
        by: &Redeeming<'_>,
        admitted: Admitted<'_>,
        user: User,
        batch: Batch,
    ) -> Result<TokenResponse, Refused> {
        let signed_in = SignedIn {
            subject: user.subject.clone(),
            connection: user.connection.clone(),
            session: None,
            authenticated_at: by.now,
            factors: Factors::One,
            id_token_nonce: None,
        };
        let wanted = factor::wanted_for(by.app, self.audience.as_ref(), &Acr::default());
        let owed = factor::owing(by.app, &user.subject, Factors::One, wanted).await?;
        if owed != Owed::Nothing {
            let name = MfaToken::draw();
            let waiting = self.waiting(by, &signed_in, name.digest());
            return Err(mfa::stop(by, (&name, &waiting), &owed, batch).await?);
        }
        self.issue(by, admitted, Person { signed_in, user, owed }, batch).await
    }

    /// What they get who owe nothing more.
    pub(super) async fn issue(
        &self,
        by: &Redeeming<'_>,
        admitted: Admitted<'_>,
        person: Person,
        mut batch: Batch,
    ) -> Result<TokenResponse, Refused> {
        let Person { signed_in, user, owed } = person;
        let refused = |refusal| Refused::grant(self.redeemed, refusal);
        let subject = user.subject.clone();
        let user = registered::permitted(by.app, user, self.found.as_ref(), None).await?;
        let read = Read { audience: self.found.clone(), user: Some(user), residence: None };
        let next = Drawn::new();
        let family = FamilyId::parse(&entropy::token::<16>())
            .map_err(|error| Reason::Internal { detail: error.to_string() })?;
        let fresh = Fresh { family, next: next.digest };
        let issue = admitted.issue(signed_in, &owed, &fresh, &by.around(&read)).map_err(refused)?;
        let handed = by.first_refresh_token(&mut batch, &issue, &next);
        logins::record(&mut batch, &by.app.tenant.id, &subject, by.from.address, by.now);
        let tokens = by.mint(&issue, &read, handed).await?;
        // Tokens tell of the grant that began, the log of the one that finished.
        by.record_issue(&mut batch, &Issue { grant: self.redeemed, ..issue });
        by.app.store.apply(batch).await.map_err(|error| match mfa::refused(&error) {
            Some(refusal) => refused(refusal),
            None => error.into(),
        })?;
        Ok(tokens)
    }

    /// The same as it was kept while its second factor was waited for, to be finished by that grant.
    pub(super) async fn again(
        by: &Redeeming<'_>,
        waiting: &Waiting,
        redeemed: GrantKind,
    ) -> Result<Self, Refused> {
        let found = registered::audience_if_named(by.app, waiting.audience.as_ref()).await?;
        let grant = registered::grant_for_users(by.app, &by.client.id, found.as_ref()).await?;
        let (audience, scopes) = (waiting.audience.clone(), waiting.scopes.clone());
        Ok(Self { kind: waiting.grant, redeemed, audience, scopes, grant, found })
    }

    /// All of it, to be kept under that name until the second factor is shown.
    fn waiting(&self, by: &Redeeming<'_>, signed_in: &SignedIn, digest: MfaDigest) -> Waiting {
        Waiting {
            digest,
            client: by.client.id.clone(),
            grant: self.kind,
            subject: signed_in.subject.clone(),
            connection: signed_in.connection.clone(),
            audience: self.audience.clone(),
            scopes: self.scopes.clone(),
            key: by.held.map(|held| *held.thumbprint()),
            authenticated_at: signed_in.authenticated_at,
            expires_at: by.now.plus(LIFETIME),
        }
    }
}

/// Who somebody said they are.
pub(super) struct Said<'a> {
    pub(super) name: &'a str,
    pub(super) connection: &'a ConnectionName,
    pub(super) subject: Option<Subject>,
}

/// That they are not let in, recorded under the name that was tried.
pub(super) async fn not_in(
    by: &Redeeming<'_>,
    grant: GrantKind,
    said: Said<'_>,
    refusal: Refusal,
) -> Refused {
    let mut event = Event::new(EventKind::refused(grant, &refusal), by.now)
        .because(&refusal)
        .by(&by.client.id)
        .from(by.from.clone())
        .named(said.name);
    event.subject = said.subject;
    event.connection = Some(said.connection.clone());
    event.thumbprint = by.held.map(|held| *held.thumbprint());
    record_alone(by.app, &event).await;
    Refused { failure: Failure::from(Reason::Grant { grant, refusal }), recorded: true }
}
