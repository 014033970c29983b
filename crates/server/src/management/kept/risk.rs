//! Settings of risk assessments: kept, with nothing weighed unless somebody wrote otherwise, and nothing then.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::get};
use http::StatusCode;
use keybound_api::{
    Kind, Verb,
    kept::risk::{NEW_DEVICE, SETTINGS, SHELF as NAME},
};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
    events,
};
use serde_json::{Value, json};

use super::{changed_meanwhile, object};
use crate::{
    app::App,
    failure::Failure,
    management::{answer::told, body::Sent, inert::Inert, managed::Members, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/risk-assessments/settings", get(settings).patch(set))
        .route("/api/v2/risk-assessments/settings/new-device", get(new_device).patch(set_new_device))
}

const SHELF: Shelf = Shelf::new(NAME);

async fn settings(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    read(&permit, &app, &SETTINGS).await
}

async fn new_device(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    read(&permit, &app, &NEW_DEVICE).await
}

async fn set(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    write(&permit, &app, &SETTINGS, &sent).await
}

async fn set_new_device(
    permit: Permit,
    State(app): State<Arc<App>>,
    sent: Sent,
) -> Result<Response, Failure> {
    write(&permit, &app, &NEW_DEVICE, &sent).await
}

async fn read(permit: &Permit, app: &App, kind: &Kind) -> Result<Response, Failure> {
    let (_, document) = known(app, kind).await?;
    Ok(told(permit.caller(), StatusCode::OK, &Value::Object(document)))
}

async fn write(permit: &Permit, app: &App, kind: &Kind, sent: &Sent) -> Result<Response, Failure> {
    let work = permit.work(app);
    let input = sent.read_by(kind, Verb::Update)?;
    let inert = Inert::judged(&work, kind.inert(Verb::Update, &input))?;
    let (read, mut document) = known(app, kind).await?;
    kind.merge(&mut document, input);
    let doc = Value::Object(document.clone());
    let (store, tenant, place) = (&app.store, &app.tenant.id, SHELF.whole());
    let mut batch = Batch::new();
    match read {
        Some(read) => kept::update(&mut batch, store, tenant, place, Kept { doc, ..read }),
        None => kept::insert(&mut batch, store, tenant, (place, kind.name.path), doc),
    }
    let event = inert.recorded(work.event("Update", kind.name.one, tenant.as_str()));
    events::record(&mut batch, store, tenant, &event);
    changed_meanwhile(store.apply(batch).await, kind)?;
    Ok(inert.told(told(permit.caller(), StatusCode::OK, &Value::Object(document))))
}

async fn known(app: &App, kind: &Kind) -> Result<(Option<Kept>, Members), Failure> {
    let read = kept::find(&app.store, &app.tenant.id, SHELF.whole(), kind.name.path).await?;
    let document = read.as_ref().map(|read| read.doc.clone());
    let unless = || json!({ "enabled": false, "remember_for": 0 });
    let mut document = object(document.unwrap_or_else(unless));
    document.retain(|name, _| kind.fields.iter().any(|field| field.name == name));
    Ok((read, document))
}
