//! Second factors: enrolled, confirmed, used, removed. A user has one of each kind at most.

mod described;

use keybound_authority::model::digest::RecoveryDigest;
use keybound_authority::model::factor::{Authenticator, AuthenticatorId, FactorKind};
use keybound_proto::id::{Subject, TenantId};
use keybound_proto::secret::Secret;
use keybound_proto::time::Timestamp;

pub(crate) use self::described::STATEMENTS as DESCRIBED;
pub use self::described::{
    Described, HELD, add, address, describe, described, put, remove_named, set_recovery,
};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store, Value};

/// The user has no confirmed factor of that kind.
pub const UNCONFIRMED: Guard = Guard::new("authenticators.unconfirmed");

/// The digits were not used, and the factor is still the one that was read.
pub const UNUSED: Guard = Guard::new("authenticators.unused");

/// The recovery code was not used.
pub const UNSPENT: Guard = Guard::new("authenticators.unspent");

/// Enrols what makes digits: sealed, and worth nothing until it is shown. It takes the place of one that never was;
/// the batch fails by [`UNCONFIRMED`] if there is one that was.
pub fn enrol_otp(
    batch: &mut Batch,
    store: &Store,
    tenant: &TenantId,
    authenticator: &Authenticator,
    key: &Secret<Vec<u8>>,
) {
    let sealed = store.keys().factors.seal(&place(tenant, authenticator), key.reveal());
    enrol(batch, tenant, authenticator, sealed.bind());
}

/// Enrols a recovery code along with the factor it stands in for.
pub fn enrol_recovery(
    batch: &mut Batch,
    tenant: &TenantId,
    authenticator: &Authenticator,
    code: &RecoveryDigest,
) {
    enrol(batch, tenant, authenticator, code.bind());
}

/// Enrols letters to the address of the account: there is nothing to keep of them but that they count.
pub fn enrol_letters(batch: &mut Batch, tenant: &TenantId, authenticator: &Authenticator) {
    batch.any(&ENROL, row(tenant, authenticator, [].as_slice().bind()));
}

