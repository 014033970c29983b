//! When and how often people signed in, kept out of the profile: a login rewrites no document.

use std::collections::HashMap;
use std::net::IpAddr;

use keybound_proto::id::{Subject, TenantId};
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// A user's logins so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logins {
    /// How many.
    pub count: i64,
    /// When the last was.
    pub last_at: Timestamp,
    /// From where.
    pub last_address: Option<IpAddr>,
}

/// Records one more login.
pub fn record(batch: &mut Batch, tenant: &TenantId, subject: &Subject, from: Option<IpAddr>, now: Timestamp) {
    let from = from.map(|address| address.to_string());
    batch.any(&RECORD, [tenant.bind(), subject.bind(), now.bind(), from.bind()]);
}

/// A user's logins so far.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(store: &Store, tenant: &TenantId, subject: &Subject) -> Result<Option<Logins>, StoreError> {
    let Some(mut row) = store.optional(&FIND, [tenant.bind(), subject.bind()]).await? else {
        return Ok(None);
    };
    read(&mut row).map(Some)
}

/// The logins so far of those among these users who ever signed in, by their ids.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_all(
    store: &Store,
    tenant: &TenantId,
    ids: impl Iterator<Item = &str>,
) -> Result<HashMap<String, Logins>, StoreError> {
    let mut out = store.compose("logins.of_all");
    out.say("SELECT subject, count, last_at, last_address FROM logins WHERE tenant = ").give(tenant);
    let mut before = " AND subject IN (";
    for id in ids {
        out.say(before).give(id);
        before = ", ";
    }
    if before != ", " {
        return Ok(HashMap::new());
    }
    out.say(")");
    let rows = store.found(out).await?;
    rows.into_iter().map(|mut row| Ok((row.take()?, read(&mut row)?))).collect()
}

fn read(row: &mut Row) -> Result<Logins, StoreError> {
    let (count, last_at) = (row.take()?, row.take()?);
    let last_address = row.take::<Option<String>>()?.and_then(|text| text.parse().ok());
    Ok(Logins { count, last_at, last_address })
}

/// Forgets a user's logins.
pub fn forget(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&RECORD, &FIND, &FORGET];

const RECORD: Sql = Sql::new(
    "INSERT INTO logins (tenant, subject, count, last_at, last_address) VALUES ($1, $2, 1, $3, $4)
     ON CONFLICT (tenant, subject) DO UPDATE
     SET count = logins.count + 1, last_at = excluded.last_at, last_address = excluded.last_address",
);

const FIND: Sql =
    Sql::new("SELECT count, last_at, last_address FROM logins WHERE tenant = $1 AND subject = $2");

const FORGET: Sql = Sql::new("DELETE FROM logins WHERE tenant = $1 AND subject = $2");
