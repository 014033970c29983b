//! The tenant log: an event is written in the batch that does what it reports.

mod found;
pub(crate) mod stats;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use keybound_authority::event::Event;
use keybound_crypto::entropy;
use keybound_proto::id::TenantId;
use keybound_proto::jose::Thumbprint;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;
use serde_json::Value as Json;

pub use self::found::{Asked, count, found, sort, statement};
pub use self::stats::{Day, active, daily};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The entry is new.
pub const NEW: Guard = Guard::new("events.new");

/// Something that happened, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Decimal digits, later entries after earlier ones.
    pub id: Box<str>,
    /// Auth0's code of it.
    pub kind: Box<str>,
    /// When.
    pub at: Timestamp,
    /// Which client asked.
    pub client: Option<Box<str>>,
    /// Of whom.
    pub subject: Option<Box<str>>,
    /// The name somebody typed or is known by.
    pub user_name: Option<Box<str>>,
    /// Where they come from.
    pub connection: Option<Box<str>>,
    /// Which browser session.
    pub session: Option<Box<str>>,
    /// The id of the organization within which it happened.
    pub organization: Option<Box<str>>,
    /// For which resource server.
    pub audience: Option<Box<str>>,
    /// What was granted, or asked for in vain.
    pub scopes: Option<Scopes>,
    /// Which key was shown.
    pub thumbprint: Option<Thumbprint>,
    /// Why not: our sub-reason code.
    pub reason: Option<Box<str>>,
    /// In words.
    pub description: Option<Box<str>>,
    /// Where the request came from.
    pub address: Option<Box<str>>,
    /// What sent it.
    pub agent: Option<Box<str>>,
    /// How an administrator asked and what was answered: members of the entry as they are shown.
    pub more: Option<Json>,
    /// What the client is called now.
    pub client_name: Option<Box<str>>,
    /// The id of the connection.
    pub connection_id: Option<Box<str>>,
    /// The strategy of the connection.
    pub strategy: Option<Box<str>>,
    /// What the organization is called now.
    pub organization_name: Option<Box<str>>,
}

/// Records an event in the batch that does what it reports.
pub fn record(batch: &mut Batch, store: &Store, tenant: &TenantId, event: &Event) {
    batch.one(
        NEW,
        &RECORD,
        [
            tenant.bind(),
            store.sequence().next(event.at).bind(),
            event.kind.code().bind(),
            event.at.bind(),
            event.client.bind(),
            event.subject.bind(),
            event.user_name.as_deref().bind(),
            event.connection.bind(),
            event.session.bind(),
            event.audience.bind(),
            event.scopes.bind(),
            event.thumbprint.bind(),
            event.reason.bind(),
            event.description.as_deref().bind(),
            event.from.address.map(|address| address.to_string()).bind(),
            event.from.agent.as_deref().bind(),
            event.request.as_deref().bind(),
            event.organization.bind(),
        ],
    );
}

/// Adds to the entries of a request how it was asked and answered, and says whether there are any.
///
/// # Errors
/// Where the database refuses.
pub async fn complete(
    store: &Store,
    tenant: &TenantId,
    request: &str,
    more: &Json,
) -> Result<bool, StoreError> {
    let changed = store.change(&COMPLETE, [tenant.bind(), request.bind(), more.bind()]).await?;
    Ok(!changed.is_empty())
}

