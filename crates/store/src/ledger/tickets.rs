//! Links that somebody was given: each is good once, and not for ever.

use keybound_proto::id::{Subject, TenantId};
use keybound_proto::time::Timestamp;
use serde_json::Value as Json;

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The ticket is new.
pub const NEW: Guard = Guard::new("tickets.new");

/// The ticket was not used, and is not over.
pub const UNUSED: Guard = Guard::new("tickets.unused");

/// What the secret of a ticket hashes to.
pub type TicketDigest = [u8; 32];

/// A ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// What it is good for.
    pub purpose: String,
    /// For whom.
    pub subject: Subject,
    /// What else was said of it.
    pub doc: Json,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Gives a ticket out.
pub fn issue(batch: &mut Batch, tenant: &TenantId, digest: &TicketDigest, ticket: &Ticket) {
    let (purpose, subject) = (ticket.purpose.bind(), ticket.subject.bind());
    let values =
        [digest.bind(), tenant.bind(), purpose, subject, ticket.doc.bind(), ticket.expires_at.bind()];
    batch.one(NEW, &ISSUE, values);
}

/// The ticket of that secret, if it is still good.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    digest: &TicketDigest,
    now: Timestamp,
) -> Result<Option<Ticket>, StoreError> {
    one(store.optional(&FIND, [digest.bind(), tenant.bind(), now.bind()]).await?)
}

/// The ticket of that secret, if it was used and its time is not over.
///
/// # Errors
/// Where the database cannot say.
pub async fn used(
    store: &Store,
    tenant: &TenantId,
    digest: &TicketDigest,
    now: Timestamp,
) -> Result<Option<Ticket>, StoreError> {
    one(store.optional(&USED, [digest.bind(), tenant.bind(), now.bind()]).await?)
}

fn one(row: Option<Row>) -> Result<Option<Ticket>, StoreError> {
    let Some(mut row) = row else { return Ok(None) };
    let purpose: String = row.take()?;
    Ok(Some(Ticket {
        purpose: purpose.trim_end_matches(":used").to_owned(),
        subject: row.take()?,
        doc: row.take()?,
        expires_at: row.take()?,
    }))
}

/// Uses a ticket up; the batch fails by [`UNUSED`] if somebody was faster, or it is over.
pub fn spend(batch: &mut Batch, tenant: &TenantId, digest: &TicketDigest, now: Timestamp) {
    batch.one(UNUSED, &SPEND, [digest.bind(), tenant.bind(), now.bind()]);
}

/// Takes back what else somebody was given for the purpose of a ticket.
pub fn take_back_others(batch: &mut Batch, tenant: &TenantId, digest: &TicketDigest, ticket: &Ticket) {
    let values = [tenant.bind(), ticket.subject.bind(), ticket.purpose.bind(), digest.bind()];
    batch.any(&TAKE_BACK, values);
}

/// Takes back everything somebody was given.
pub fn forget_user(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&ISSUE, &FIND, &USED, &SPEND, &TAKE_BACK, &FORGET];

const ISSUE: Sql = Sql::new(
    "INSERT INTO tickets (digest, tenant, purpose, subject, doc, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING",
);

const FIND: Sql = Sql::new(
    "SELECT purpose, subject, doc, expires_at FROM tickets
     WHERE digest = $1 AND tenant = $2 AND expires_at > $3 AND purpose NOT LIKE '%:used'",
);

const USED: Sql = Sql::new(
    "SELECT purpose, subject, doc, expires_at FROM tickets
     WHERE digest = $1 AND tenant = $2 AND expires_at > $3 AND purpose LIKE '%:used'",
);

/// It stays until its time is over: who follows it again is told why it does nothing.
const SPEND: Sql = Sql::new(
    "UPDATE tickets SET purpose = purpose || ':used'
     WHERE digest = $1 AND tenant = $2 AND expires_at > $3 AND purpose NOT LIKE '%:used'",
);

const TAKE_BACK: Sql =
    Sql::new("DELETE FROM tickets WHERE tenant = $1 AND subject = $2 AND purpose = $3 AND digest <> $4");

const FORGET: Sql = Sql::new("DELETE FROM tickets WHERE tenant = $1 AND subject = $2");
