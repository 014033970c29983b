//! Browser sessions: begun, touched, ended.

mod record;

use keybound_authority::event::Sender;
use keybound_authority::model::digest::SessionDigest;
use keybound_authority::model::factor::Factors;
use keybound_authority::model::name::SessionId;
use keybound_authority::model::session::Session;
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::time::Timestamp;

pub use self::record::{Record, note, page, record};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The session is new.
pub const NEW: Guard = Guard::new("sessions.new");

/// The session has not ended.
pub const LIVE: Guard = Guard::new("sessions.live");

/// Begins a session in a browser.
pub fn begin(batch: &mut Batch, tenant: &TenantId, session: &Session, from: &Sender) {
    let address = from.address.map(|address| address.to_string());
    batch.one(
        NEW,
        &BEGIN,
        [
            session.digest.bind(),
            tenant.bind(),
            session.id.bind(),
            session.subject.bind(),
            session.connection.bind(),
            session.authenticated_at.bind(),
            session.began_at.bind(),
            session.touched_at.bind(),
            session.idle.bind(),
            session.ends_at.bind(),
            session.forgotten_at().bind(),
            session.factors.bind(),
            from.agent.as_deref().bind(),
            address.bind(),
        ],
    );
}

/// The session a browser's cookie opens, ended or not by time: ask [`Session::is_live`].
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    digest: &SessionDigest,
) -> Result<Option<Session>, StoreError> {
    match store.optional(&FIND, [digest.bind(), tenant.bind()]).await? {
        Some(mut row) => read(&mut row).map(Some),
        None => Ok(None),
    }
}

/// The session of that name (`sid`).
///
/// # Errors
/// Where the database cannot say.
pub async fn by_id(store: &Store, tenant: &TenantId, id: &SessionId) -> Result<Option<Session>, StoreError> {
    match store.optional(&BY_ID, [tenant.bind(), id.bind()]).await? {
        Some(mut row) => read(&mut row).map(Some),
        None => Ok(None),
    }
}

/// A user's sessions, newest first.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_user(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Vec<Session>, StoreError> {
    let rows = store.rows(&OF_USER, [tenant.bind(), subject.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

/// Records that a session was used for a client, so that it goes on. Nothing happens if it has ended meanwhile.
pub fn touch(
    batch: &mut Batch,
    tenant: &TenantId,
    session: &Session,
    (client, from): (&ClientId, &Sender),
    now: Timestamp,
) {
    let forget_at = Session { touched_at: now, ..session.clone() }.forgotten_at();
    let address = from.address.map(|address| address.to_string());
    batch.any(
        &TOUCH,
        [
            session.digest.bind(),
            tenant.bind(),
            now.bind(),
            forget_at.bind(),
            from.agent.as_deref().bind(),
            address.bind(),
            // No client id holds a line break.
            format!("\n{client}\n").bind(),
        ],
    );
}

/// Records that the same person showed who they are once more (`auth_time`).
pub fn reauthenticate(batch: &mut Batch, tenant: &TenantId, session: &Session, now: Timestamp) {
    let forget_at = Session { touched_at: now, ..session.clone() }.forgotten_at();
    let values = [session.digest.bind(), tenant.bind(), now.bind(), forget_at.bind(), session.subject.bind()];
    batch.one(LIVE, &REAUTHENTICATE, values);
}

/// Records that the person of a session showed a second factor, and gives it another secret. The batch fails by
/// [`LIVE`] if it has ended meanwhile.
pub fn strengthen(
    batch: &mut Batch,
    tenant: &TenantId,
    session: &Session,
    secret: &SessionDigest,
    now: Timestamp,
) {
    let forget_at = Session { touched_at: now, ..session.clone() }.forgotten_at();
    let (old, factors) = (session.digest.bind(), Factors::Two.bind());
    let values = [old, tenant.bind(), now.bind(), forget_at.bind(), secret.bind(), factors];
    batch.one(LIVE, &STRENGTHEN, values);
}

/// Ends a session.
pub fn end(batch: &mut Batch, tenant: &TenantId, digest: &SessionDigest) {
    batch.any(&END, [digest.bind(), tenant.bind()]);
}

/// Ends the session of that name.
pub fn end_named(batch: &mut Batch, tenant: &TenantId, id: &SessionId) {
    batch.any(&END_NAMED, [tenant.bind(), id.bind()]);
}

/// Ends every session of a user.
pub fn end_all_of(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&END_ALL_OF, [tenant.bind(), subject.bind()]);
}

fn read(row: &mut Row) -> Result<Session, StoreError> {
    Ok(Session {
        digest: row.take()?,
        id: row.take()?,
        subject: row.take()?,
        connection: row.take()?,
        authenticated_at: row.take()?,
        factors: row.take()?,
        began_at: row.take()?,
        touched_at: row.take()?,
        idle: row.take()?,
        ends_at: row.take()?,
    })
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&BEGIN, &FIND, &BY_ID, &OF_USER, &TOUCH, &REAUTHENTICATE, &STRENGTHEN, &END, &END_NAMED, &END_ALL_OF];

pub(crate) use self::record::STATEMENTS as RECORDS;

const BEGIN: Sql = Sql::new(
    "INSERT INTO sessions (digest, tenant, id, subject, connection, authenticated_at, began_at, touched_at,
         idle, ends_at, forget_at, factors, agent, address, last_agent, last_address)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14)
     ON CONFLICT DO NOTHING",
);

const FIND: Sql = Sql::new(
    "SELECT digest, id, subject, connection, authenticated_at, factors, began_at, touched_at, idle, ends_at
     FROM sessions WHERE digest = $1 AND tenant = $2",
);

const BY_ID: Sql = Sql::new(
    "SELECT digest, id, subject, connection, authenticated_at, factors, began_at, touched_at, idle, ends_at
     FROM sessions WHERE tenant = $1 AND id = $2",
);

const OF_USER: Sql = Sql::new(
    "SELECT digest, id, subject, connection, authenticated_at, factors, began_at, touched_at, idle, ends_at
     FROM sessions WHERE tenant = $1 AND subject = $2 ORDER BY began_at DESC",
);

const TOUCH: Sql = Sql::new(
    "UPDATE sessions SET touched_at = $3, forget_at = $4, last_agent = $5, last_address = $6,
         clients = CASE WHEN replace(clients, $7, '') = clients THEN clients || $7 ELSE clients END
     WHERE digest = $1 AND tenant = $2 AND touched_at <= $3 AND forget_at > $3",
);

const REAUTHENTICATE: Sql = Sql::new(
    "UPDATE sessions SET authenticated_at = $3, touched_at = $3, forget_at = $4
     WHERE digest = $1 AND tenant = $2 AND subject = $5 AND forget_at > $3",
);

const STRENGTHEN: Sql = Sql::new(
    "UPDATE sessions SET digest = $5, factors = $6, touched_at = $3, forget_at = $4
     WHERE digest = $1 AND tenant = $2 AND forget_at > $3",
);

const END: Sql = Sql::new("DELETE FROM sessions WHERE digest = $1 AND tenant = $2");

const END_NAMED: Sql = Sql::new("DELETE FROM sessions WHERE tenant = $1 AND id = $2");

const END_ALL_OF: Sql = Sql::new("DELETE FROM sessions WHERE tenant = $1 AND subject = $2");
