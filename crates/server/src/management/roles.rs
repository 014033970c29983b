//! Roles: what people may do by them, and for themselves alone.

mod assigned;
mod permissions;

use std::sync::Arc;

use axum::{Router, response::Response, routing::get};
use http::StatusCode;
use keybound_api::{Kind, role};
use keybound_crypto::entropy;
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, Document, Roles},
    ledger::roles as ledger,
};
use serde_json::{Value, json};

use super::{
    absent::{absent, text, unfit},
    answer::told,
    body::refused,
    list::Filter,
    managed::{Draft, Managed, Members, Work},
    organizations::organization,
    related::related,
};
use crate::{app::App, failure::Failure};

/// Roles.
pub(crate) enum Role {}

/// The routes of what hangs on a role, and of what a user may do.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/api/v2/roles/{id}/permissions",
            get(related::<permissions::OfRole>).post(permissions::add).delete(permissions::remove),
        )
        .route("/api/v2/roles/{id}/users", get(related::<assigned::Holders>).post(assigned::assign))
        .route(
            "/api/v2/users/{id}/roles",
            get(related::<assigned::OfUser>).post(assigned::give).delete(assigned::take),
        )
        .route(
            "/api/v2/users/{id}/permissions",
            get(related::<permissions::OfUser>).post(permissions::add).delete(permissions::remove),
        )
}

impl Managed for Role {
    type Store = Roles;
    const KIND: &'static Kind = &role::KIND;
    const TAKEN: &'static str = "A role with this name already exists.";
    // As Auth0 answers it.
    const MADE: StatusCode = StatusCode::OK;

    async fn create(work: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
        if let Some(owner) = role::owner(&input).map_err(refused)? {
            organization(work.app, owner).await?;
        }
        let id = format!("rol_{}", entropy::alphanumeric(16));
        Ok(Draft { document: role::create(input, &id), id })
    }

    async fn update(
        work: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        if let Some(name) = text(&input, "name").filter(|name| Some(*name) != text(document, "name")) {
            let window = documents::Window::after(None, 1).matching::<Roles>("name", name);
            let page = documents::page::<Roles>(&work.app.store, &work.app.tenant.id, &window).await?;
            if !page.documents.is_empty() {
                return Err(super::crud::taken::<Self>());
            }
        }
        Self::KIND.merge(document, input);
        Ok(())
    }

    async fn delete(work: &Work<'_>, found: &Document<Roles>, batch: &mut Batch) -> Result<(), Failure> {
        ledger::dissolve(batch, &work.app.tenant.id, &found.id);
        Ok(())
    }

    fn deleted(work: &Work<'_>) -> Response {
        told(work.caller, StatusCode::OK, &json!({}))
    }

    fn gone(_: &Work<'_>) -> Result<Response, Failure> {
        Err(absent(Self::KIND))
    }

    fn filters(query: &Form) -> Result<Vec<Filter>, Failure> {
        let wanted = query.text("name_filter").map(str::to_lowercase);
        let holds = |wanted: String| {
            Filter::kept(move |role| {
                text(role, "name").is_some_and(|name| name.to_lowercase().contains(&wanted))
            })
        };
        let whose = query
            .text("type")
            .map(str::to_owned)
            .map(|wanted| Filter::kept(move |role| text(role, "type").unwrap_or("tenant") == wanted));
        Ok(wanted.map(holds).into_iter().chain(whose).collect())
    }
}

/// The role of that id, or that there is none.
async fn role(app: &App, id: &str) -> Result<Document<Roles>, Failure> {
    let found = documents::find::<Roles>(&app.store, &app.tenant.id, id).await?;
    found.ok_or_else(|| absent(&role::KIND))
}

/// The same of one that the tenant gives: an organization's is given within it alone.
async fn tenants(app: &App, id: &str) -> Result<Document<Roles>, Failure> {
    let found = role(app, id).await?;
    match owned_by(&found) {
        None => Ok(found),
        Some(_) => Err(unfit(WITHIN, Some("operation_not_supported"))),
    }
}

/// Whose a role is, if not the tenant's.
pub(super) fn owned_by(role: &Document<Roles>) -> Option<&str> {
    role.doc.get("owner_id").and_then(Value::as_str)
}

/// Deletes the roles that are an organization's own.
pub(super) async fn disowned(app: &App, organization: &str, batch: &mut Batch) -> Result<(), Failure> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut last: Option<Box<str>> = None;
    loop {
        let window = documents::Window::after(last.as_deref(), STEP);
        let page = documents::page::<Roles>(store, tenant, &window).await?;
        for own in page.documents.iter().filter(|role| owned_by(role) == Some(organization)) {
            ledger::dissolve(batch, tenant, &own.id);
            documents::delete::<Roles>(batch, tenant, &own.id);
        }
        match page.documents.last() {
            Some(seen) if page.documents.len() >= STEP as usize => last = Some(seen.id.clone()),
            _ => return Ok(()),
        }
    }
}

const WITHIN: &str = "The role is an organization's own, and is given to its members within it.";
const STEP: u32 = 500;
