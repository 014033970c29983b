//! By which account somebody signs in, and who they are by it: a linked account is another's.

use keybound_authority::model::name::ConnectionName;
use keybound_proto::id::Subject;
use keybound_store::{
    StoreError,
    documents::{Document, Users, user_by_email, user_by_username},
    ledger::linked_accounts::{self, Account},
};

use crate::app::App;

/// The account with that address in a connection.
pub(crate) async fn by_email(
    app: &App,
    connection: &ConnectionName,
    email: &str,
) -> Result<Option<Account>, StoreError> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    match user_by_email(store, tenant, connection, email).await?.and_then(own) {
        None => linked_accounts::by_email(store, tenant, connection, email).await,
        found => Ok(found),
    }
}

/// The account of that name in a connection.
pub(crate) async fn by_username(
    app: &App,
    connection: &ConnectionName,
    username: &str,
) -> Result<Option<Account>, StoreError> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    match user_by_username(store, tenant, connection, username).await?.and_then(own) {
        None => linked_accounts::by_username(store, tenant, connection, username).await,
        found => Ok(found),
    }
}

/// The account that a user is by themselves.
fn own(user: Document<Users>) -> Option<Account> {
    Some(Account { id: Subject::parse(&user.id).ok()?, user })
}
