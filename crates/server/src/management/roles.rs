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
use serde_json::json;

use super::{
    absent::{absent, text},
    answer::told,
    list::Filter,
    managed::{Draft, Managed, Members, Work},
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

    async fn create(_: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
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
        // No organization has roles of its own.
        let own = query.text("type").is_some_and(|of| of != "tenant").then(|| Filter::kept(|_| false));
        Ok(wanted.map(holds).into_iter().chain(own).collect())
    }
}

/// The role of that id, or that there is none.
async fn role(app: &App, id: &str) -> Result<Document<Roles>, Failure> {
    let found = documents::find::<Roles>(&app.store, &app.tenant.id, id).await?;
    found.ok_or_else(|| absent(&role::KIND))
}
