//! An organization's connections by their newer name: the same, with more to say of each. One that is switched off is
//! kept here alone, and nobody comes in by it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{Verb, within::CONNECTION};
use keybound_store::{
    Batch,
    documents::{
        self, Connections,
        kept::{self, Kept, Shelf},
    },
    events,
    ledger::{Slice, organizations as ledger},
};
use serde_json::{Map, Value, json};

use super::{
    connections::{apply, connected, shown, twice, wished},
    organization,
};
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::absent,
        answer::{done, told},
        body::Sent,
        inert::Inert,
        kept::changed_meanwhile,
        managed::{Members, Work},
        page::{slice, written},
        permit::Permit,
        query::{Query, flag},
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/organizations/{id}/connections", get(list).post(connect)).route(
        "/api/v2/organizations/{id}/connections/{connection}",
        get(read).patch(update).delete(disconnect),
    )
}

/// What is said of each connection of an organization, beside how people come in by it.
pub(super) const SHELF: Shelf = Shelf::new("organization_connections");

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let (paging, wanted) = (query.paging()?, flag(&query.0, "is_enabled")?);
    let found = organization(&app, &id).await?;
    let mut all = all(&app, &found.id).await?;
    all.retain(|(_, view)| wanted.is_none_or(|wanted| view["is_enabled"] == wanted));
    let (total, cut) = (i64::try_from(all.len()).unwrap_or(i64::MAX), slice(&paging));
    let rows = all.into_iter().skip(cut.skip as usize).take(cut.take as usize).collect();
    Ok(told(permit.caller(), StatusCode::OK, &written(&CONNECTION, &paging, (rows, total))))
}

async fn connect(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let tenant = &app.tenant.id;
    let input = sent.read_by(&CONNECTION, Verb::Create)?;
    let found = organization(&app, &id).await?;
    let (enabled, document) = wished(&work, &input).await?;
    let inert = Inert::judged(&work, CONNECTION.inert(Verb::Create, &input))?;
    if all(&app, &found.id).await?.iter().any(|(known, _)| *known == enabled.connection) {
        return Err(twice());
    }
    let on = is_on(&input);
    let mut batch = Batch::new();
    if on {
        ledger::connect(&mut batch, tenant, &found.id, &enabled);
    }
    let view = view(shown(&enabled, &document), &input, on);
    let said = said(&app, &found.id, &enabled.connection).await?;
    say(&app, (&found.id, &enabled.connection), said, view.clone(), &mut batch);
    record(&work, "Enable", (&found.id, &enabled.connection), &inert, &mut batch);
    finish(&app, batch).await?;
    Ok(inert.told(told(permit.caller(), StatusCode::CREATED, &view)))
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let view = one(&app, &id, &connection).await?;
    Ok(told(permit.caller(), StatusCode::OK, &view))
}

async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let tenant = &app.tenant.id;
    let input = sent.read_by(&CONNECTION, Verb::Update)?;
    let before = one(&app, &id, &connection).await?;
    let inert = Inert::judged(&work, CONNECTION.inert(Verb::Update, &input))?;
    let mut whole: Members = before.as_object().cloned().unwrap_or_default();
    whole.remove("connection");
    CONNECTION.merge(&mut whole, input);
    let (mut enabled, document) = wished(&work, &whole).await?;
    apply(&whole, &mut enabled)?;
    let on = is_on(&whole);
    let mut batch = Batch::new();
    match (before.get("is_enabled") == Some(&Value::Bool(true)), on) {
        (true, true) => ledger::set(&mut batch, tenant, &id, &enabled),
        (true, false) => ledger::disconnect(&mut batch, tenant, (&id, &connection)),
        (false, true) => ledger::connect(&mut batch, tenant, &id, &enabled),
        (false, false) => {}
    }
    let view = view(shown(&enabled, &document), &whole, on);
    let said = said(&app, &id, &connection).await?;
    say(&app, (&id, &connection), said, view.clone(), &mut batch);
    record(&work, "Update", (&id, &connection), &inert, &mut batch);
    finish(&app, batch).await?;
    Ok(inert.told(told(permit.caller(), StatusCode::OK, &view)))
}

async fn disconnect(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, connection)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = organization(&app, &id).await?;
    let inert = Inert::judged(&work, Vec::new())?;
    let mut batch = Batch::new();
    ledger::disconnect(&mut batch, &app.tenant.id, (&found.id, &connection));
    kept::delete(&mut batch, &app.tenant.id, SHELF.of(&found.id), &connection);
    record(&work, "Disable", (&found.id, &connection), &inert, &mut batch);
    finish(&app, batch).await?;
    Ok(done(permit.caller()))
}

