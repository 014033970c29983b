//! Connections, and the users who go with them.

pub(super) mod enabled;
mod facts;
mod keys;
mod metadata;

use std::sync::Arc;

use axum::{
    Router,
    response::Response,
    routing::{delete, get, post},
};
use http::StatusCode;
use keybound_api::{Kind, Verb, connection};
use keybound_crypto::entropy;
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, Connections, Document, Users, Window},
    ledger::{linked_accounts, organizations},
};
use serde_json::{Value, json};

use super::{
    absent::{members, unfit},
    answer::told,
    body::refused,
    identities,
    list::Filter,
    managed::{Draft, Managed, Members, Work},
    users,
};
use crate::{app::App, failure::Failure};

/// Connections.
pub(crate) enum Connection {}

/// The routes of what hangs on a connection.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/connections/{id}/clients", get(enabled::clients).patch(enabled::enable))
        .route("/api/v2/connections/{id}/keys", get(keys::list).post(keys::create))
        .route("/api/v2/connections/{id}/keys/rotate", post(keys::rotate))
        .route("/api/v2/connections/{id}/status", get(enabled::status))
        .route("/api/v2/connections/{id}/users", delete(enabled::forget_user))
}

impl Managed for Connection {
    type Store = Connections;
    const KIND: &'static Kind = &connection::KIND;
    const TAKEN: &'static str = "A connection with the same name already exists";
    const ALWAYS: &[&str] = &["is_domain_connection"];
    const ALWAYS_ALONE: &[&str] = &["id", "is_domain_connection", "authentication", "connected_accounts"];

    async fn create(work: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
        let id = format!("con_{}", entropy::alphanumeric(16));
        let mut document = connection::create(input, &id);
        fit(&document)?;
        metadata::read(&mut document);
        facts::certified(&mut document)?;
        facts::provisioned(work.app, &mut document);
        Ok(Draft { document, id })
    }

    async fn update(
        _: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        let before = document.clone();
        // As at Auth0, options are replaced whole.
        Self::KIND.merge(document, input);
        connection::carry(&before, document);
        connection::complete(document);
        fit(document)?;
        connection::becomes(&before, document).map_err(refused)?;
        metadata::read(document);
        facts::certified(document)?;
        document.entry("enabled_clients").or_insert_with(|| Value::Array(Vec::new()));
        Ok(())
    }

    async fn inert(
        _: &Work<'_>,
        (verb, document): (Verb, &Members),
        written: &Members,
    ) -> Result<Vec<String>, Failure> {
        Ok(connection::inert(verb, document, written))
    }

    /// Its users go first, a batch at a time: there may be more than one batch takes.
    async fn delete(work: &Work<'_>, found: &Document<Connections>, own: &mut Batch) -> Result<(), Failure> {
        organizations::forget_connection(own, &work.app.tenant.id, &found.id);
        keys::forget(work.app, &found.id, own);
        let name = found.doc.get("name").and_then(Value::as_str).unwrap_or_default();
        linked_accounts::forget_connection(own, &work.app.tenant.id, name);
        let (store, tenant) = (&work.app.store, &work.app.tenant.id);
        let mut last: Option<Box<str>> = None;
        loop {
            let page = documents::page::<Users>(store, tenant, &Window::after(last.as_deref(), STEP)).await?;
            let mut batch = Batch::new();
            for user in &page.documents {
                if users::connection_of(&members(user)?) == Some(name) {
                    users::erase(work, &user.id, &mut batch);
                } else if let Some(left) = identities::without(user, name) {
                    documents::update(&mut batch, store, tenant, left);
                }
            }
            if !batch.is_empty() {
                store.apply(batch).await?;
            }
            match page.documents.last() {
                Some(user) if page.documents.len() >= STEP as usize => last = Some(user.id.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// As at Auth0, which takes its time.
    fn deleted(work: &Work<'_>) -> Response {
        told(work.caller, StatusCode::ACCEPTED, &json!({ "deleted_at": work.now.to_rfc3339() }))
    }

    fn filters(query: &Form) -> Result<Vec<Filter>, Failure> {
        let mut filters = Vec::new();
        if let Some(name) = query.text("name") {
            filters.push(Filter::Stored("name", name.to_owned()));
        }
        let strategies: Vec<&str> = query.all("strategy").collect();
        if !strategies.is_empty() {
            filters.push(Filter::one_of("strategy", &strategies.join(",")));
        }
        Ok(filters)
    }
}

fn fit(document: &Members) -> Result<(), Failure> {
    connection::fits(document).map_err(refused)?;
    if connection::crosses(document) {
        Ok(())
    } else {
        Err(unfit(NOT_ACROSS, Some("operation_not_supported")))
    }
}

const NOT_ACROSS: &str = "Cross App Access Requesting App is not supported for this connection.";

const STEP: u32 = 100;
