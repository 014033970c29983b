//! What rules know by keys (Auth0's `/rules-configs`): values that are kept sealed and told to nobody.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, put},
};
use http::StatusCode;
use keybound_api::{Verb, kept::rule};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Place, Shelf},
    events,
    ledger::Slice,
};
use serde_json::{Value, json};

use super::{
    answer::{done, told},
    body::{Sent, refused},
    inert::Inert,
    permit::Permit,
    query::Query,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/rules-configs", get(list))
        .route("/api/v2/rules-configs/{key}", put(set).delete(forget))
}

/// The keys: all of them, whatever page is asked for, as Auth0 answers it.
async fn list(permit: Permit, State(app): State<Arc<App>>, query: Query) -> Result<Response, Failure> {
    query.paging()?;
    let mut keys: Vec<Box<str>> = Vec::new();
    loop {
        let after = keys.last().cloned().unwrap_or_default();
        let slice = Slice { after: &after, skip: 0, take: STEP };
        let some = kept::page(&app.store, &app.tenant.id, PLACE, slice).await?;
        let full = some.len() >= STEP as usize;
        keys.extend(some.into_iter().map(|one| one.id));
        if !full {
            break;
        }
    }
    let shown: Value = keys.iter().map(|key| json!({ "key": key })).collect();
    Ok(told(permit.caller(), StatusCode::OK, &shown))
}

async fn set(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(key): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    rule::check_key(&key).map_err(refused)?;
    let written = sent.read_by(&rule::CONFIG, Verb::Create)?;
    let told_back = json!({ "key": key, "value": written.get("value") });
    let doc = Value::Object(written);
    // The value as a whole is what is kept in vain; it is never part of what is said of it.
    let inert = Inert::judged(&work, vec!["value".to_owned()])?;
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut batch = Batch::new();
    match kept::find(store, tenant, PLACE, &key).await? {
        Some(found) => kept::update(&mut batch, store, tenant, PLACE, Kept { doc, ..found }),
        None => kept::insert(&mut batch, store, tenant, (PLACE, &key), doc),
    }
    let event = inert.recorded(work.event("Set", rule::CONFIG.name.one, &key));
    events::record(&mut batch, store, tenant, &event);
    apply(&app, batch).await?;
    Ok(inert.told(told(work.caller, StatusCode::OK, &told_back)))
}

async fn forget(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(key): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    rule::check_key(&key).map_err(refused)?;
    if kept::find(store, tenant, PLACE, &key).await?.is_some() {
        let mut batch = Batch::new();
        kept::delete(&mut batch, tenant, PLACE, &key);
        events::record(&mut batch, store, tenant, &work.event("Delete", rule::CONFIG.name.one, &key));
        apply(&app, batch).await?;
    }
    Ok(done(work.caller))
}

async fn apply(app: &App, batch: Batch) -> Result<(), Failure> {
    match app.store.apply(batch).await {
        Err(error) if error.conflict().is_some() => {
            let message = "The rules config was changed by somebody else meanwhile.".to_owned();
            Err(ManagementFailure::Conflict { message, code: None }.into())
        }
        applied => Ok(applied.map(|_| ())?),
    }
}

const PLACE: Place<'static> = Shelf { name: "rules_configs", secrets: &["value"], unique: "" }.whole();
const STEP: u32 = 500;
