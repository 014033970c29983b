//! Accounts that are another's: linked, found at sign-in, let go again.
//!
//! A linked account is no user any more. Its document waits here for the day it is let go; its password stays where it
//! was, since it is still what the person shows.

use keybound_authority::model::name::ConnectionName;
use keybound_proto::id::{Subject, TenantId};
use serde_json::Value as Json;

use crate::documents::{Document, Users, read};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Sql, Store};

/// The account is not linked yet.
pub const NEW: Guard = Guard::new("linked_accounts.new");

/// The account is linked to that user.
pub const LINKED: Guard = Guard::new("linked_accounts.linked");

/// An account by which somebody may sign in, and who they are.
#[derive(Clone, Debug)]
pub struct Account {
    /// What it was called: whose password is shown.
    pub id: Subject,
    /// Who they are.
    pub user: Document<Users>,
}

/// Links an account: what it was is kept. The batch fails by [`NEW`] if it is linked already.
pub fn link(
    batch: &mut Batch,
    tenant: &TenantId,
    account: &Document<Users>,
    (connection, to): (&str, &Subject),
) {
    let text = |name: &str| account.doc.get(name).and_then(Json::as_str);
    let (email, username) = (text("email").bind(), text("username").bind());
    let values =
        [tenant.bind(), account.id.bind(), to.bind(), connection.bind(), email, username, account.doc.bind()];
    batch.one(NEW, &LINK, values);
}

/// Lets whoever was linked to one user be linked to another.
pub fn move_all(batch: &mut Batch, tenant: &TenantId, (from, to): (&str, &Subject)) {
    batch.any(&MOVE_ALL, [tenant.bind(), from.bind(), to.bind()]);
}

/// Lets an account go; the batch fails by [`LINKED`] if it is not that user's.
pub fn let_go(batch: &mut Batch, tenant: &TenantId, (account, user): (&str, &str)) {
    batch.one(LINKED, &LET_GO, [tenant.bind(), account.bind(), user.bind()]);
}

/// Forgets every account that is linked to a user, with its password.
pub fn forget_all_of(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    for sql in [&FORGET_PASSWORDS, &FORGET_ALL_OF] {
        batch.any(sql, [tenant.bind(), subject.bind()]);
    }
}

/// Forgets every account of a connection that is linked to a user of another, with its password.
pub fn forget_connection(batch: &mut Batch, tenant: &TenantId, connection: &str) {
    for sql in [&FORGET_PASSWORDS_AT, &FORGET_CONNECTION] {
        batch.any(sql, [tenant.bind(), connection.bind()]);
    }
}

/// What an account was before it was linked, and to whom it is.
///
/// # Errors
/// Where the database cannot say.
pub async fn find(store: &Store, tenant: &TenantId, id: &str) -> Result<Option<(String, Json)>, StoreError> {
    match store.optional(&FIND, [tenant.bind(), id.bind()]).await? {
        Some(mut row) => Ok(Some((row.take()?, row.take()?))),
        None => Ok(None),
    }
}

/// The linked account with that address in a connection, however it is capitalised.
///
/// # Errors
/// Where the database cannot say.
pub async fn by_email(
    store: &Store,
    tenant: &TenantId,
    connection: &ConnectionName,
    email: &str,
) -> Result<Option<Account>, StoreError> {
    account(store, tenant, &BY_EMAIL, (connection, email)).await
}

/// The linked account of that name in a connection, however it is capitalised.
///
/// # Errors
/// Where the database cannot say.
pub async fn by_username(
    store: &Store,
    tenant: &TenantId,
    connection: &ConnectionName,
    username: &str,
) -> Result<Option<Account>, StoreError> {
    account(store, tenant, &BY_USERNAME, (connection, username)).await
}

async fn account(
    store: &Store,
    tenant: &TenantId,
    sql: &'static Sql,
    (connection, name): (&ConnectionName, &str),
) -> Result<Option<Account>, StoreError> {
    let values = [tenant.bind(), name.trim().to_lowercase().bind(), connection.bind()];
    match store.optional(sql, values).await? {
        Some(mut row) => Ok(Some(Account { id: row.take()?, user: read(store, tenant, &mut row)? })),
        None => Ok(None),
    }
}

pub(crate) const STATEMENTS: &[&Sql] = &[
    &LINK,
    &MOVE_ALL,
    &LET_GO,
    &FORGET_PASSWORDS,
    &FORGET_ALL_OF,
    &FORGET_PASSWORDS_AT,
    &FORGET_CONNECTION,
    &FIND,
    &BY_EMAIL,
    &BY_USERNAME,
];

const LINK: Sql = Sql::new(
    "INSERT INTO linked_accounts (tenant, id, subject, connection, email, username, doc)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT DO NOTHING",
);

const MOVE_ALL: Sql = Sql::new("UPDATE linked_accounts SET subject = $3 WHERE tenant = $1 AND subject = $2");

const LET_GO: Sql = Sql::new("DELETE FROM linked_accounts WHERE tenant = $1 AND id = $2 AND subject = $3");

const FORGET_PASSWORDS: Sql = Sql::new(
    "DELETE FROM passwords
     WHERE tenant = $1 AND subject IN (SELECT id FROM linked_accounts WHERE tenant = $1 AND subject = $2)",
);

const FORGET_ALL_OF: Sql = Sql::new("DELETE FROM linked_accounts WHERE tenant = $1 AND subject = $2");

const FORGET_PASSWORDS_AT: Sql = Sql::new(
    "DELETE FROM passwords
     WHERE tenant = $1 AND subject IN (SELECT id FROM linked_accounts WHERE tenant = $1 AND connection = $2)",
);

const FORGET_CONNECTION: Sql = Sql::new("DELETE FROM linked_accounts WHERE tenant = $1 AND connection = $2");

const FIND: Sql = Sql::new("SELECT subject, doc FROM linked_accounts WHERE tenant = $1 AND id = $2");

const BY_EMAIL: Sql = Sql::new(
    "SELECT l.id, u.id, u.revision, u.doc FROM linked_accounts l
     JOIN users u ON u.tenant = l.tenant AND u.id = l.subject
     WHERE l.tenant = $1 AND l.email = $2 AND l.connection = $3",
);

const BY_USERNAME: Sql = Sql::new(
    "SELECT l.id, u.id, u.revision, u.doc FROM linked_accounts l
     JOIN users u ON u.tenant = l.tenant AND u.id = l.subject
     WHERE l.tenant = $1 AND l.username = $2 AND l.connection = $3",
);