/// At most `take` entries that came after the one named, oldest first; from the first one if none is named.
///
/// # Errors
/// Where the database cannot say.
pub async fn after(
    store: &Store,
    tenant: &TenantId,
    from: Option<&str>,
    take: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows = store.rows(&AFTER, [tenant.bind(), from.unwrap_or("").bind(), take.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// At most `take` entries, newest first, after skipping `skip`.
///
/// # Errors
/// Where the database cannot say.
pub async fn newest(
    store: &Store,
    tenant: &TenantId,
    skip: u32,
    take: u32,
) -> Result<Vec<Entry>, StoreError> {
    let rows = store.rows(&NEWEST, [tenant.bind(), take.bind(), skip.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// The entry of that id.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(store: &Store, tenant: &TenantId, id: &str) -> Result<Option<Entry>, StoreError> {
    match store.optional(&FIND, [tenant.bind(), id.bind()]).await? {
        Some(mut row) => read(&mut row).map(Some),
        None => Ok(None),
    }
}

/// What comes right before every entry of that second and of later ones, and after all before it: a place to go on from.
pub fn since(at: Timestamp) -> String {
    format!("900{:012}", at.as_unix().max(0))
}

/// Which second an entry's id names: no entry of its process that was recorded later names an earlier one.
pub fn second(id: &str) -> Option<Timestamp> {
    id.strip_prefix("900")?.get(..12)?.parse().ok().map(Timestamp::from_unix)
}

fn read(row: &mut Row) -> Result<Entry, StoreError> {
    let text = |row: &mut Row| row.take::<Option<String>>().map(|text| text.map(String::into_boxed_str));
    Ok(Entry {
        id: row.take::<String>()?.into(),
        kind: row.take::<String>()?.into(),
        at: row.take()?,
        client: text(row)?,
        subject: text(row)?,
        user_name: text(row)?,
        connection: text(row)?,
        session: text(row)?,
        audience: text(row)?,
        scopes: row.take()?,
        thumbprint: row.take()?,
        reason: text(row)?,
        description: text(row)?,
        address: text(row)?,
        agent: text(row)?,
        more: row.take()?,
        client_name: text(row)?,
        connection_id: text(row)?,
        strategy: text(row)?,
        organization: text(row)?,
        organization_name: text(row)?,
    })
}

/// Where the ids of entries come from: time, then a count, then which process.
///
/// Later entries of one process come after earlier ones even when its clock steps back. Entries of two
/// processes in one second may be read in another order than they were committed.
#[derive(Debug)]
pub(crate) struct Sequence {
    process: u64,
    latest: AtomicI64,
    count: AtomicU64,
}

impl Sequence {
    pub(crate) fn new() -> Self {
        Self {
            process: u64::from_be_bytes(entropy::bytes()),
            latest: AtomicI64::new(0),
            count: AtomicU64::new(0),
        }
    }

    fn next(&self, at: Timestamp) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let second = self.latest.fetch_max(at.as_unix(), Ordering::Relaxed).max(at.as_unix());
        format!("900{second:012}{count:020}{:020}", self.process)
    }
}

pub(crate) const STATEMENTS: &[&Sql] = &[&RECORD, &AFTER, &NEWEST, &FIND, &COMPLETE];

const RECORD: Sql = Sql::new(
    "INSERT INTO events (tenant, id, kind, at, client, subject, user_name, connection, session, audience,
         scopes, jkt, reason, description, address, agent, request, organization)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     ON CONFLICT DO NOTHING",
);

/// What an entry is read from. What clients and connections are called stands in their documents.
macro_rules! columns {
    () => {
        "id, kind, at, client, subject, user_name, connection, session, audience, scopes, jkt, reason, description,
         address, agent, more,
         (SELECT doc ->> 'name' FROM clients WHERE clients.tenant = events.tenant AND clients.id = client) AS client_name,
         (SELECT id FROM connections
          WHERE connections.tenant = events.tenant AND (doc ->> 'name') = events.connection) AS connection_id,
         (SELECT doc ->> 'strategy' FROM connections
          WHERE connections.tenant = events.tenant AND (doc ->> 'name') = events.connection) AS strategy,
         organization,
         (SELECT doc ->> 'name' FROM organizations
          WHERE organizations.tenant = events.tenant AND organizations.id = organization) AS organization_name"
    };
}
use columns;

const AFTER: Sql = Sql::new(concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3"
));

const NEWEST: Sql = Sql::new(concat!(
    "SELECT ",
    columns!(),
    " FROM events WHERE tenant = $1 ORDER BY id DESC LIMIT $2 OFFSET $3"
));

const FIND: Sql = Sql::new(concat!("SELECT ", columns!(), " FROM events WHERE tenant = $1 AND id = $2"));

const COMPLETE: Sql =
    Sql::new("UPDATE events SET more = $3 WHERE tenant = $1 AND request = $2 RETURNING CAST(1 AS BIGINT)");
