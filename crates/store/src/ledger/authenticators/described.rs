//! Second factors as administrators see, enrol and name them.

use keybound_authority::model::digest::RecoveryDigest;
use keybound_authority::model::factor::{Authenticator, AuthenticatorId, FactorKind};
use keybound_proto::id::{Subject, TenantId};
use keybound_proto::secret::Secret;

use super::{UNCONFIRMED, place, read, row};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Sql, Store, Value};

/// The user has the factor that is meant.
pub const HELD: Guard = Guard::new("authenticators.held");

/// A factor, with what an administrator says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The factor.
    pub authenticator: Authenticator,
    /// What it is called.
    pub name: Option<String>,
    /// Where its letters go, if not to the address of the account.
    pub address: Option<String>,
}

/// A user's factors, confirmed or not.
///
/// # Errors
/// Where the database cannot say.
pub async fn described(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Vec<Described>, StoreError> {
    let rows = store.rows(&DESCRIBED, [tenant.bind(), subject.bind()]).await?;
    let one =
        |mut row| Ok(Described { authenticator: read(&mut row)?, name: row.take()?, address: row.take()? });
    rows.into_iter().map(one).collect()
}

/// Where a user's letters go, if not to the address of their account.
///
/// # Errors
/// Where the database cannot say.
pub async fn address(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Option<String>, StoreError> {
    let values = [tenant.bind(), subject.bind(), FactorKind::Email.bind()];
    match store.optional(&ADDRESS, values).await? {
        Some(mut row) => row.take(),
        None => Ok(None),
    }
}

/// Enrols a factor that somebody vouches for: with what makes the digits, or letters. The batch fails by
/// [`super::UNCONFIRMED`] if there is one of the kind that counts.
pub fn add(
    batch: &mut Batch,
    store: &Store,
    tenant: &TenantId,
    described: &Described,
    key: Option<&Secret<Vec<u8>>>,
) {
    batch.one(UNCONFIRMED, &ADD, whole(store, tenant, described, key));
}

/// The same in the place of any there was.
pub fn put(
    batch: &mut Batch,
    store: &Store,
    tenant: &TenantId,
    described: &Described,
    key: Option<&Secret<Vec<u8>>>,
) {
    batch.any(&PUT, whole(store, tenant, described, key));
}

fn whole(
    store: &Store,
    tenant: &TenantId,
    described: &Described,
    key: Option<&Secret<Vec<u8>>>,
) -> [Value; 9] {
    let whose = &described.authenticator;
    let sealed = key.map(|key| store.keys().factors.seal(&place(tenant, whose), key.reveal()));
    let [a, b, c, d, e, f, g] = row(tenant, whose, sealed.unwrap_or_default().bind());
    [a, b, c, d, e, f, g, described.name.bind(), described.address.bind()]
}

/// Puts a recovery code in the place of any there was.
pub fn set_recovery(
    batch: &mut Batch,
    tenant: &TenantId,
    authenticator: &Authenticator,
    code: &RecoveryDigest,
) {
    batch.any(&SET_RECOVERY, row(tenant, authenticator, code.bind()));
}

/// Says more of a factor; the batch fails by [`HELD`] if there is no such one.
pub fn describe(batch: &mut Batch, tenant: &TenantId, described: &Described) {
    let whose = &described.authenticator;
    let (name, address) = (described.name.bind(), described.address.bind());
    batch.one(HELD, &DESCRIBE, [tenant.bind(), whose.subject.bind(), whose.id.bind(), name, address]);
}

/// Removes the factor of that id; the batch fails by [`HELD`] if there is none.
pub fn remove_named(batch: &mut Batch, tenant: &TenantId, subject: &Subject, id: &AuthenticatorId) {
    batch.one(HELD, &REMOVE_NAMED, [tenant.bind(), subject.bind(), id.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&DESCRIBED, &ADDRESS, &ADD, &PUT, &SET_RECOVERY, &DESCRIBE, &REMOVE_NAMED];

const DESCRIBED: Sql = Sql::new(
    "SELECT id, subject, kind, enrolled_at, confirmed_at, last_step, name, address FROM authenticators
     WHERE tenant = $1 AND subject = $2 ORDER BY id",
);

const ADDRESS: Sql = Sql::new(
    "SELECT address FROM authenticators
     WHERE tenant = $1 AND subject = $2 AND kind = $3 AND confirmed_at IS NOT NULL",
);

const ADD: Sql = Sql::new(
    "INSERT INTO authenticators (tenant, subject, kind, id, secret, enrolled_at, confirmed_at, name, address)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (tenant, subject, kind) DO UPDATE
     SET id = excluded.id, secret = excluded.secret, enrolled_at = excluded.enrolled_at,
         confirmed_at = excluded.confirmed_at, last_step = NULL, name = excluded.name, address = excluded.address
     WHERE authenticators.confirmed_at IS NULL",
);

const PUT: Sql = Sql::new(
    "INSERT INTO authenticators (tenant, subject, kind, id, secret, enrolled_at, confirmed_at, name, address)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (tenant, subject, kind) DO UPDATE
     SET id = excluded.id, secret = excluded.secret, enrolled_at = excluded.enrolled_at,
         confirmed_at = excluded.confirmed_at, last_step = NULL, name = excluded.name, address = excluded.address",
);

const SET_RECOVERY: Sql = Sql::new(
    "INSERT INTO authenticators (tenant, subject, kind, id, secret, enrolled_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, subject, kind) DO UPDATE
     SET id = excluded.id, secret = excluded.secret, enrolled_at = excluded.enrolled_at,
         confirmed_at = excluded.confirmed_at",
);

const DESCRIBE: Sql = Sql::new(
    "UPDATE authenticators SET name = $4, address = $5 WHERE tenant = $1 AND subject = $2 AND id = $3",
);

const REMOVE_NAMED: Sql =
    Sql::new("DELETE FROM authenticators WHERE tenant = $1 AND subject = $2 AND id = $3");
