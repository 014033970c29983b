//! Refresh tokens: issued, spent once, revoked by family.

use keybound_authority::grant::refresh::{Found, RefreshToken, Successor as Waiting};
use keybound_authority::model::digest::RefreshDigest;
use keybound_authority::model::name::{FamilyId, SessionId};
use keybound_proto::id::TenantId;
use keybound_proto::secret::Secret;
use keybound_proto::time::{Lifetime, Timestamp};

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The token is new.
pub const NEW: Guard = Guard::new("refresh_tokens.new");

/// The token was never spent, and its family never revoked.
pub const UNSPENT: Guard = Guard::new("refresh_tokens.unspent");

/// How long a spent token of a family without an end is remembered, so that its reuse revokes the family.
pub const REMEMBERED: Lifetime = Lifetime::seconds(90 * 86_400);

/// The token that takes a spent one's place, for a client that lost the answer.
#[derive(Clone, Copy, Debug)]
pub struct Successor<'a> {
    /// The very token.
    pub token: &'a Secret<String>,
    /// Until when the spent one still brings it.
    pub until: Timestamp,
}

/// Issues the first token of a family.
pub fn issue(batch: &mut Batch, tenant: &TenantId, token: &RefreshToken) {
    add(batch, tenant, token, None);
}

/// Issues a token in the place of its parent, which [`spend`] spends in the same batch.
pub fn issue_after(batch: &mut Batch, tenant: &TenantId, token: &RefreshToken, parent: &RefreshDigest) {
    add(batch, tenant, token, Some(parent));
}

/// What is known of a token.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(store: &Store, tenant: &TenantId, digest: &RefreshDigest) -> Result<Found, StoreError> {
    let Some(mut row) = store.optional(&FIND, [digest.bind(), tenant.bind()]).await? else {
        return Ok(Found::Unknown);
    };
    let revoked: Option<Timestamp> = row.take()?;
    let spent: Option<Timestamp> = row.take()?;
    let waits: Option<Timestamp> = row.take()?;
    let token = read(&mut row)?;
    Ok(match (revoked, spent) {
        (Some(_), _) => Found::Revoked(token),
        (None, Some(at)) => {
            let successor = waits.map_or(Waiting::Gone, |until| Waiting::Waits { until });
            Found::Spent { token, at, successor }
        }
        (None, None) => Found::Fresh(token),
    })
}

/// Spends a token; the batch fails by [`UNSPENT`] if somebody was faster, or the family was revoked.
pub fn spend(
    batch: &mut Batch,
    store: &Store,
    (tenant, token): (&TenantId, &RefreshToken),
    successor: Option<Successor<'_>>,
    now: Timestamp,
) {
    let sealed = successor.map(|next| store.keys().seal_successor(&token.digest, next.token));
    let until = successor.map(|successor| successor.until);
    let forget_at = token.expires_at.unwrap_or_else(|| now.plus(REMEMBERED));
    let values =
        [token.digest.bind(), tenant.bind(), now.bind(), sealed.bind(), until.bind(), forget_at.bind()];
    batch.one(UNSPENT, &SPEND, values);
}

/// The token that took a spent one's place, while it may still be told.
///
/// `None` too when the successor was itself spent or revoked: whoever asks again is not the one who has it.
///
/// # Errors
/// Where the database cannot say, or the token was sealed by another master key.
pub async fn successor(
    store: &Store,
    tenant: &TenantId,
    spent: &RefreshDigest,
    now: Timestamp,
) -> Result<Option<(Secret<String>, RefreshToken)>, StoreError> {
    let values = [spent.bind(), tenant.bind(), now.bind()];
    let Some(mut row) = store.optional(&SUCCESSOR, values).await? else { return Ok(None) };
    let sealed: Vec<u8> = row.take()?;
    let token = store.keys().open_successor(spent, &sealed).map_err(|reason| row.corrupt(reason))?;
    Ok(Some((token, read(&mut row)?)))
}

/// Postpones the end of a token that is used again and again.
pub fn touch(batch: &mut Batch, tenant: &TenantId, token: &RefreshToken, idle_at: Option<Timestamp>) {
    let forget_at = end(token.expires_at, idle_at);
    let values = [token.digest.bind(), tenant.bind(), idle_at.bind(), forget_at.bind()];
    batch.one(UNSPENT, &TOUCH, values);
}

/// Revokes a family, its tokens that are and those that another request is issuing this moment.
pub fn revoke_family(batch: &mut Batch, tenant: &TenantId, family: &FamilyId, now: Timestamp) {
    batch.any(&REVOKE_FAMILY, [tenant.bind(), family.bind(), now.bind()]);
}

