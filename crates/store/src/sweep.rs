//! Forgets what has expired, a little at a time.

use keybound_proto::time::{Lifetime, Timestamp};

use crate::error::StoreError;
use crate::ledger::codes;
use crate::sql::{Bind, Sql, Store};

/// At most how many rows of a table one sweep takes, so that nobody waits long for it.
pub const AT_ONCE: u32 = 1_000;

/// How long the tenant log is kept, and how much one sweep may take.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// How long entries of the tenant log are kept.
    pub events: Lifetime,
    /// At most how many rows of each table.
    pub at_once: u32,
}

impl Default for Sweep {
    /// Thirty days of log.
    fn default() -> Self {
        Self { events: Lifetime::seconds(30 * 86_400), at_once: AT_ONCE }
    }
}

/// Forgets what has expired, and says how many rows that were. Where it is more than fits one sweep, sweep again.
///
/// # Errors
/// Where the database refuses.
pub async fn sweep(store: &Store, what: Sweep, now: Timestamp) -> Result<usize, StoreError> {
    let mut swept = 0;
    for (sql, until) in [
        (&CODES, now.minus(codes::REMEMBERED)),
        (&REFRESH_TOKENS, now),
        (&SUCCESSORS, now),
        (&REVOKED_FAMILIES, now.minus(codes::REMEMBERED)),
        (&SESSIONS, now),
        (&LOGOUT_NOTICES, now),
        (&MFA_TOKENS, now),
        (&EVENTS, now.minus(what.events)),
        (&CLAIMS, now),
        (&COUNTS, now),
        (&VALUES, now),
        (&BUCKETS, now),
        (&LOGIN_BLOCKS, now),
        (&TICKETS, now),
        (&JOB_PARTS, now),
    ] {
        swept += store.change(sql, [until.bind(), what.at_once.bind()]).await?.len();
    }
    // Documents write times as texts, which are in the order of time.
    swept += store.change(&NOTES, [what.at_once.bind()]).await?.len();
    let now = now.to_rfc3339();
    swept += store.change(&INVITATIONS, [now.bind(), what.at_once.bind()]).await?.len();
    Ok(swept)
}

pub(crate) const STATEMENTS: &[&Sql] = &[
    &CODES,
    &REFRESH_TOKENS,
    &SUCCESSORS,
    &REVOKED_FAMILIES,
    &SESSIONS,
    &LOGOUT_NOTICES,
    &MFA_TOKENS,
    &EVENTS,
    &CLAIMS,
    &COUNTS,
    &VALUES,
    &BUCKETS,
    &LOGIN_BLOCKS,
    &TICKETS,
    &NOTES,
    &JOB_PARTS,
    &INVITATIONS,
];

const CODES: Sql = Sql::new(
    "DELETE FROM codes WHERE digest IN (SELECT digest FROM codes WHERE expires_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const JOB_PARTS: Sql = Sql::new(
    "DELETE FROM job_parts
     WHERE (tenant, job, kind, part) IN (SELECT tenant, job, kind, part FROM job_parts
                                         WHERE expires_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const REFRESH_TOKENS: Sql = Sql::new(
    "DELETE FROM refresh_tokens
     WHERE digest IN (SELECT digest FROM refresh_tokens WHERE forget_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const SUCCESSORS: Sql = Sql::new(
    "UPDATE refresh_tokens SET successor = NULL, successor_until = NULL
     WHERE digest IN (SELECT digest FROM refresh_tokens
                      WHERE successor_until IS NOT NULL AND successor_until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const REVOKED_FAMILIES: Sql = Sql::new(
    "DELETE FROM revoked_families
     WHERE (tenant, family) IN
           (SELECT r.tenant, r.family FROM revoked_families r
            WHERE r.revoked_at <= $1
              AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.family = r.family AND t.tenant = r.tenant)
            LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const SESSIONS: Sql = Sql::new(
    "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE forget_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const LOGOUT_NOTICES: Sql = Sql::new(
    "DELETE FROM logout_notices
     WHERE (tenant, session, client) IN
           (SELECT tenant, session, client FROM logout_notices WHERE forget_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const MFA_TOKENS: Sql = Sql::new(
    "DELETE FROM mfa_tokens WHERE digest IN (SELECT digest FROM mfa_tokens WHERE expires_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const EVENTS: Sql = Sql::new(
    "DELETE FROM events
     WHERE (tenant, id) IN (SELECT tenant, id FROM events WHERE at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const CLAIMS: Sql = Sql::new(
    "DELETE FROM fleeting_claims WHERE key IN (SELECT key FROM fleeting_claims WHERE until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const COUNTS: Sql = Sql::new(
    "DELETE FROM fleeting_counts WHERE key IN (SELECT key FROM fleeting_counts WHERE until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const VALUES: Sql = Sql::new(
    "DELETE FROM fleeting_values WHERE key IN (SELECT key FROM fleeting_values WHERE until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const BUCKETS: Sql = Sql::new(
    "DELETE FROM fleeting_buckets WHERE key IN (SELECT key FROM fleeting_buckets WHERE until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

/// Notes about families of which no token is left.
const NOTES: Sql = Sql::new(
    "DELETE FROM refresh_token_metadata
     WHERE (tenant, family) IN
           (SELECT m.tenant, m.family FROM refresh_token_metadata m
            WHERE NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.family = m.family AND t.tenant = m.tenant)
            LIMIT $1)
     RETURNING CAST(1 AS BIGINT)",
);

const TICKETS: Sql = Sql::new(
    "DELETE FROM tickets WHERE digest IN (SELECT digest FROM tickets WHERE expires_at <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const LOGIN_BLOCKS: Sql = Sql::new(
    "DELETE FROM login_blocks
     WHERE (tenant, key) IN (SELECT tenant, key FROM login_blocks WHERE until <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);

const INVITATIONS: Sql = Sql::new(
    "DELETE FROM invitations
     WHERE (tenant, id) IN (SELECT tenant, id FROM invitations WHERE (doc ->> 'expires_at') <= $1 LIMIT $2)
     RETURNING CAST(1 AS BIGINT)",
);
