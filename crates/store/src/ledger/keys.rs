//! Signing keys and their turn: next, current, previous.

use keybound_proto::id::{Kid, TenantId};
use keybound_proto::jose::Alg;
use keybound_proto::secret::Secret;
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// Nobody else made the key of that number.
pub const NEW: Guard = Guard::new("signing_keys.new");

/// The key has not had its turn.
pub const WAITING: Guard = Guard::new("signing_keys.waiting");

/// A signing key, its private half opened.
#[derive(Clone, Debug)]
pub struct KeptKey {
    /// How tokens name it.
    pub kid: Kid,
    /// What it signs with.
    pub alg: Alg,
    /// Its place in the line of keys of that algorithm, from 1.
    pub number: i64,
    /// PKCS #8.
    pub private: Secret<Vec<u8>>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Whether it signs.
    pub turn: Turn,
}

/// Whether a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Not yet, but it is published.
    Next,
    /// Now.
    Current {
        /// Since when.
        since: Timestamp,
    },
    /// Not any more, but what it signed is still good.
    Previous {
        /// Since when not.
        since: Timestamp,
    },
}

/// A signing key as administrators see it, revoked or not.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// How tokens name it.
    pub kid: Kid,
    /// What it signs with.
    pub alg: Alg,
    /// PKCS #8.
    pub private: Secret<Vec<u8>>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Since when it signs or signed.
    pub signs_from: Option<Timestamp>,
    /// Until when it did.
    pub signs_until: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Its certificate, where one was made.
    pub certificate: Option<Vec<u8>>,
}

/// All keys of a tenant, the revoked ones too.
///
/// # Errors
/// Where the database cannot say, or the keys were sealed by another master key.
pub async fn history(store: &Store, tenant: &TenantId) -> Result<Vec<KeyRecord>, StoreError> {
    let rows = store.rows(&HISTORY, [tenant.bind()]).await?;
    let read = rows.into_iter().map(|mut row| {
        let (kid, alg): (Kid, _) = (row.take()?, row.take()?);
        let sealed: Vec<u8> = row.take()?;
        let private = store.keys().signing.open(&place(tenant, &kid), &sealed).map_err(|e| row.corrupt(e))?;
        Ok(KeyRecord {
            kid,
            alg,
            private,
            made_at: row.take()?,
            signs_from: row.take()?,
            signs_until: row.take()?,
            revoked_at: row.take()?,
            certificate: row.take()?,
        })
    });
    read.collect()
}

/// Keeps the certificate of a key, unless it has one.
pub fn certify(batch: &mut Batch, tenant: &TenantId, kid: &Kid, certificate: &[u8]) {
    batch.any(&CERTIFY, [tenant.bind(), kid.bind(), certificate.bind()]);
}

/// All keys of a tenant that were not revoked, in the order of their turns.
///
/// # Errors
/// Where the database cannot say, or the keys were sealed by another master key.
pub async fn load(store: &Store, tenant: &TenantId) -> Result<Vec<KeptKey>, StoreError> {
    let rows = store.rows(&LOAD, [tenant.bind()]).await?;
    rows.into_iter().map(|mut row| read(store, tenant, &mut row)).collect()
}

/// Adds a key to the line. The batch fails by [`NEW`] if another process added one of that number.
pub fn add(batch: &mut Batch, store: &Store, tenant: &TenantId, key: &KeptKey) {
    let sealed = store.keys().signing.seal(&place(tenant, &key.kid), key.private.reveal());
    let (from, until) = match key.turn {
        Turn::Next => (None, None),
        Turn::Current { since } => (Some(since), None),
        Turn::Previous { since } => (Some(key.made_at), Some(since)),
    };
    batch.one(
        NEW,
        &ADD,
        [
            tenant.bind(),
            key.alg.bind(),
            key.number.bind(),
            key.kid.bind(),
            sealed.bind(),
            key.made_at.bind(),
            from.bind(),
            until.bind(),
        ],
    );
}

/// Gives the next key its turn, and ends the turn of those before it. The batch fails by [`WAITING`] if it
/// has had its turn already.
pub fn promote(batch: &mut Batch, tenant: &TenantId, next: &KeptKey, now: Timestamp) {
    let place = [tenant.bind(), next.alg.bind(), next.number.bind(), now.bind()];
    batch.one(WAITING, &PROMOTE, place.clone());
    batch.any(&RETIRE, place);
}

/// Revokes a key: it is neither published nor used from now on.
pub fn revoke(batch: &mut Batch, tenant: &TenantId, kid: &Kid, now: Timestamp) {
    batch.any(&REVOKE, [tenant.bind(), kid.bind(), now.bind()]);
}

fn read(store: &Store, tenant: &TenantId, row: &mut Row) -> Result<KeptKey, StoreError> {
    let kid: Kid = row.take()?;
    let (alg, number) = (row.take()?, row.take()?);
    let sealed: Vec<u8> = row.take()?;
    let private = store.keys().signing.open(&place(tenant, &kid), &sealed).map_err(|e| row.corrupt(e))?;
    let made_at = row.take()?;
    let turn = match (row.take::<Option<Timestamp>>()?, row.take::<Option<Timestamp>>()?) {
        (_, Some(since)) => Turn::Previous { since },
        (Some(since), None) => Turn::Current { since },
        (None, None) => Turn::Next,
    };
    Ok(KeptKey { kid, alg, number, private, made_at, turn })
}

/// What a sealed key is bound to: it opens nowhere else.
fn place(tenant: &TenantId, kid: &Kid) -> Vec<u8> {
    [tenant.as_str().as_bytes(), b"\0", kid.as_str().as_bytes()].concat()
}

pub(crate) const STATEMENTS: &[&Sql] = &[&LOAD, &HISTORY, &CERTIFY, &ADD, &PROMOTE, &RETIRE, &REVOKE];

const LOAD: Sql = Sql::new(
    "SELECT kid, alg, number, private, made_at, signs_from, signs_until FROM signing_keys
     WHERE tenant = $1 AND revoked_at IS NULL ORDER BY alg, number",
);

const HISTORY: Sql = Sql::new(
    "SELECT kid, alg, private, made_at, signs_from, signs_until, revoked_at, certificate FROM signing_keys
     WHERE tenant = $1 ORDER BY alg, number",
);

const CERTIFY: Sql = Sql::new(
    "UPDATE signing_keys SET certificate = $3 WHERE tenant = $1 AND kid = $2 AND certificate IS NULL",
);

const ADD: Sql = Sql::new(
    "INSERT INTO signing_keys (tenant, alg, number, kid, private, made_at, signs_from, signs_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT DO NOTHING",
);

const PROMOTE: Sql = Sql::new(
    "UPDATE signing_keys SET signs_from = $4
     WHERE tenant = $1 AND alg = $2 AND number = $3 AND signs_from IS NULL AND revoked_at IS NULL",
);

const RETIRE: Sql = Sql::new(
    "UPDATE signing_keys SET signs_until = $4
     WHERE tenant = $1 AND alg = $2 AND number < $3 AND signs_until IS NULL",
);

const REVOKE: Sql =
    Sql::new("UPDATE signing_keys SET revoked_at = $3 WHERE tenant = $1 AND kid = $2 AND revoked_at IS NULL");