/// The unspent tokens of a family that were not revoked: one, unless something is wrong.
///
/// # Errors
/// Where the database cannot say.
pub async fn live(
    store: &Store,
    tenant: &TenantId,
    family: &FamilyId,
) -> Result<Vec<RefreshToken>, StoreError> {
    let rows = store.rows(&LIVE, [tenant.bind(), family.bind()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

fn add(batch: &mut Batch, tenant: &TenantId, token: &RefreshToken, parent: Option<&RefreshDigest>) {
    let forget_at = end(token.expires_at, token.idle_at);
    batch.one(
        NEW,
        &ISSUE,
        [
            token.digest.bind(),
            tenant.bind(),
            token.family.bind(),
            token.client.bind(),
            token.subject.bind(),
            token.connection.bind(),
            token.session.as_ref().map_or("", SessionId::as_str).bind(),
            token.authenticated_at.bind(),
            token.organization.bind(),
            token.audience.bind(),
            token.scopes.bind(),
            token.bound_to.bind(),
            token.issued_at.bind(),
            token.expires_at.bind(),
            token.idle_at.bind(),
            parent.bind(),
            forget_at.bind(),
            token.factors.bind(),
        ],
    );
}

/// When a token can be used no more, however it is treated.
fn end(expires_at: Option<Timestamp>, idle_at: Option<Timestamp>) -> Option<Timestamp> {
    match (expires_at, idle_at) {
        (Some(expires), Some(idle)) => Some(expires.min(idle)),
        (only, None) | (None, only) => only,
    }
}

fn read(row: &mut Row) -> Result<RefreshToken, StoreError> {
    Ok(RefreshToken {
        digest: row.take()?,
        family: row.take()?,
        client: row.take()?,
        subject: row.take()?,
        connection: row.take()?,
        session: session(row)?,
        authenticated_at: row.take()?,
        factors: row.take()?,
        organization: row.take()?,
        audience: row.take()?,
        scopes: row.take()?,
        bound_to: row.take()?,
        issued_at: row.take()?,
        expires_at: row.take()?,
        idle_at: row.take()?,
    })
}

/// The column takes no null, and no session has an empty name: that is what stands for none.
fn session(row: &mut Row) -> Result<Option<SessionId>, StoreError> {
    let name: String = row.take()?;
    let session = Some(name).filter(|name| !name.is_empty()).map(|name| SessionId::parse(&name));
    session.transpose().map_err(|reason| row.corrupt(reason))
}

pub(crate) const STATEMENTS: &[&Sql] = &[&ISSUE, &FIND, &SPEND, &SUCCESSOR, &TOUCH, &REVOKE_FAMILY, &LIVE];

const ISSUE: Sql = Sql::new(
    "INSERT INTO refresh_tokens (digest, tenant, family, client, subject, connection, session,
         authenticated_at, organization, audience, scopes, jkt, issued_at, expires_at, idle_at, parent,
         forget_at, factors, began_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
         coalesce((SELECT coalesce(p.began_at, p.issued_at) FROM refresh_tokens p WHERE p.digest = $16), $13))
     ON CONFLICT DO NOTHING",
);

const FIND: Sql = Sql::new(
    "SELECT r.revoked_at, t.spent_at,
         CASE WHEN t.spent_at IS NULL THEN NULL
              ELSE (SELECT t.successor_until FROM refresh_tokens n
                    WHERE n.family = t.family AND n.tenant = t.tenant AND n.parent = t.digest
                      AND n.spent_at IS NULL) END,
         t.digest, t.family, t.client, t.subject, t.connection, t.session,
         t.authenticated_at, t.factors, t.organization, t.audience, t.scopes, t.jkt, t.issued_at, t.expires_at, t.idle_at
     FROM refresh_tokens t
     LEFT JOIN revoked_families r ON r.tenant = t.tenant AND r.family = t.family
     WHERE t.digest = $1 AND t.tenant = $2",
);

const SPEND: Sql = Sql::new(
    "UPDATE refresh_tokens SET spent_at = $3, successor = $4, successor_until = $5, forget_at = $6
     WHERE digest = $1 AND tenant = $2 AND spent_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM revoked_families r
                       WHERE r.tenant = refresh_tokens.tenant AND r.family = refresh_tokens.family)",
);

const SUCCESSOR: Sql = Sql::new(
    "SELECT p.successor, t.digest, t.family, t.client, t.subject, t.connection, t.session,
         t.authenticated_at, t.factors, t.organization, t.audience, t.scopes, t.jkt, t.issued_at, t.expires_at, t.idle_at
     FROM refresh_tokens p
     JOIN refresh_tokens t ON t.family = p.family AND t.parent = p.digest
     WHERE p.digest = $1 AND p.tenant = $2 AND p.successor IS NOT NULL AND p.successor_until > $3
       AND t.tenant = p.tenant AND t.spent_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM revoked_families r
                       WHERE r.tenant = p.tenant AND r.family = p.family)",
);

const TOUCH: Sql = Sql::new(
    "UPDATE refresh_tokens SET idle_at = $3, forget_at = $4
     WHERE digest = $1 AND tenant = $2 AND spent_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM revoked_families r
                       WHERE r.tenant = refresh_tokens.tenant AND r.family = refresh_tokens.family)",
);

const REVOKE_FAMILY: Sql = Sql::new(
    "INSERT INTO revoked_families (tenant, family, revoked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);

const LIVE: Sql = Sql::new(
    "SELECT digest, family, client, subject, connection, session, authenticated_at, factors, organization,
         audience, scopes, jkt, issued_at, expires_at, idle_at
     FROM refresh_tokens t
     WHERE tenant = $1 AND family = $2 AND spent_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM revoked_families r WHERE r.tenant = t.tenant AND r.family = t.family)
     ORDER BY issued_at",
);
