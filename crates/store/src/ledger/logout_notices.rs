//! Which clients must hear that a session ended (OpenID Connect Back-Channel Logout §2.3), until they did.

use keybound_authority::model::name::SessionId;
use keybound_authority::model::session::Session;
use keybound_proto::id::{ClientId, Subject, TenantId};
use keybound_proto::time::{Lifetime, Timestamp};

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Sql, Store};

/// One client that must hear of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutNotice {
    /// Which session.
    pub session: SessionId,
    /// Which client.
    pub client: ClientId,
    /// Whose session it was.
    pub subject: Subject,
    /// How often it was taken to be told, this time included.
    pub tries: i64,
}

/// How long after a session ended a client can still be told.
pub const PATIENCE: Lifetime = Lifetime::seconds(3_600);

/// Records that a client takes part in a session, however often it is said.
pub fn owe(batch: &mut Batch, tenant: &TenantId, session: &Session, client: &ClientId) {
    let forget_at = session.ends_at.plus(PATIENCE);
    let values = [tenant.bind(), session.id.bind(), client.bind(), session.subject.bind(), forget_at.bind()];
    batch.any(&OWE, values);
}

/// Records that a session ended: whoever took part in it is to be told from now on.
pub fn fall_due(batch: &mut Batch, tenant: &TenantId, session: &SessionId, now: Timestamp) {
    batch.any(&FALL_DUE, [tenant.bind(), session.bind(), now.bind(), now.plus(PATIENCE).bind()]);
}

/// The same of every session of a user that has not been ended yet: it stands before what ends them in a batch.
pub fn fall_due_all_of(batch: &mut Batch, tenant: &TenantId, subject: &Subject, now: Timestamp) {
    batch.any(&FALL_DUE_ALL_OF, [tenant.bind(), subject.bind(), now.bind(), now.plus(PATIENCE).bind()]);
}

/// Takes some notices that are due, so that nobody else tells them before `until`.
///
/// # Errors
/// Where the database cannot say.
pub async fn take(
    store: &Store,
    tenant: &TenantId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<LogoutNotice>, StoreError> {
    let rows = store.change(&TAKE, [tenant.bind(), now.bind(), until.bind()]).await?;
    let notice = |mut row: crate::sql::Row| {
        Ok(LogoutNotice {
            session: row.take()?,
            client: row.take()?,
            subject: row.take()?,
            tries: row.take()?,
        })
    };
    rows.into_iter().map(notice).collect()
}

/// Forgets a notice: it was told, or never will be.
pub fn settle(batch: &mut Batch, tenant: &TenantId, notice: &LogoutNotice) {
    batch.any(&SETTLE, [tenant.bind(), notice.session.bind(), notice.client.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&OWE, &FALL_DUE, &FALL_DUE_ALL_OF, &TAKE, &SETTLE];

const OWE: Sql = Sql::new(
    "INSERT INTO logout_notices (tenant, session, client, subject, tries, forget_at)
     VALUES ($1, $2, $3, $4, 0, $5)
     ON CONFLICT (tenant, session, client) DO UPDATE SET forget_at = excluded.forget_at",
);

const FALL_DUE: Sql = Sql::new(
    "UPDATE logout_notices SET due_at = $3, forget_at = $4
     WHERE tenant = $1 AND session = $2 AND due_at IS NULL",
);

const FALL_DUE_ALL_OF: Sql = Sql::new(
    "UPDATE logout_notices SET due_at = $3, forget_at = $4
     WHERE tenant = $1 AND due_at IS NULL
       AND session IN (SELECT s.id FROM sessions s WHERE s.tenant = $1 AND s.subject = $2)",
);

const TAKE: Sql = Sql::new(
    "UPDATE logout_notices SET due_at = $3, tries = tries + 1
     WHERE due_at <= $2 AND tenant = $1 AND (session, client) IN
           (SELECT session, client FROM logout_notices WHERE tenant = $1 AND due_at <= $2 LIMIT 100)
     RETURNING session, client, subject, tries",
);

const SETTLE: Sql = Sql::new("DELETE FROM logout_notices WHERE tenant = $1 AND session = $2 AND client = $3");
