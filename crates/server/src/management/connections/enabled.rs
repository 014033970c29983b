//! Which clients people may come to by a connection, and the other way around.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{Fault, Invalid, connection, page::Paging};
use keybound_proto::form::Form;
use keybound_store::{
    Batch,
    documents::{self, Connections, Document, Window, user_by_email},
    events,
};
use serde_json::{Value, json};

use super::Connection;
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{
        absent::{absent, members, text, wrong_body},
        answer::{done, told},
        body::{Sent, refused},
        clients::Client,
        crud::{apply, record_reading},
        managed::{Managed, Members, Sight},
        page::written,
        permit::Permit,
        query::Query,
        users,
    },
};

/// `GET /api/v2/connections/{id}/clients`
pub(crate) async fn clients(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let paging = checkpoints(&query.0)?;
    let found = connection(&app, &id).await?;
    let rows = named(&members(&found)?)
        .into_iter()
        .map(|id| (id.as_str().into(), json!({ "client_id": id })))
        .collect();
    Ok(told(permit.caller(), StatusCode::OK, &after(&connection::ENABLED, &paging, rows)))
}

/// `PATCH /api/v2/connections/{id}/clients`
pub(crate) async fn enable(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let changes = connection::enabling(sent.bytes()).map_err(refused)?;
    let mut found = connection(&app, &id).await?;
    let mut document = members(&found)?;
    let mut clients = named(&document);
    for (client, enabled) in changes {
        clients.retain(|other| *other != client);
        if enabled {
            if Client::find(&app, &client).await?.is_none() {
                return Err(wrong_body(format!("The client does not exist: {client}")));
            }
            clients.push(client);
        }
    }
    document.insert("enabled_clients".to_owned(), clients.into());
    found.doc = Value::Object(document);
    let mut batch = Batch::new();
    let event = work.event("Update the clients of", Connection::KIND.name.one, &found.id);
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    documents::update(&mut batch, &app.store, &app.tenant.id, found);
    apply::<Connection>(&app, batch).await?;
    Ok(done(permit.caller()))
}

/// `GET /api/v2/clients/{id}/connections`
pub(crate) async fn connections(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (paging, selection) = (checkpoints(&query.0)?, query.selection()?);
    if Client::find(&app, &id).await?.is_none() {
        return Err(absent(Client::KIND));
    }
    let strategies: Vec<&str> = query.0.all("strategy").collect();
    let mut rows = Vec::new();
    let mut last: Option<Box<str>> = None;
    loop {
        let window = Window::after(last.as_deref(), STEP);
        let page = documents::page::<Connections>(&app.store, &app.tenant.id, &window).await?;
        for found in &page.documents {
            let document = members(found)?;
            let strategy = text(&document, "strategy").unwrap_or_default();
            let wanted = strategies.is_empty() || strategies.contains(&strategy);
            if wanted && named(&document).contains(&id) {
                let view = Connection::view(&work, document, Sight::Plain);
                rows.push((found.id.clone(), Value::Object(selection.apply(view))));
            }
        }
        match page.documents.last() {
            Some(found) if page.documents.len() >= STEP as usize => last = Some(found.id.clone()),
            _ => break,
        }
    }
    record_reading::<Connection>(&work).await?;
    Ok(told(permit.caller(), StatusCode::OK, &after(Connection::KIND, &paging, rows)))
}

/// `DELETE /api/v2/connections/{id}/users`
pub(crate) async fn forget_user(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = connection(&app, &id).await?;
    let Some(email) = query.0.text("email").map(str::to_lowercase) else {
        return Err(refused(Invalid::query("", Fault::Missing("email"))));
    };
    let connection = keybound_store::policy::connection(&found)?;
    let user = user_by_email(&app.store, &app.tenant.id, &connection.name, &email).await?;
    if let Some(user) = user {
        let mut batch = Batch::new();
        users::erase(&work, &user.id, &mut batch);
        let event = work.event("Delete", users::User::KIND.name.one, &user.id);
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
        app.store.apply(batch).await?;
    }
    Ok(done(permit.caller()))
}

/// `GET /api/v2/connections/{id}/status`: whether the directory behind one can be reached. Behind none of ours is any.
pub(crate) async fn status(
    _: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    connection(&app, &id).await?;
    Err(ManagementFailure::NoSuch { message: OFFLINE.to_owned(), code: None }.into())
}

/// The connection of that id, or that there is none.
pub(super) async fn connection(app: &App, id: &str) -> Result<Document<Connections>, Failure> {
    Connection::find(app, id).await?.ok_or_else(|| absent(Connection::KIND))
}

/// The clients that are named in one, in the order of their ids.
fn named(connection: &Members) -> Vec<String> {
    let list = connection.get("enabled_clients").and_then(Value::as_array).into_iter().flatten();
    let mut named: Vec<String> = list.filter_map(Value::as_str).map(str::to_owned).collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// These are paged by checkpoints alone.
fn checkpoints(query: &Form) -> Result<Paging, Failure> {
    let parameter = |name: &str| match (name, query.text(name)) {
        ("take", None) => Some(keybound_api::page::PER_PAGE.to_string()),
        (_, said) => said.map(str::to_owned),
    };
    Paging::read(parameter).map_err(refused)
}

/// Those that come after the checkpoint, one more than is shown.
fn after(kind: &'static keybound_api::Kind, paging: &Paging, mut rows: Vec<(Box<str>, Value)>) -> Value {
    let slice = crate::management::page::slice(paging);
    rows.retain(|(id, _)| **id > *slice.after);
    rows.truncate(slice.take as usize);
    written(kind, paging, (rows, 0))
}

const OFFLINE: &str = "The connection is not online.";

const STEP: u32 = 500;