/// A user's factors, confirmed or not.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_user(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Vec<Authenticator>, StoreError> {
    let rows = store.rows(&OF_USER, [tenant.bind(), subject.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// The factor of that id, whosever it is.
///
/// # Errors
/// Where the database cannot say.
pub async fn by_id(store: &Store, tenant: &TenantId, id: &str) -> Result<Option<Authenticator>, StoreError> {
    match store.optional(&BY_ID, [tenant.bind(), id.bind()]).await? {
        Some(mut row) => read(&mut row).map(Some),
        None => Ok(None),
    }
}

/// What a user's digits are made of.
///
/// # Errors
/// Where the database cannot say, or it was sealed by another master key.
pub async fn otp(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Option<(Authenticator, Secret<Vec<u8>>)>, StoreError> {
    let values = [tenant.bind(), subject.bind(), FactorKind::Otp.bind()];
    let Some(mut row) = store.optional(&ONE, values).await? else { return Ok(None) };
    let sealed: Vec<u8> = row.take()?;
    let authenticator = read(&mut row)?;
    let place = place(tenant, &authenticator);
    let key = store.keys().factors.open(&place, &sealed).map_err(|reason| row.corrupt(reason))?;
    Ok(Some((authenticator, key)))
}

/// Records that digits were used, and confirms what was not: of any number that use them at once one does, and the
/// batch fails by [`UNUSED`] for the others.
pub fn use_step(batch: &mut Batch, tenant: &TenantId, used: &Authenticator, step: i64, now: Timestamp) {
    let values =
        [tenant.bind(), used.subject.bind(), used.kind.bind(), used.id.bind(), step.bind(), now.bind()];
    batch.one(UNUSED, &USE_STEP, values);
}

/// Makes a recovery code count that was enrolled along with the factor which now does.
pub fn confirm(
    batch: &mut Batch,
    tenant: &TenantId,
    id: &AuthenticatorId,
    subject: &Subject,
    now: Timestamp,
) {
    batch.any(&CONFIRM, [tenant.bind(), subject.bind(), id.bind(), now.bind()]);
}

/// Puts the next recovery code in the place of one that is used: the batch fails by [`UNSPENT`] if it is not the
/// user's, or was used.
pub fn replace_recovery(
    batch: &mut Batch,
    tenant: &TenantId,
    subject: &Subject,
    (used, next): (&RecoveryDigest, &RecoveryDigest),
) {
    let kind = FactorKind::RecoveryCode;
    batch.one(UNSPENT, &REPLACE, [tenant.bind(), subject.bind(), kind.bind(), used.bind(), next.bind()]);
}

/// Whether that is a user's recovery code.
///
/// # Errors
/// Where the database cannot say.
pub async fn has_recovery(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
    code: &RecoveryDigest,
) -> Result<bool, StoreError> {
    let values = [tenant.bind(), subject.bind(), FactorKind::RecoveryCode.bind(), code.bind()];
    Ok(store.optional(&HAS_RECOVERY, values).await?.is_some())
}

/// Removes one of a user's factors.
pub fn remove(batch: &mut Batch, tenant: &TenantId, subject: &Subject, kind: FactorKind) {
    batch.any(&REMOVE, [tenant.bind(), subject.bind(), kind.bind()]);
}

/// Removes all of them.
pub fn forget(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
}

fn enrol(batch: &mut Batch, tenant: &TenantId, new: &Authenticator, secret: Value) {
    batch.one(UNCONFIRMED, &ENROL, row(tenant, new, secret));
}

fn row(tenant: &TenantId, new: &Authenticator, secret: Value) -> [Value; 7] {
    let (enrolled_at, confirmed_at) = (new.enrolled_at.bind(), new.confirmed_at.bind());
    [tenant.bind(), new.subject.bind(), new.kind.bind(), new.id.bind(), secret, enrolled_at, confirmed_at]
}

/// What a sealed key is bound to: it opens for nobody else.
fn place(tenant: &TenantId, whose: &Authenticator) -> Vec<u8> {
    let (tenant, subject, id) = (tenant.as_str(), whose.subject.as_str(), whose.id.as_str());
    [tenant, subject, id].join("\0").into_bytes()
}

fn read(row: &mut Row) -> Result<Authenticator, StoreError> {
    Ok(Authenticator {
        id: row.take()?,
        subject: row.take()?,
        kind: row.take()?,
        enrolled_at: row.take()?,
        confirmed_at: row.take()?,
        last_step: row.take()?,
    })
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&ENROL, &OF_USER, &BY_ID, &ONE, &USE_STEP, &CONFIRM, &REPLACE, &HAS_RECOVERY, &REMOVE, &FORGET];

const ENROL: Sql = Sql::new(
    "INSERT INTO authenticators (tenant, subject, kind, id, secret, enrolled_at, confirmed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, subject, kind) DO UPDATE
     SET id = excluded.id, secret = excluded.secret, enrolled_at = excluded.enrolled_at,
         confirmed_at = excluded.confirmed_at, last_step = NULL, name = NULL, address = NULL
     WHERE authenticators.confirmed_at IS NULL",
);

const BY_ID: Sql = Sql::new(
    "SELECT id, subject, kind, enrolled_at, confirmed_at, last_step FROM authenticators
     WHERE tenant = $1 AND id = $2",
);

const OF_USER: Sql = Sql::new(
    "SELECT id, subject, kind, enrolled_at, confirmed_at, last_step FROM authenticators
     WHERE tenant = $1 AND subject = $2 ORDER BY kind",
);

const ONE: Sql = Sql::new(
    "SELECT secret, id, subject, kind, enrolled_at, confirmed_at, last_step FROM authenticators
     WHERE tenant = $1 AND subject = $2 AND kind = $3",
);

const USE_STEP: Sql = Sql::new(
    "UPDATE authenticators SET last_step = $5, confirmed_at = coalesce(confirmed_at, $6)
     WHERE tenant = $1 AND subject = $2 AND kind = $3 AND id = $4
       AND (last_step IS NULL OR last_step < $5)",
);

const CONFIRM: Sql = Sql::new(
    "UPDATE authenticators SET confirmed_at = $4
     WHERE tenant = $1 AND subject = $2 AND id = $3 AND confirmed_at IS NULL",
);

const REPLACE: Sql = Sql::new(
    "UPDATE authenticators SET secret = $5
     WHERE tenant = $1 AND subject = $2 AND kind = $3 AND secret = $4 AND confirmed_at IS NOT NULL",
);

const HAS_RECOVERY: Sql = Sql::new(
    "SELECT id FROM authenticators
     WHERE tenant = $1 AND subject = $2 AND kind = $3 AND secret = $4 AND confirmed_at IS NOT NULL",
);

const REMOVE: Sql = Sql::new("DELETE FROM authenticators WHERE tenant = $1 AND subject = $2 AND kind = $3");

const FORGET: Sql = Sql::new("DELETE FROM authenticators WHERE tenant = $1 AND subject = $2");
