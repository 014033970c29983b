//! What people agreed to: given, widened, withdrawn.

use keybound_authority::model::name::AudienceName;
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;

use super::slice::{Slice, counted};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// That a user lets a client have scopes at an audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// How the Management API names it.
    pub id: Box<str>,
    /// Who agreed.
    pub subject: Subject,
    /// With whom.
    pub client: ClientId,
    /// Where; `None` is the user's own profile.
    pub audience: Option<AudienceName>,
    /// To what, all agreements together.
    pub scopes: Scopes,
    /// When they last agreed.
    pub given_at: Timestamp,
}

/// Records an agreement in the place of the one before; `scopes` should contain what that one did.
pub fn give(batch: &mut Batch, tenant: &TenantId, consent: &Consent) {
    batch.any(
        &GIVE,
        [
            tenant.bind(),
            consent.subject.bind(),
            consent.client.bind(),
            audience(consent.audience.as_ref()).bind(),
            consent.id.bind(),
            consent.scopes.bind(),
            consent.given_at.bind(),
        ],
    );
}

/// What a user agreed to with a client at an audience (`None`: the profile).
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    (subject, client): (&Subject, &ClientId),
    at: Option<&AudienceName>,
) -> Result<Option<Consent>, StoreError> {
    let values = [tenant.bind(), subject.bind(), client.bind(), audience(at).bind()];
    match store.optional(&FIND, values).await? {
        Some(mut row) => read(&mut row).map(Some),
        None => Ok(None),
    }
}

/// All a user agreed to.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_user(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Vec<Consent>, StoreError> {
    let rows = store.rows(&OF_USER, [tenant.bind(), subject.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// Which agreements are meant: each of these, where it is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Among<'a> {
    /// That user's.
    pub subject: Option<&'a str>,
    /// With that client.
    pub client: Option<&'a str>,
    /// At that audience; the empty text is the user's own profile.
    pub audience: Option<&'a str>,
}

/// A few agreements in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn page(
    store: &Store,
    tenant: &TenantId,
    among: Among<'_>,
    slice: Slice<'_>,
) -> Result<(Vec<Consent>, i64), StoreError> {
    let of = [tenant.bind(), among.subject.bind(), among.client.bind(), among.audience.bind()];
    let [tenant, subject, client, audience] = of.clone();
    let (after, take, skip) = (slice.after.bind(), slice.take.bind(), slice.skip.bind());
    let rows = store.rows(&PAGE, [tenant, subject, client, audience, after, take, skip]).await?;
    counted(rows, store.rows(&COUNT, of).await?, read)
}

/// The agreement of that id.
///
/// # Errors
/// Where the database cannot say.
pub async fn by_id(store: &Store, tenant: &TenantId, id: &str) -> Result<Option<Consent>, StoreError> {
    let row = store.optional(&BY_ID, [tenant.bind(), id.bind()]).await?;
    row.map(|mut row| read(&mut row)).transpose()
}

/// Withdraws an agreement.
pub fn withdraw(batch: &mut Batch, tenant: &TenantId, id: &str) {
    batch.any(&WITHDRAW, [tenant.bind(), id.bind()]);
}

/// Withdraws all a user agreed to.
pub fn withdraw_all_of(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&WITHDRAW_ALL_OF, [tenant.bind(), subject.bind()]);
}

/// Withdraws all a user agreed to with a client.
pub fn withdraw_between(batch: &mut Batch, tenant: &TenantId, (subject, client): (&Subject, &ClientId)) {
    batch.any(&WITHDRAW_BETWEEN, [tenant.bind(), subject.bind(), client.bind()]);
}

/// No audience is called nothing: the empty text is free to mean the profile.
fn audience(name: Option<&AudienceName>) -> &str {
    name.map_or("", AudienceName::as_str)
}

fn read(row: &mut Row) -> Result<Consent, StoreError> {
    let id = row.take::<String>()?.into();
    let (subject, client) = (row.take()?, row.take()?);
    let audience = match row.take::<String>()?.as_str() {
        "" => None,
        name => Some(AudienceName::parse(name).map_err(|reason| row.corrupt(reason))?),
    };
    Ok(Consent { id, subject, client, audience, scopes: row.take()?, given_at: row.take()? })
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&GIVE, &FIND, &OF_USER, &PAGE, &COUNT, &BY_ID, &WITHDRAW, &WITHDRAW_ALL_OF, &WITHDRAW_BETWEEN];

const GIVE: Sql = Sql::new(
    "INSERT INTO consents (tenant, subject, client, audience, id, scopes, given_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, subject, client, audience)
     DO UPDATE SET scopes = excluded.scopes, given_at = excluded.given_at",
);

const FIND: Sql = Sql::new(
    "SELECT id, subject, client, audience, scopes, given_at FROM consents
     WHERE tenant = $1 AND subject = $2 AND client = $3 AND audience = $4",
);

const OF_USER: Sql = Sql::new(
    "SELECT id, subject, client, audience, scopes, given_at FROM consents
     WHERE tenant = $1 AND subject = $2 ORDER BY client, audience",
);

const PAGE: Sql = Sql::new(
    "SELECT id, subject, client, audience, scopes, given_at FROM consents
     WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR subject = $2)
       AND (CAST($3 AS TEXT) IS NULL OR client = $3) AND (CAST($4 AS TEXT) IS NULL OR audience = $4)
       AND id > $5
     ORDER BY id LIMIT $6 OFFSET $7",
);

const COUNT: Sql = Sql::new(
    "SELECT count(*) FROM consents
     WHERE tenant = $1 AND (CAST($2 AS TEXT) IS NULL OR subject = $2)
       AND (CAST($3 AS TEXT) IS NULL OR client = $3) AND (CAST($4 AS TEXT) IS NULL OR audience = $4)",
);

const BY_ID: Sql = Sql::new(
    "SELECT id, subject, client, audience, scopes, given_at FROM consents WHERE tenant = $1 AND id = $2",
);

const WITHDRAW: Sql = Sql::new("DELETE FROM consents WHERE tenant = $1 AND id = $2");

const WITHDRAW_ALL_OF: Sql = Sql::new("DELETE FROM consents WHERE tenant = $1 AND subject = $2");

const WITHDRAW_BETWEEN: Sql =
    Sql::new("DELETE FROM consents WHERE tenant = $1 AND subject = $2 AND client = $3");
