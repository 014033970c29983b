//! What a token ends with before its own time is over, as it is now.

use keybound_authority::grant::Tie;
use keybound_authority::model::name::{FamilyId, SessionId};
use keybound_proto::id::{Subject, TenantId};
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Bind, Sql, Store};

/// Whether none of it ended: the family was not revoked, and the session is that user's and goes on.
///
/// # Errors
/// Where the database cannot say.
pub async fn hold(
    store: &Store,
    tenant: &TenantId,
    (tie, subject): (&Tie, &Subject),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let family = tie.family.as_ref().map_or("", FamilyId::as_str);
    let session = tie.session.as_ref().map_or("", SessionId::as_str);
    if family.is_empty() && session.is_empty() {
        return Ok(true);
    }
    let values = [tenant.bind(), family.bind(), session.bind(), subject.bind(), now.bind()];
    Ok(store.optional(&HOLD, values).await?.is_some())
}

pub(crate) const STATEMENTS: &[&Sql] = &[&HOLD];

const HOLD: Sql = Sql::new(
    "SELECT CAST(1 AS BIGINT)
     WHERE NOT EXISTS (SELECT 1 FROM revoked_families WHERE tenant = $1 AND family = $2)
       AND ($3 = '' OR EXISTS (SELECT 1 FROM sessions
                               WHERE tenant = $1 AND id = $3 AND subject = $4 AND forget_at > $5))",
);
