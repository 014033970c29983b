//! Secrets of hooks: told by their names alone.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::kept::hook::{HIDDEN, HOOKS, SECRET_NAMES, SECRETS, secrets};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
    events,
};
use serde_json::{Map, Value, json};

use super::{apply, object, place::Place};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{
        answer::{done, told},
        body::{Sent, refused},
        managed::Members,
        permit::Permit,
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/hooks/{id}/secrets", get(list).post(add).patch(change).delete(remove))
}

/// Where the secrets of each hook stand.
const SHELF: Shelf = Shelf { name: SECRETS, secrets: &["values"], unique: "" };

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (_, values) = known(&app, &id).await?;
    let hidden = values.keys().map(|name| (name.clone(), HIDDEN.into()));
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(hidden.collect())))
}

async fn add(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let written = secrets(sent.bytes()).map_err(refused)?;
    let (read, mut values) = known(&app, &id).await?;
    if let Some(name) = written.keys().find(|name| values.contains_key(*name)) {
        let message = format!("The hook has a secret of the name {name} already.");
        return Err(ManagementFailure::Conflict { message, code: None }.into());
    }
    values.extend(written);
    keep(&app, &permit, &id, (read, values)).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &json!({})))
}

async fn change(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let written = secrets(sent.bytes()).map_err(refused)?;
    let (read, mut values) = known(&app, &id).await?;
    values.extend(written);
    keep(&app, &permit, &id, (read, values)).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &json!({})))
}

async fn remove(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let names = sent.read_as(SECRET_NAMES)?;
    let (read, mut values) = known(&app, &id).await?;
    for name in names.as_array().into_iter().flatten().filter_map(Value::as_str) {
        values.remove(name);
    }
    keep(&app, &permit, &id, (read, values)).await?;
    Ok(done(permit.caller()))
}

/// The secrets of a hook that there is.
async fn known(app: &App, id: &str) -> Result<(Option<Kept>, Members), Failure> {
    Place::of(app, &HOOKS, &vec![("id".to_owned(), id.to_owned())]).await?.find(app).await?;
    let read = kept::find(&app.store, &app.tenant.id, SHELF.of(id), SECRETS).await?;
    let values = read.as_ref().and_then(|read| read.doc.get("values")).cloned();
    Ok((read, values.map(object).unwrap_or_default()))
}

async fn keep(
    app: &App,
    permit: &Permit,
    id: &str,
    (read, values): (Option<Kept>, Members),
) -> Result<(), Failure> {
    let work = permit.work(app);
    let mut document = Map::new();
    document.insert("values".to_owned(), Value::Object(values));
    let (doc, place) = (Value::Object(document), SHELF.of(id));
    let mut batch = Batch::new();
    match read {
        Some(read) => kept::update(&mut batch, &app.store, &app.tenant.id, place, Kept { doc, ..read }),
        None => kept::insert(&mut batch, &app.store, &app.tenant.id, (place, SECRETS), doc),
    }
    events::record(&mut batch, &app.store, &app.tenant.id, &work.event("Change secrets of", "hook", id));
    apply(app, &HOOKS, batch).await
}
