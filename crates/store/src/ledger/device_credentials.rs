//! What devices hold: keys that were left for them, and refresh tokens.

use keybound_proto::id::TenantId;
use keybound_proto::time::Timestamp;

use super::slice::{Slice, counted};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The device has no key yet.
pub const NEW: Guard = Guard::new("device_credentials.new");

/// A key of a device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceKey<'a> {
    /// How the Management API names it.
    pub id: &'a str,
    /// Whose; empty for nobody's.
    pub subject: &'a str,
    /// Of which client; empty for none.
    pub client: &'a str,
    /// Of which device.
    pub device: &'a str,
    /// What its owner calls it.
    pub name: &'a str,
    /// The key.
    pub value: &'a str,
}

/// What a device holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCredential {
    /// Its id: of a refresh token, the name of its family.
    pub id: String,
    /// `public_key`, `refresh_token` or `rotating_refresh_token`.
    pub kind: String,
    /// Whose; empty for nobody's.
    pub subject: String,
    /// Of which client; empty for none.
    pub client: String,
    /// Of which device; empty where that is not known.
    pub device: String,
    /// What its owner calls it; empty where they do not.
    pub name: String,
}

/// Which are meant: each of these, where it is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Among<'a> {
    /// That user's.
    pub subject: Option<&'a str>,
    /// Of that client.
    pub client: Option<&'a str>,
    /// Of that kind.
    pub kind: Option<&'a str>,
}

/// Leaves a key for a device; the batch fails by [`NEW`] if there is one for it.
pub fn leave(batch: &mut Batch, tenant: &TenantId, key: &DeviceKey<'_>, now: Timestamp) {
    let DeviceKey { id, subject, client, device, name, value } = *key;
    let of = [tenant.bind(), id.bind(), subject.bind(), client.bind()];
    let [tenant, id, subject, client] = of;
    batch.one(
        NEW,
        &LEAVE,
        [tenant, id, subject, client, device.bind(), name.bind(), value.bind(), now.bind()],
    );
}

/// Whose a key is, if there is one of that id; empty for nobody's.
///
/// # Errors
/// Where the database cannot say.
pub async fn owner(store: &Store, tenant: &TenantId, id: &str) -> Result<Option<String>, StoreError> {
    let row = store.optional(&OWNER, [tenant.bind(), id.bind()]).await?;
    row.map(|mut row| row.take()).transpose()
}

/// Takes a key away.
pub fn take_away(batch: &mut Batch, tenant: &TenantId, id: &str) {
    batch.any(&TAKE_AWAY, [tenant.bind(), id.bind()]);
}

/// Takes all keys of a user away.
pub fn forget_user(batch: &mut Batch, tenant: &TenantId, subject: &str) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
}

/// A few of what devices hold that can still be used, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn page(
    store: &Store,
    tenant: &TenantId,
    among: Among<'_>,
    slice: Slice<'_>,
    now: Timestamp,
) -> Result<(Vec<DeviceCredential>, i64), StoreError> {
    let of = [tenant.bind(), now.bind(), among.subject.bind(), among.client.bind(), among.kind.bind()];
    let [tenant, moment, subject, client, kind] = of.clone();
    let rows = store
        .rows(&PAGE, [tenant, moment, subject, client, kind, slice.take.bind(), slice.skip.bind()])
        .await?;
    counted(rows, store.rows(&COUNT, of).await?, read)
}

fn read(row: &mut Row) -> Result<DeviceCredential, StoreError> {
    Ok(DeviceCredential {
        id: row.take()?,
        kind: row.take()?,
        subject: row.take()?,
        client: row.take()?,
        device: row.take()?,
        name: row.take()?,
    })
}

pub(crate) const STATEMENTS: &[&Sql] = &[&LEAVE, &OWNER, &TAKE_AWAY, &FORGET, &PAGE, &COUNT];

const LEAVE: Sql = Sql::new(
    "INSERT INTO device_credentials (tenant, id, subject, client, device, name, value, made_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT DO NOTHING",
);

const OWNER: Sql = Sql::new("SELECT subject FROM device_credentials WHERE tenant = $1 AND id = $2");

const TAKE_AWAY: Sql = Sql::new("DELETE FROM device_credentials WHERE tenant = $1 AND id = $2");

const FORGET: Sql = Sql::new("DELETE FROM device_credentials WHERE tenant = $1 AND subject = $2");

const PAGE: Sql = Sql::new(
    "SELECT id, kind, subject, client, device, name FROM (
         SELECT d.id AS id, 'public_key' AS kind, d.subject AS subject, d.client AS client, d.device AS device,
             d.name AS name
         FROM device_credentials d
         WHERE d.tenant = $1 AND (CAST($3 AS TEXT) IS NULL OR d.subject = $3)
           AND (CAST($4 AS TEXT) IS NULL OR d.client = $4)
         UNION ALL
         SELECT t.family, CASE WHEN c.id IS NULL OR c.doc -> 'refresh_token' ->> 'rotation_type' = 'rotating'
                               THEN 'rotating_refresh_token' ELSE 'refresh_token' END,
             t.subject, t.client, '', ''
         FROM refresh_tokens t
         LEFT JOIN clients c ON c.tenant = t.tenant AND c.id = t.client
         WHERE t.tenant = $1 AND (CAST($3 AS TEXT) IS NULL OR t.subject = $3)
           AND (CAST($4 AS TEXT) IS NULL OR t.client = $4)
           AND t.spent_at IS NULL AND (t.forget_at IS NULL OR t.forget_at > $2)
           AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
     ) AS held
     WHERE CAST($5 AS TEXT) IS NULL OR kind = $5
     ORDER BY id LIMIT $6 OFFSET $7",
);

const COUNT: Sql = Sql::new(
    "SELECT count(*) FROM (
         SELECT 'public_key' AS kind FROM device_credentials d
         WHERE d.tenant = $1 AND (CAST($3 AS TEXT) IS NULL OR d.subject = $3)
           AND (CAST($4 AS TEXT) IS NULL OR d.client = $4)
         UNION ALL
         SELECT CASE WHEN c.id IS NULL OR c.doc -> 'refresh_token' ->> 'rotation_type' = 'rotating'
                     THEN 'rotating_refresh_token' ELSE 'refresh_token' END
         FROM refresh_tokens t
         LEFT JOIN clients c ON c.tenant = t.tenant AND c.id = t.client
         WHERE t.tenant = $1 AND (CAST($3 AS TEXT) IS NULL OR t.subject = $3)
           AND (CAST($4 AS TEXT) IS NULL OR t.client = $4)
           AND t.spent_at IS NULL AND (t.forget_at IS NULL OR t.forget_at > $2)
           AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
     ) AS held
     WHERE CAST($5 AS TEXT) IS NULL OR kind = $5",
);
