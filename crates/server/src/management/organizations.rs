//! Organizations, and what hangs on them: connections, members, invitations, client grants.

mod clients;
mod connections;
mod entrances;
mod grants;
mod invitations;
mod member_roles;
mod members;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, get},
};
use http::StatusCode;
use keybound_api::{Kind, kept::discovery_domain::DOMAINS as DISCOVERY, organization};
use keybound_authority::model::name::OrganizationName;
use keybound_crypto::entropy;
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, Document, Organizations, organization_named},
    ledger::{Slice, organizations as ledger},
};
use serde_json::Value;

use super::{
    absent::{absent, members as document_members, text},
    answer::told,
    kept,
    list::Filter,
    managed::{Draft, Managed, Members, Sight, Work},
    permit::Permit,
    related::related,
    roles::disowned,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};
pub(super) use grants::OfGrant;
pub(super) use members::OfUser;

/// Organizations.
pub(crate) enum Organization {}

/// The routes of what hangs on an organization, and of finding one by its name.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/organizations/name/{name}", get(by_name))
        .route(
            "/api/v2/organizations/{id}/enabled_connections",
            get(related::<connections::List>).post(connections::connect),
        )
        .route(
            "/api/v2/organizations/{id}/enabled_connections/{connection}",
            get(connections::read).patch(connections::update).delete(connections::disconnect),
        )
        .route(
            "/api/v2/organizations/{id}/members",
            get(related::<members::List>).post(members::add).delete(members::remove),
        )
        .route(
            "/api/v2/organizations/{id}/invitations",
            get(related::<invitations::List>).post(invitations::invite),
        )
        .route(
            "/api/v2/organizations/{id}/invitations/{invitation}",
            get(invitations::read).delete(invitations::withdraw),
        )
        .merge(entrances::routes())
        .merge(clients::routes())
        .merge(member_roles::routes())
        .route("/api/v2/organizations/{id}/client-grants", get(related::<grants::List>).post(grants::give))
        .route("/api/v2/organizations/{id}/client-grants/{grant}", delete(grants::take))
}

impl Managed for Organization {
    type Store = Organizations;
    const KIND: &'static Kind = &organization::KIND;
    const TAKEN: &'static str = TAKEN;

    async fn create(work: &Work<'_>, input: Members, batch: &mut Batch) -> Result<Draft, Failure> {
        let id = format!("org_{}", entropy::alphanumeric(16));
        let enabled = input.get("enabled_connections").and_then(Value::as_array);
        if let Some(enabled) = enabled.filter(|enabled| !enabled.is_empty()) {
            work.caller.must(&["create:organization_connections"])?;
            connections::connect_all(work, &id, enabled, batch).await?;
        }
        Ok(Draft { document: organization::create(input, &id), id })
    }

    async fn update(
        work: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        if let Some(name) = text(&input, "name").filter(|name| Some(*name) != text(document, "name"))
            && named(work.app, name).await?.is_some()
        {
            return Err(ManagementFailure::Conflict { message: TAKEN.to_owned(), code: None }.into());
        }
        Self::KIND.merge(document, input);
        Ok(())
    }

    /// Whoever came in by it is out: codes and refresh tokens within it are worth nothing without it.
    async fn delete(
        work: &Work<'_>,
        found: &Document<Organizations>,
        batch: &mut Batch,
    ) -> Result<(), Failure> {
        ledger::dissolve(batch, &work.app.tenant.id, &found.id);
        disowned(work.app, &found.id, batch).await?;
        for shelf in [clients::SHELF, entrances::SHELF, kept::shelf(&DISCOVERY)] {
            documents::kept::clear(batch, &work.app.tenant.id, shelf.of(&found.id));
        }
        invitations::withdraw_all(work.app, &found.id).await
    }

    /// Whoever makes one is told by which connections people come in to it, where they said so.
    async fn beside(work: &Work<'_>, view: &mut Members, sight: Sight) -> Result<(), Failure> {
        let Some(id) = text(view, "id").filter(|_| sight == Sight::Secrets) else { return Ok(()) };
        let first = Slice { after: "", skip: 0, take: MOST };
        let (rows, _) = ledger::connections(&work.app.store, &work.app.tenant.id, id, first).await?;
        if !rows.is_empty() {
            let rows = rows.iter().map(|(enabled, document)| connections::shown(enabled, document));
            view.insert("enabled_connections".to_owned(), rows.collect());
        }
        Ok(())
    }

    fn gone(_: &Work<'_>) -> Result<Response, Failure> {
        Err(absent(Self::KIND))
    }

    fn filters(_: &Form) -> Result<Vec<Filter>, Failure> {
        Ok(Vec::new())
    }
}

/// `GET /api/v2/organizations/name/{name}`
async fn by_name(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let found = named(&app, &name).await?.ok_or_else(|| absent(Organization::KIND))?;
    let found = Value::Object(document_members(&found)?);
    Ok(told(permit.caller(), StatusCode::OK, &found))
}

async fn named(app: &App, name: &str) -> Result<Option<Document<Organizations>>, Failure> {
    let Ok(name) = OrganizationName::parse(name) else { return Ok(None) };
    Ok(organization_named(&app.store, &app.tenant.id, &name).await?)
}

/// The organization a path names.
pub(super) async fn organization(app: &App, id: &str) -> Result<Document<Organizations>, Failure> {
    Organization::find(app, id).await?.ok_or_else(|| absent(Organization::KIND))
}

/// An organization is made with no more connections.
const MOST: u32 = 10;
const TAKEN: &str = "An organization with this name already exists.";
