//! Where a request's path leads to among what is kept.

use keybound_api::{
    Invalid,
    kept::{self as api, Family, Form, Resource},
};
use keybound_crypto::entropy;
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
};
use serde_json::Value;

use super::refused;
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::absent,
        managed::{Members, Work},
        organizations::organization,
    },
};

/// What stands in a path in the place of names.
pub(super) type Names = Vec<(String, String)>;

/// Where a path leads to: a collection of what belongs to somebody, and perhaps one of it.
pub(super) struct Place<'a> {
    resource: &'static Resource,
    owner: &'a str,
    id: &'a str,
}

impl<'a> Place<'a> {
    /// Where these names lead to; whom it belongs to is there.
    pub(super) async fn of(
        app: &App,
        resource: &'static Resource,
        names: &'a Names,
    ) -> Result<Self, Failure> {
        let mut names = names.iter().map(|(_, name)| name.as_str());
        let owner = match resource.family {
            Family::Alone | Family::Owners(_) => "",
            Family::Of(parent) => {
                let owner = names.next().unwrap_or_default();
                let found = kept::find(&app.store, &app.tenant.id, shelf(parent).whole(), owner).await?;
                found.ok_or_else(|| absent(parent.kind))?;
                owner
            }
            Family::OfOrganization => {
                let owner = names.next().unwrap_or_default();
                organization(app, owner).await?;
                owner
            }
        };
        Ok(Self { resource, owner, id: names.next().unwrap_or_default() })
    }

    /// The same for the store.
    pub(super) const fn kept(&self) -> kept::Place<'a> {
        shelf(self.resource).of(self.owner)
    }

    /// What the path names, if it is there.
    pub(super) async fn look(&self, app: &App) -> Result<Option<Kept>, Failure> {
        Ok(kept::find(&app.store, &app.tenant.id, self.kept(), self.id).await?)
    }

    /// What the path names, or that there is none.
    pub(super) async fn find(&self, app: &App) -> Result<Kept, Failure> {
        self.look(app).await?.ok_or_else(|| absent(self.resource.kind))
    }

    /// Deletes it, with what belongs to it.
    pub(super) fn delete(&self, app: &App, id: &str, batch: &mut Batch) {
        kept::delete(batch, &app.tenant.id, self.kept(), id);
        if let Family::Owners(shelves) = self.resource.family {
            for shelf in shelves {
                kept::clear(batch, &app.tenant.id, Shelf::new(shelf).of(id));
            }
        }
    }
}

/// How the store knows a collection.
pub(in crate::management) const fn shelf(resource: &Resource) -> Shelf {
    Shelf { name: resource.shelf, secrets: resource.secrets, unique: resource.unique }
}

/// The tenant, as people name it: the host of its issuer.
pub(in crate::management) fn host(app: &App) -> &str {
    let issuer = app.tenant.issuer.as_str();
    let rest = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// What a thing is made or changed with, beside what was written.
pub(super) struct New<'w> {
    app: &'w App,
    id: String,
    owner: String,
    at: String,
    tenant: String,
    chance: String,
    second: String,
    already: i64,
}

impl<'w> New<'w> {
    pub(super) fn of(work: &Work<'w>, place: &Place<'_>, id: &str) -> Self {
        Self {
            app: work.app,
            id: id.to_owned(),
            owner: place.owner.to_owned(),
            at: work.now.to_rfc3339(),
            tenant: host(work.app).to_owned(),
            chance: entropy::hex::<16>(),
            second: Form::Uuid.id(&entropy::bytes()),
            already: 0,
        }
    }

    /// The same, as the next of so many.
    pub(super) fn after(self, already: i64) -> Self {
        Self { already, ..self }
    }

    /// Makes of what was written what is kept.
    pub(super) fn make(&self, resource: &Resource, document: &mut Members) -> Result<(), Failure> {
        (resource.make)(document, &self.told()).map_err(refuse)
    }

    /// What is made along with it.
    pub(super) fn beside(&self, resource: &Resource, document: &mut Members, batch: &mut Batch) {
        let along = resource.beside.and_then(|along| along(document, &self.told()));
        if let Some((shelf, doc)) = along {
            beside(self.app, (Shelf::new(shelf).of(&self.id), &self.second), doc, batch);
        }
    }

    /// Makes of what was kept and written what is kept now.
    pub(super) fn change(
        &self,
        resource: &Resource,
        document: &mut Members,
        before: &Members,
    ) -> Result<(), Failure> {
        (resource.change)(document, before, &self.told()).map_err(refuse)
    }

    /// What a document says on that is deleted.
    pub(super) fn end(
        &self,
        end: fn(&mut Members, &api::New<'_>),
        place: &Place<'_>,
        mut found: Kept,
        batch: &mut Batch,
    ) {
        if let Value::Object(document) = &mut found.doc {
            end(document, &self.told());
        }
        kept::update(batch, &self.app.store, &self.app.tenant.id, place.kept(), found);
    }

    fn told(&self) -> api::New<'_> {
        let Self { id, owner, at, tenant, chance, second, already, .. } = self;
        api::New { id, owner, at, tenant, chance, second, already: *already }
    }
}

/// Keeps something along with something else.
pub(super) fn beside(app: &App, place: (kept::Place<'_>, &str), doc: Value, batch: &mut Batch) {
    kept::insert(batch, &app.store, &app.tenant.id, place, doc);
}

fn refuse(invalid: Invalid) -> Failure {
    refused(invalid)
}
