//! Sessions as administrators see them.

use std::net::IpAddr;

use keybound_authority::event::Sender;
use keybound_authority::model::name::SessionId;
use keybound_authority::model::session::Session;
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::time::Timestamp;
use serde_json::Value as Json;

use super::{LIVE, read};
use crate::error::StoreError;
use crate::ledger::slice::{Slice, counted};
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// A session, with what is known and noted about it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The session.
    pub session: Session,
    /// Where it began.
    pub first: Sender,
    /// Where it was last used.
    pub last: Sender,
    /// For which clients.
    pub clients: Vec<ClientId>,
    /// What was noted about it.
    pub metadata: Option<Json>,
}

/// The session of that name, if it goes on.
///
/// # Errors
/// Where the database cannot say.
pub async fn record(
    store: &Store,
    tenant: &TenantId,
    id: &SessionId,
    now: Timestamp,
) -> Result<Option<Record>, StoreError> {
    let row = store.optional(&RECORD, [tenant.bind(), id.bind(), now.bind()]).await?;
    row.map(|mut row| whole(&mut row)).transpose()
}

/// A user's sessions that go on, in the order of their names, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn page(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
    slice: Slice<'_>,
    now: Timestamp,
) -> Result<(Vec<Record>, i64), StoreError> {
    let of = [tenant.bind(), now.bind(), subject.bind()];
    let [tenant, moment, subject] = of.clone();
    let (after, take, skip) = (slice.after.bind(), slice.take.bind(), slice.skip.bind());
    let rows = store.rows(&PAGE, [tenant, moment, subject, after, take, skip]).await?;
    counted(rows, store.rows(&COUNT, of).await?, whole)
}

/// Notes something about a session in place of what was; nothing forgets it. The batch fails by [`LIVE`] if it has
/// ended meanwhile.
pub fn note(batch: &mut Batch, tenant: &TenantId, id: &SessionId, metadata: Option<&Json>, now: Timestamp) {
    batch.one(LIVE, &NOTE, [tenant.bind(), id.bind(), now.bind(), metadata.bind()]);
}

fn whole(row: &mut Row) -> Result<Record, StoreError> {
    let session = read(row)?;
    let (first, last) = (sender(row)?, sender(row)?);
    let clients: String = row.take()?;
    let clients = clients.split('\n').filter(|id| !id.is_empty()).filter_map(|id| ClientId::parse(id).ok());
    Ok(Record { session, first, last, clients: clients.collect(), metadata: row.take()? })
}

fn sender(row: &mut Row) -> Result<Sender, StoreError> {
    let agent: Option<String> = row.take()?;
    let address: Option<String> = row.take()?;
    let address = address.and_then(|address| address.parse::<IpAddr>().ok());
    Ok(Sender { address, agent: agent.map(String::into_boxed_str) })
}

pub(crate) const STATEMENTS: &[&Sql] = &[&RECORD, &PAGE, &COUNT, &NOTE];

const RECORD: Sql = Sql::new(
    "SELECT digest, id, subject, connection, authenticated_at, factors, began_at, touched_at, idle, ends_at,
         agent, address, last_agent, last_address, clients, metadata
     FROM sessions WHERE tenant = $1 AND id = $2 AND forget_at > $3",
);

const PAGE: Sql = Sql::new(
    "SELECT digest, id, subject, connection, authenticated_at, factors, began_at, touched_at, idle, ends_at,
         agent, address, last_agent, last_address, clients, metadata
     FROM sessions WHERE tenant = $1 AND forget_at > $2 AND subject = $3 AND id > $4
     ORDER BY id LIMIT $5 OFFSET $6",
);

const COUNT: Sql =
    Sql::new("SELECT count(*) FROM sessions WHERE tenant = $1 AND forget_at > $2 AND subject = $3");

const NOTE: Sql =
    Sql::new("UPDATE sessions SET metadata = $4 WHERE tenant = $1 AND id = $2 AND forget_at > $3");
