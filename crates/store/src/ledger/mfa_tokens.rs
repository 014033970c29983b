//! Sign-ins that wait for their second factor: stopped, finished once, forgotten.

use keybound_authority::grant::mfa::Waiting;
use keybound_authority::model::digest::MfaDigest;
use keybound_proto::id::{Subject, TenantId};

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Sql, Store};

/// It is new.
pub const NEW: Guard = Guard::new("mfa_tokens.new");

/// It was not finished.
pub const UNFINISHED: Guard = Guard::new("mfa_tokens.unfinished");

/// Stops a sign-in until its second factor is shown.
pub fn stop(batch: &mut Batch, tenant: &TenantId, waiting: &Waiting) {
    batch.one(
        NEW,
        &STOP,
        [
            waiting.digest.bind(),
            tenant.bind(),
            waiting.client.bind(),
            waiting.grant.bind(),
            waiting.subject.bind(),
            waiting.connection.bind(),
            waiting.audience.bind(),
            waiting.scopes.bind(),
            waiting.key.bind(),
            waiting.authenticated_at.bind(),
            waiting.expires_at.bind(),
        ],
    );
}

/// The sign-in of that name, over or not: ask [`Waiting::is_over`].
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    digest: &MfaDigest,
) -> Result<Option<Waiting>, StoreError> {
    let Some(mut row) = store.optional(&FIND, [digest.bind(), tenant.bind()]).await? else { return Ok(None) };
    Ok(Some(Waiting {
        digest: row.take()?,
        client: row.take()?,
        grant: row.take()?,
        subject: row.take()?,
        connection: row.take()?,
        audience: row.take()?,
        scopes: row.take()?,
        key: row.take()?,
        authenticated_at: row.take()?,
        expires_at: row.take()?,
    }))
}

/// Finishes a sign-in; the batch fails by [`UNFINISHED`] if somebody was faster.
pub fn finish(batch: &mut Batch, tenant: &TenantId, digest: &MfaDigest) {
    batch.one(UNFINISHED, &FINISH, [digest.bind(), tenant.bind()]);
}

/// Forgets every sign-in of a user that waits.
pub fn forget_all_of(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET_ALL_OF, [tenant.bind(), subject.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&STOP, &FIND, &FINISH, &FORGET_ALL_OF];

const STOP: Sql = Sql::new(
    "INSERT INTO mfa_tokens (digest, tenant, client, grant_type, subject, connection, audience, scopes, jkt,
         authenticated_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT DO NOTHING",
);

const FIND: Sql = Sql::new(
    "SELECT digest, client, grant_type, subject, connection, audience, scopes, jkt, authenticated_at, expires_at
     FROM mfa_tokens WHERE digest = $1 AND tenant = $2",
);

const FINISH: Sql = Sql::new("DELETE FROM mfa_tokens WHERE digest = $1 AND tenant = $2");

const FORGET_ALL_OF: Sql = Sql::new("DELETE FROM mfa_tokens WHERE tenant = $1 AND subject = $2");
