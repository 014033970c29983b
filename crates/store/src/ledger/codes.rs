//! Authorization codes: issued, spent once, remembered until they cannot matter.

use keybound_authority::grant::code::{Code, Found};
use keybound_authority::model::digest::CodeDigest;
use keybound_proto::id::TenantId;
use keybound_proto::time::{Lifetime, Timestamp};

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The code is new.
pub const NEW: Guard = Guard::new("codes.new");

/// The code was never spent.
pub const UNSPENT: Guard = Guard::new("codes.unspent");

/// How long after its end a code is remembered, so that a late second use still revokes what the first got.
pub const REMEMBERED: Lifetime = Lifetime::seconds(86_400);

/// Issues a code.
pub fn issue(batch: &mut Batch, tenant: &TenantId, code: &Code) {
    batch.one(
        NEW,
        &ISSUE,
        [
            code.digest.bind(),
            tenant.bind(),
            code.family.bind(),
            code.client.bind(),
            code.redirect_uri.bind(),
            code.challenge.bind(),
            code.jkt.bind(),
            code.subject.bind(),
            code.connection.bind(),
            code.session.bind(),
            code.authenticated_at.bind(),
            code.organization.bind(),
            code.audience.bind(),
            code.asked.bind(),
            code.scopes.bind(),
            code.id_token_nonce.bind(),
            code.issued_at.bind(),
            code.expires_at.bind(),
            code.factors.bind(),
        ],
    );
}

/// What is known of a code.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(store: &Store, tenant: &TenantId, digest: &CodeDigest) -> Result<Found, StoreError> {
    let Some(mut row) = store.optional(&FIND, [digest.bind(), tenant.bind()]).await? else {
        return Ok(Found::Unknown);
    };
    let spent: Option<Timestamp> = row.take()?;
    let code = read(&mut row)?;
    Ok(if spent.is_some() { Found::Spent(code) } else { Found::Fresh(code) })
}

/// Spends a code; the batch fails by [`UNSPENT`] if somebody was faster.
pub fn spend(batch: &mut Batch, tenant: &TenantId, digest: &CodeDigest, now: Timestamp) {
    batch.one(UNSPENT, &SPEND, [digest.bind(), tenant.bind(), now.bind()]);
}

fn read(row: &mut Row) -> Result<Code, StoreError> {
    Ok(Code {
        digest: row.take()?,
        family: row.take()?,
        client: row.take()?,
        redirect_uri: row.take()?,
        challenge: row.take()?,
        jkt: row.take()?,
        subject: row.take()?,
        connection: row.take()?,
        session: row.take()?,
        authenticated_at: row.take()?,
        factors: row.take()?,
        organization: row.take()?,
        audience: row.take()?,
        asked: row.take()?,
        scopes: row.take()?,
        id_token_nonce: row.take()?,
        issued_at: row.take()?,
        expires_at: row.take()?,
    })
}

pub(crate) const STATEMENTS: &[&Sql] = &[&ISSUE, &FIND, &SPEND];

const ISSUE: Sql = Sql::new(
    "INSERT INTO codes (digest, tenant, family, client, redirect_uri, challenge, jkt, subject, connection,
         session, authenticated_at, organization, audience, asked, scopes, id_token_nonce, issued_at,
         expires_at, factors)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
     ON CONFLICT DO NOTHING",
);

const FIND: Sql = Sql::new(
    "SELECT spent_at, digest, family, client, redirect_uri, challenge, jkt, subject, connection, session,
         authenticated_at, factors, organization, audience, asked, scopes, id_token_nonce, issued_at, expires_at
     FROM codes WHERE digest = $1 AND tenant = $2",
);

const SPEND: Sql =
    Sql::new("UPDATE codes SET spent_at = $3 WHERE digest = $1 AND tenant = $2 AND spent_at IS NULL");
