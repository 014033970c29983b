//! Which actions a trigger has, in their order.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{
    Fault, Invalid, Verb,
    kept::{
        Form,
        action::{ACTIONS, BINDINGS, BOUND, is_trigger},
    },
};
use keybound_crypto::entropy;
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
    events,
};
use serde_json::{Map, Value, json};

use super::{apply, list::counted_of, object, place::shelf, shown};
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{absent, text},
        answer::told,
        body::{Sent, refused},
        inert::Inert,
        managed::{Members, Work},
        permit::Permit,
        query::Query,
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/actions/triggers/{id}/bindings", get(list).patch(bind))
}

/// One document for each trigger, whose id is the trigger's.
const SHELF: Shelf = Shelf::new(BINDINGS);

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(trigger): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let paging = query.paging()?;
    let (_, bound) = bound(&app, &trigger).await?;
    let page = counted_of(&BOUND, &paging, told_of(&app, &trigger, &bound).await?);
    Ok(told(permit.caller(), StatusCode::OK, &page))
}

async fn bind(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(trigger): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let input = sent.read_by(&BOUND, Verb::Update)?;
    let (read, before) = bound(&app, &trigger).await?;
    let inert = Inert::judged(&work, BOUND.inert(Verb::Update, &input))?;
    let wishes = input.get("bindings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut bindings = Vec::with_capacity(wishes.len());
    for wish in wishes {
        bindings.push(binding(&work, wish, &before).await?);
    }
    let shown = told_of(&app, &trigger, &bindings).await?;
    let doc = json!({ "bindings": bindings });
    let mut batch = Batch::new();
    match read {
        Some(read) => kept::update(&mut batch, store, tenant, SHELF.whole(), Kept { doc, ..read }),
        None => kept::insert(&mut batch, store, tenant, (SHELF.whole(), &trigger), doc),
    }
    let event = inert.recorded(work.event("Bind actions to", "trigger", &trigger));
    events::record(&mut batch, store, tenant, &event);
    apply(&app, &ACTIONS, batch).await?;
    Ok(inert.told(told(permit.caller(), StatusCode::OK, &json!({ "bindings": shown }))))
}

/// What a trigger has, as it is kept.
async fn bound(app: &App, trigger: &str) -> Result<(Option<Kept>, Vec<Value>), Failure> {
    if !is_trigger(trigger) {
        return Err(refused(Invalid::path("triggerId", Fault::Enum(trigger.to_owned()))));
    }
    let read = kept::find(&app.store, &app.tenant.id, SHELF.whole(), trigger).await?;
    let bindings = read.as_ref().and_then(|read| read.doc.get("bindings")).and_then(Value::as_array).cloned();
    Ok((read, bindings.unwrap_or_default()))
}

/// What becomes of a wish: the action that it names, under what was there before.
async fn binding(work: &Work<'_>, wish: &Value, before: &[Value]) -> Result<Value, Failure> {
    let (store, tenant, place) = (&work.app.store, &work.app.tenant.id, shelf(&ACTIONS).whole());
    let reference = |name: &str| wish.get("ref").and_then(|named| named.get(name)).and_then(Value::as_str);
    let wanted = reference("value").unwrap_or_default();
    let action = match reference("type").unwrap_or("action_name") {
        "binding_id" => {
            let known = before.iter().find(|known| known["id"].as_str() == Some(wanted));
            let id = known.and_then(|known| known["action_id"].as_str()).unwrap_or_default();
            kept::find(store, tenant, place, id).await?
        }
        "action_id" => kept::find(store, tenant, place, wanted).await?,
        _ => kept::named(store, tenant, place, wanted).await?,
    };
    let action = action.ok_or_else(|| absent(ACTIONS.kind))?;
    let known = before.iter().find(|known| known["action_id"].as_str() == Some(&*action.id));
    let now = work.now.to_rfc3339();
    let name = wish["display_name"]
        .as_str()
        .or_else(|| action.doc.get("name").and_then(Value::as_str))
        .unwrap_or_default();
    let id = known.and_then(|known| known["id"].as_str()).map(str::to_owned);
    let created = known.and_then(|known| known["created_at"].as_str()).unwrap_or(&now);
    Ok(json!({
        "id": id.unwrap_or_else(|| Form::Uuid.id(&entropy::bytes())),
        "action_id": &*action.id,
        "display_name": name,
        "created_at": created,
        "updated_at": now,
    }))
}

/// Bindings with their actions; of an action that is gone there is none.
async fn told_of(app: &App, trigger: &str, bindings: &[Value]) -> Result<Vec<Value>, Failure> {
    let mut known: HashMap<String, Option<Value>> = HashMap::new();
    let mut told = Vec::with_capacity(bindings.len());
    for binding in bindings {
        let mut binding: Members = binding.as_object().cloned().unwrap_or_else(Map::new);
        let id = text(&binding, "action_id").unwrap_or_default().to_owned();
        if !known.contains_key(&id) {
            let place = shelf(&ACTIONS).whole();
            let found = kept::find(&app.store, &app.tenant.id, place, &id).await?;
            known.insert(id.clone(), found.map(|found| shown(&ACTIONS, object(found.doc))));
        }
        if let Some(Some(action)) = known.get(&id) {
            binding.remove("action_id");
            binding.insert("trigger_id".to_owned(), trigger.into());
            binding.insert("action".to_owned(), action.clone());
            told.push(Value::Object(binding));
        }
    }
    Ok(told)
}