fn is_on(members: &Members) -> bool {
    members.get("is_enabled").and_then(Value::as_bool).unwrap_or(true)
}

/// What is told of a connection: how people come in by it, with what is said of it beside that.
fn view(mut entrance: Value, said: &Members, on: bool) -> Value {
    if let Value::Object(members) = &mut entrance {
        members.insert("is_enabled".to_owned(), on.into());
        members.insert("organization_access_level".to_owned(), "none".into());
        for name in ["organization_connection_name", "organization_access_level"] {
            if let Some(value) = said.get(name).filter(|value| !value.is_null()) {
                members.insert(name.to_owned(), value.clone());
            }
        }
    }
    entrance
}

/// All of an organization, in the order of their ids.
async fn all(app: &App, organization: &str) -> Result<Vec<(Box<str>, Value)>, Failure> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let most = || Slice { after: "", skip: 0, take: MOST };
    let said = kept::page(store, tenant, SHELF.of(organization), most()).await?;
    let (rows, _) = ledger::connections(store, tenant, organization, most()).await?;
    let mut all = Vec::with_capacity(rows.len());
    for (enabled, document) in &rows {
        let said =
            said.iter().find(|said| said.id == enabled.connection).and_then(|said| said.doc.as_object());
        let view = view(shown(enabled, document), said.unwrap_or(&Map::new()), true);
        all.push((enabled.connection.clone(), view));
    }
    for off in said.into_iter().filter(|said| said.doc.get("is_enabled") == Some(&Value::Bool(false))) {
        let known = rows.iter().any(|(enabled, _)| enabled.connection == off.id);
        let document = documents::find::<Connections>(store, tenant, &off.id).await?;
        if let (false, Some(document), Value::Object(mut view)) = (known, document, off.doc) {
            let (name, strategy) = (document.doc.get("name"), document.doc.get("strategy"));
            view.insert("connection".to_owned(), json!({ "name": name, "strategy": strategy }));
            all.push((off.id, Value::Object(view)));
        }
    }
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(all)
}

async fn one(app: &App, id: &str, connection: &str) -> Result<Value, Failure> {
    let found = organization(app, id).await?;
    let said = said(app, &found.id, connection).await?;
    let off = said.as_ref().is_some_and(|said| said.doc.get("is_enabled") == Some(&Value::Bool(false)));
    if off {
        let all = all(app, &found.id).await?;
        let one = all.into_iter().find(|(known, _)| &**known == connection);
        return one.map(|(_, view)| view).ok_or_else(|| absent(&CONNECTION));
    }
    let (enabled, document) = connected(app, id, connection).await?;
    let nothing = Map::new();
    let said = said.as_ref().and_then(|said| said.doc.as_object()).unwrap_or(&nothing);
    Ok(view(shown(&enabled, &document), said, true))
}

async fn said(app: &App, organization: &str, connection: &str) -> Result<Option<Kept>, Failure> {
    Ok(kept::find(&app.store, &app.tenant.id, SHELF.of(organization), connection).await?)
}

/// Keeps what is told, so that one that is switched off can be told, too.
fn say(
    app: &App,
    (organization, connection): (&str, &str),
    said: Option<Kept>,
    mut doc: Value,
    batch: &mut Batch,
) {
    if let Value::Object(members) = &mut doc {
        members.remove("connection");
    }
    let (store, tenant, place) = (&app.store, &app.tenant.id, SHELF.of(organization));
    match said {
        Some(said) => kept::update(batch, store, tenant, place, Kept { doc, ..said }),
        None => kept::insert(batch, store, tenant, (place, connection), doc),
    }
}

fn record(
    work: &Work<'_>,
    what: &str,
    (organization, connection): (&str, &str),
    inert: &Inert,
    batch: &mut Batch,
) {
    let event = work.event(what, CONNECTION.name.one, &format!("{connection} ({organization})"));
    events::record(batch, &work.app.store, &work.app.tenant.id, &inert.recorded(event));
}

async fn finish(app: &App, batch: Batch) -> Result<(), Failure> {
    changed_meanwhile(app.store.apply(batch).await, &CONNECTION)
}

/// No organization has more.
const MOST: u32 = 1_000;
