//! Documents that nothing joins and nothing looks up but by their place: one table for all their kinds.
//!
//! A kind is a [`Shelf`], and what stands on it may belong to something: secrets to a hook, versions to an action. A
//! setting of which there is one is a document whose id is the shelf's name.

use keybound_proto::id::TenantId;
use serde_json::Value as Json;

use super::seal::{open_members, seal_members};
use crate::error::StoreError;
use crate::ledger::Slice;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store, Value};

/// What kept documents of one kind have in common.
#[derive(Clone, Copy, Debug)]
pub struct Shelf {
    /// The name of the kind. What was kept is found by it and sealed to it: it never changes.
    pub name: &'static str,
    /// Members whose values are sealed at rest.
    pub secrets: &'static [&'static str],
    /// The member whose text no two of the same owner share; empty for none.
    pub unique: &'static str,
}

/// Where kept documents stand.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    shelf: Shelf,
    owner: &'a str,
}

impl Shelf {
    /// A shelf of plain documents.
    pub const fn new(name: &'static str) -> Self {
        Self { name, secrets: &[], unique: "" }
    }

    /// What belongs to nothing else.
    pub const fn whole(self) -> Place<'static> {
        Place { shelf: self, owner: "" }
    }

    /// What belongs to the thing of that id.
    pub const fn of(self, owner: &str) -> Place<'_> {
        Place { shelf: self, owner }
    }
}

/// A kept document as it was read: its secrets opened, its revision known.
#[derive(Clone)]
pub struct Kept {
    /// Its id.
    pub id: Box<str>,
    /// How often it was changed; an update must name the one it read.
    pub revision: i64,
    /// What it says: an object.
    pub doc: Json,
}

impl std::fmt::Debug for Kept {
    /// Leaves out what it says: there may be secrets in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "kept/{} revision {}", self.id, self.revision)
    }
}

/// Nobody else has the id, or what else must be unique.
pub const NEW: Guard = Guard::new("kept.new");
/// Nobody else changed it since it was read.
pub const REVISION: Guard = Guard::new("kept.revision");

