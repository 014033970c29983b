//! What administrators described: a few statements for every kind.

pub mod kept;
mod kind;
mod lookup;
mod page;
mod people;
mod seal;
mod unfinished;

use std::marker::PhantomData;

use keybound_proto::id::TenantId;
use serde_json::Value as Json;

pub use self::kind::{
    ClientGrants, Clients, Connections, Invitations, Kind, Organizations, ResourceServers, Roles, Statements,
    Tenants, Users,
};
pub(crate) use self::lookup::STATEMENTS as LOOKUPS;
pub use self::lookup::{
    client_grant_between, connection_named, invitation_of_ticket, organization_named,
    resource_server_identified, user_by_email, user_by_username,
};
pub use self::page::{Page, Window, page};
pub use self::people::{Wanted, count_users, user_sort, users, users_statement};
pub(crate) use self::unfinished::{STATEMENTS as UNFINISHED, finish};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Row, Store};

/// A document as it was read: its secrets opened, its revision known.
pub struct Document<K> {
    /// Its id.
    pub id: Box<str>,
    /// How often it was changed; an update must name the one it read.
    pub revision: i64,
    /// What it says: an object.
    pub doc: Json,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Document<K> {
    fn clone(&self) -> Self {
        Self { id: self.id.clone(), revision: self.revision, doc: self.doc.clone(), kind: PhantomData }
    }
}

impl<K: Kind> std::fmt::Debug for Document<K> {
    /// Leaves out what it says: there may be secrets in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} revision {}", K::NAME, self.id, self.revision)
    }
}

/// Adds a document. The batch fails by [`Kind::NEW`] if the id, or what else must be unique, is taken.
pub fn insert<K: Kind>(batch: &mut Batch, store: &Store, tenant: &TenantId, id: &str, doc: Json) {
    let doc = seal::seal::<K>(store, tenant, id, doc);
    batch.one(K::NEW, K::STATEMENTS.insert, [tenant.bind(), id.bind(), doc.bind()]);
}

/// The document of that id.
///
/// # Errors
/// Where the database cannot say, or its secrets were sealed by another master key.
pub async fn find<K: Kind>(
    store: &Store,
    tenant: &TenantId,
    id: &str,
) -> Result<Option<Document<K>>, StoreError> {
    match store.optional(K::STATEMENTS.find, [tenant.bind(), id.bind()]).await? {
        Some(mut row) => read(store, tenant, &mut row).map(Some),
        None => Ok(None),
    }
}

/// Puts what the document now says in place of what was read. The batch fails by [`Kind::REVISION`] if
/// somebody else changed or deleted it meanwhile, or if something that must be unique is taken.
pub fn update<K: Kind>(batch: &mut Batch, store: &Store, tenant: &TenantId, changed: Document<K>) {
    let doc = seal::seal::<K>(store, tenant, &changed.id, changed.doc);
    let values = [tenant.bind(), changed.id.bind(), changed.revision.bind(), doc.bind()];
    batch.one(K::REVISION, K::STATEMENTS.update, values);
}

/// Deletes a document, if it is there.
pub fn delete<K: Kind>(batch: &mut Batch, tenant: &TenantId, id: &str) {
    batch.any(K::STATEMENTS.delete, [tenant.bind(), id.bind()]);
}

/// Deletes a document that can be used once. The batch fails by [`Kind::REVISION`] if somebody was faster.
pub fn take<K: Kind>(batch: &mut Batch, tenant: &TenantId, read: &Document<K>) {
    batch.one(K::REVISION, K::STATEMENTS.take, [tenant.bind(), read.id.bind(), read.revision.bind()]);
}

pub(crate) fn read<K: Kind>(
    store: &Store,
    tenant: &TenantId,
    row: &mut Row,
) -> Result<Document<K>, StoreError> {
    let id = row.take::<String>()?.into_boxed_str();
    let revision = row.take()?;
    let doc = row.take()?;
    let mut doc = seal::open::<K>(store, tenant, &id, doc).map_err(|reason| row.corrupt(reason))?;
    K::restore(&mut doc);
    Ok(Document { id, revision, doc, kind: PhantomData })
}
