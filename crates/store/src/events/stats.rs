//! What the tenant log adds up to.

use keybound_authority::event::EventKind;
use keybound_proto::id::TenantId;
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Bind, Sql, Store};

/// What happened on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// When it began.
    pub date: Timestamp,
    /// How often people signed in.
    pub logins: i64,
    /// How many accounts were made.
    pub signups: i64,
    /// The first of all these.
    pub first: Timestamp,
    /// The last.
    pub last: Timestamp,
}

/// The days from one point in time to before another on which anything happened, in their order.
///
/// # Errors
/// Where the database cannot say.
pub async fn daily(
    store: &Store,
    tenant: &TenantId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Day>, StoreError> {
    let [login, password, signup] = [EventKind::LoggedIn, EventKind::PasswordRedeemed, EventKind::SignedUp];
    let kinds = [login.code().bind(), password.code().bind(), signup.code().bind()];
    let [login, password, signup] = kinds;
    let rows = store.rows(&DAILY, [tenant.bind(), from.bind(), to.bind(), login, password, signup]).await?;
    let day = |mut row: crate::sql::Row| {
        Ok(Day {
            date: Timestamp::from_unix(row.take::<i64>()?.saturating_mul(86_400)),
            logins: row.take()?,
            signups: row.take()?,
            first: row.take()?,
            last: row.take()?,
        })
    };
    rows.into_iter().map(day).collect()
}

/// How many people signed in since then.
///
/// # Errors
/// Where the database cannot say.
pub async fn active(store: &Store, tenant: &TenantId, since: Timestamp) -> Result<i64, StoreError> {
    match store.rows(&ACTIVE, [tenant.bind(), since.bind()]).await?.first_mut() {
        Some(row) => row.take(),
        None => Ok(0),
    }
}

pub(crate) const STATEMENTS: &[&Sql] = &[&DAILY, &ACTIVE];

const DAILY: Sql = Sql::new(
    "SELECT at / 86400, sum(CASE WHEN kind = $6 THEN 0 ELSE 1 END), sum(CASE WHEN kind = $6 THEN 1 ELSE 0 END),
         min(at), max(at)
     FROM events WHERE tenant = $1 AND at >= $2 AND at < $3 AND kind IN ($4, $5, $6)
     GROUP BY at / 86400 ORDER BY 1",
);

const ACTIVE: Sql = Sql::new("SELECT count(*) FROM logins WHERE tenant = $1 AND last_at >= $2");
