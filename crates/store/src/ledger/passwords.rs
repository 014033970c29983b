//! Password hashes, kept out of the documents that describe people.

use keybound_proto::id::{Subject, TenantId};
use keybound_proto::secret::Secret;
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Sql, Store};

/// The hash is still the one that was read.
pub const UNCHANGED: Guard = Guard::new("passwords.unchanged");

/// A password, hashed.
#[derive(Clone, Debug)]
pub struct Password {
    /// In PHC string form.
    pub hash: Secret<String>,
    /// When it was chosen.
    pub set_at: Timestamp,
}

/// Sets a user's password, whatever it was before.
pub fn set(batch: &mut Batch, tenant: &TenantId, subject: &Subject, password: &Password) {
    let hash = password.hash.reveal().bind();
    batch.any(&SET, [tenant.bind(), subject.bind(), hash, password.set_at.bind()]);
}

/// Puts a better hash of the same password in place of the one it was verified by.
pub fn rehash(
    batch: &mut Batch,
    tenant: &TenantId,
    subject: &Subject,
    (old, new): (&Secret<String>, &Secret<String>),
) {
    let values = [tenant.bind(), subject.bind(), old.reveal().bind(), new.reveal().bind()];
    batch.one(UNCHANGED, &REHASH, values);
}

/// A user's password.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    subject: &Subject,
) -> Result<Option<Password>, StoreError> {
    match store.optional(&FIND, [tenant.bind(), subject.bind()]).await? {
        Some(mut row) => Ok(Some(Password { hash: Secret::new(row.take()?), set_at: row.take()? })),
        None => Ok(None),
    }
}

/// Forgets a user's password.
pub fn forget(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&SET, &REHASH, &FIND, &FORGET];

const SET: Sql = Sql::new(
    "INSERT INTO passwords (tenant, subject, hash, set_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (tenant, subject) DO UPDATE SET hash = excluded.hash, set_at = excluded.set_at",
);

const REHASH: Sql =
    Sql::new("UPDATE passwords SET hash = $4 WHERE tenant = $1 AND subject = $2 AND hash = $3");

const FIND: Sql = Sql::new("SELECT hash, set_at FROM passwords WHERE tenant = $1 AND subject = $2");

const FORGET: Sql = Sql::new("DELETE FROM passwords WHERE tenant = $1 AND subject = $2");
