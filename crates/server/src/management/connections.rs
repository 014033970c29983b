//! Connections, and the users who go with them.

use axum::response::Response;
use http::StatusCode;
use keybound_api::{Kind, Verb, connection};
use keybound_crypto::entropy;
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, Connections, Document, Users, Window},
    ledger::organizations,
};
use serde_json::{Value, json};

use super::{
    absent::members,
    answer::told,
    body::refused,
    list::Filter,
    managed::{Draft, Managed, Members, Work},
    users,
};
use crate::failure::Failure;

/// Connections.
pub(crate) enum Connection {}

impl Managed for Connection {
    type Store = Connections;
    const KIND: &'static Kind = &connection::KIND;
    const TAKEN: &'static str = "A connection with the same name already exists";

    async fn create(_: &Work<'_>, input: Members, _: &mut Batch) -> Result<Draft, Failure> {
        let id = format!("con_{}", entropy::alphanumeric(16));
        let document = connection::create(input, &id);
        connection::fits(&document).map_err(refused)?;
        Ok(Draft { document, id })
    }

    async fn update(
        _: &Work<'_>,
        document: &mut Members,
        input: Members,
        _: &mut Batch,
    ) -> Result<(), Failure> {
        // As at Auth0, options are replaced whole.
        Self::KIND.merge(document, input);
        connection::complete(document);
        connection::fits(document).map_err(refused)?;
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
        let name = found.doc.get("name").and_then(Value::as_str).unwrap_or_default();
        let (store, tenant) = (&work.app.store, &work.app.tenant.id);
        let mut last: Option<Box<str>> = None;
        loop {
            let page = documents::page::<Users>(store, tenant, &Window::after(last.as_deref(), STEP)).await?;
            let mut batch = Batch::new();
            for user in &page.documents {
                if users::connection_of(&members(user)?) == Some(name) {
                    users::erase(work, &user.id, &mut batch);
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
        filters.extend(query.text("strategy").map(|wanted| Filter::one_of("strategy", wanted)));
        Ok(filters)
    }
}

const STEP: u32 = 100;