/// Adds a document. The batch fails by [`NEW`] if the id, or what else must be unique, is taken.
pub fn insert(
    batch: &mut Batch,
    store: &Store,
    tenant: &TenantId,
    (place, id): (Place<'_>, &str),
    doc: Json,
) {
    let name = place.name(&doc);
    let doc = place.seal(store, tenant, id, doc);
    let [tenant, kind, owner] = place.key(tenant);
    batch.one(NEW, &INSERT, [tenant, kind, owner, id.bind(), name, doc.bind()]);
}

/// Puts what the document now says in place of what was read. The batch fails by [`REVISION`] if somebody else changed
/// or deleted it meanwhile, or if something that must be unique is taken.
pub fn update(batch: &mut Batch, store: &Store, tenant: &TenantId, place: Place<'_>, changed: Kept) {
    let name = place.name(&changed.doc);
    let doc = place.seal(store, tenant, &changed.id, changed.doc);
    let [tenant, kind, owner] = place.key(tenant);
    let (id, revision) = (changed.id.bind(), changed.revision.bind());
    batch.one(REVISION, &UPDATE, [tenant, kind, owner, id, revision, name, doc.bind()]);
}

/// Deletes a document, if it is there.
pub fn delete(batch: &mut Batch, tenant: &TenantId, place: Place<'_>, id: &str) {
    let [tenant, kind, owner] = place.key(tenant);
    batch.any(&DELETE, [tenant, kind, owner, id.bind()]);
}

/// Deletes everything that stands there.
pub fn clear(batch: &mut Batch, tenant: &TenantId, place: Place<'_>) {
    batch.any(&CLEAR, place.key(tenant));
}

/// The document of that id.
///
/// # Errors
/// Where the database cannot say, or its secrets were sealed by another master key.
pub async fn find(
    store: &Store,
    tenant: &TenantId,
    place: Place<'_>,
    id: &str,
) -> Result<Option<Kept>, StoreError> {
    let [key_tenant, kind, owner] = place.key(tenant);
    let row = store.optional(&FIND, [key_tenant, kind, owner, id.bind()]).await?;
    row.map(|mut row| place.read(store, tenant, &mut row)).transpose()
}

/// The document that has that for what is unique about it.
///
/// # Errors
/// As [`find`].
pub async fn named(
    store: &Store,
    tenant: &TenantId,
    place: Place<'_>,
    name: &str,
) -> Result<Option<Kept>, StoreError> {
    let [key_tenant, kind, owner] = place.key(tenant);
    let row = store.optional(&NAMED, [key_tenant, kind, owner, name.bind()]).await?;
    row.map(|mut row| place.read(store, tenant, &mut row)).transpose()
}

/// A few of what stands there, in the order of their ids.
///
/// # Errors
/// As [`find`].
pub async fn page(
    store: &Store,
    tenant: &TenantId,
    place: Place<'_>,
    slice: Slice<'_>,
) -> Result<Vec<Kept>, StoreError> {
    let [key_tenant, kind, owner] = place.key(tenant);
    let values = [key_tenant, kind, owner, slice.after.bind(), slice.take.bind(), slice.skip.bind()];
    let rows = store.rows(&PAGE, values).await?;
    rows.into_iter().map(|mut row| place.read(store, tenant, &mut row)).collect()
}

/// How many stand there.
///
/// # Errors
/// Where the database cannot say.
pub async fn count(store: &Store, tenant: &TenantId, place: Place<'_>) -> Result<i64, StoreError> {
    match store.rows(&COUNT, place.key(tenant)).await?.first_mut() {
        Some(row) => Ok(row.take()?),
        None => Ok(0),
    }
}

impl Place<'_> {
    fn key(&self, tenant: &TenantId) -> [Value; 3] {
        [tenant.bind(), self.shelf.name.bind(), self.owner.bind()]
    }

    /// What is unique about a document, beside its id.
    fn name(&self, doc: &Json) -> Value {
        doc.get(self.shelf.unique).and_then(Json::as_str).bind()
    }

    fn seal(&self, store: &Store, tenant: &TenantId, id: &str, doc: Json) -> Json {
        seal_members(store, self.shelf.secrets, &self.bound_to(tenant, id), doc)
    }

    fn read(&self, store: &Store, tenant: &TenantId, row: &mut Row) -> Result<Kept, StoreError> {
        let id = row.take::<String>()?.into_boxed_str();
        let revision = row.take()?;
        let doc = row.take()?;
        let doc = open_members(store, self.shelf.secrets, &self.bound_to(tenant, &id), doc);
        Ok(Kept { doc: doc.map_err(|reason| row.corrupt(reason))?, id, revision })
    }

    /// What its secrets are sealed to.
    fn bound_to<'b>(&'b self, tenant: &'b TenantId, id: &'b str) -> [&'b str; 5] {
        [tenant.as_str(), "kept", self.shelf.name, self.owner, id]
    }
}

pub(crate) const STATEMENTS: &[&Sql] = &[&INSERT, &UPDATE, &DELETE, &CLEAR, &FIND, &NAMED, &PAGE, &COUNT];

const INSERT: Sql = Sql::new(
    "INSERT INTO kept (tenant, kind, owner, id, name, revision, doc) VALUES ($1, $2, $3, $4, $5, 1, $6)
     ON CONFLICT DO NOTHING",
);

const UPDATE: Sql = Sql::new(
    "UPDATE kept SET revision = revision + 1, name = $6, doc = $7
     WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4 AND revision = $5",
);

const DELETE: Sql = Sql::new("DELETE FROM kept WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4");

const CLEAR: Sql = Sql::new("DELETE FROM kept WHERE tenant = $1 AND kind = $2 AND owner = $3");

const FIND: Sql =
    Sql::new("SELECT id, revision, doc FROM kept WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id = $4");

const NAMED: Sql = Sql::new(
    "SELECT id, revision, doc FROM kept WHERE tenant = $1 AND kind = $2 AND owner = $3 AND name = $4",
);

const PAGE: Sql = Sql::new(
    "SELECT id, revision, doc FROM kept
     WHERE tenant = $1 AND kind = $2 AND owner = $3 AND id > $4
     ORDER BY id LIMIT $5 OFFSET $6",
);

const COUNT: Sql = Sql::new("SELECT count(*) FROM kept WHERE tenant = $1 AND kind = $2 AND owner = $3");
