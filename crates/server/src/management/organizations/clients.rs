//! Which clients an organization was given: kept, and told; who may sign in by which is not changed by it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{
    Kind, Verb, client,
    within::{CLIENT, GIVEN_CLIENTS, TAKEN_CLIENTS, client_of},
};
use keybound_store::{
    Batch, StoreError,
    documents::{
        self, Clients, Document,
        kept::{self, Kept, Shelf},
    },
    events,
    ledger::Slice,
};
use serde_json::{Value, json};

use super::organization;
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{
        absent::{absent, members},
        answer::{done, told},
        body::Sent,
        inert::Inert,
        kept::changed_meanwhile,
        managed::Work,
        permit::Permit,
        related::{Asked, Pages, Related, Rows, related},
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/organizations/{id}/clients", get(related::<List>).post(give).delete(take))
        .route("/api/v2/organizations/{id}/clients/{client}", get(read).patch(update))
}

/// Which clients each organization was given.
pub(super) const SHELF: Shelf = Shelf::new("organization_clients");

/// `GET /api/v2/organizations/{id}/clients`
enum List {}

impl Related for List {
    const KIND: &'static Kind = &CLIENT;
    const PAGES: Pages = Pages::Checkpoints;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, found) = (asked.app, organization(asked.app, asked.of).await?);
        let (store, tenant, wanted) = (&app.store, &app.tenant.id, asked.slice());
        let (mut rows, mut after) = (Vec::new(), Box::<str>::from(wanted.after));
        // A client that is gone leaves a gap.
        while rows.len() < wanted.take as usize {
            let slice = Slice { after: &after, skip: 0, take: wanted.take };
            let kept = kept::page(store, tenant, SHELF.of(&found.id), slice).await?;
            let Some(last) = kept.last() else { break };
            after = last.id.clone();
            for one in &kept {
                if let Some(client) = documents::find::<Clients>(store, tenant, &one.id).await? {
                    rows.push((one.id.clone(), shown(one, &client)?));
                }
            }
        }
        let total = kept::count(store, tenant, SHELF.of(&found.id)).await?;
        Ok((rows, total))
    }
}

async fn give(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let body = sent.read_as(GIVEN_CLIENTS)?;
    let found = organization(&app, &id).await?;
    let inert = Inert::judged(&work, vec!["clients".to_owned()])?;
    let (mut batch, mut given) = (Batch::new(), Vec::new());
    for wish in named(&body) {
        let named = wish.get("client_id").and_then(Value::as_str).unwrap_or_default();
        let client = documents::find::<Clients>(store, tenant, named).await?;
        let client = client.ok_or_else(|| absent(&client::KIND))?;
        let doc = json!({ MEMBERS: is_for_members(wish) });
        let kept = Kept { id: client.id.clone(), revision: 0, doc: doc.clone() };
        given.push(shown(&kept, &client)?);
        kept::insert(&mut batch, store, tenant, (SHELF.of(&found.id), &client.id), doc);
        record(&work, "Add", (&found.id, &client.id), &inert, &mut batch);
    }
    match store.apply(batch).await {
        Err(StoreError::Conflict { guard }) if guard == kept::NEW => {
            return Err(ManagementFailure::Conflict { message: TWICE.to_owned(), code: None }.into());
        }
        applied => applied?,
    }
    Ok(inert.told(told(permit.caller(), StatusCode::CREATED, &given.into())))
}

async fn take(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let body = sent.read_as(TAKEN_CLIENTS)?;
    let found = organization(&app, &id).await?;
    let inert = Inert::judged(&work, Vec::new())?;
    let mut batch = Batch::new();
    for client in named(&body).filter_map(Value::as_str) {
        kept::delete(&mut batch, &app.tenant.id, SHELF.of(&found.id), client);
        record(&work, "Remove", (&found.id, client), &inert, &mut batch);
    }
    app.store.apply(batch).await?;
    Ok(done(permit.caller()))
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, client)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let (kept, client) = find(&app, &id, &client).await?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&kept, &client)?))
}

async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, client)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&CLIENT, Verb::Update)?;
    let inert = Inert::judged(&work, CLIENT.inert(Verb::Update, &input))?;
    let (mut kept, client) = find(&app, &id, &client).await?;
    if let Some(said) = input.get(MEMBERS) {
        kept.doc = json!({ MEMBERS: said });
    }
    let view = shown(&kept, &client)?;
    let mut batch = Batch::new();
    kept::update(&mut batch, &app.store, &app.tenant.id, SHELF.of(&id), kept);
    record(&work, "Update", (&id, &client.id), &inert, &mut batch);
    changed_meanwhile(app.store.apply(batch).await, &CLIENT)?;
    Ok(inert.told(told(permit.caller(), StatusCode::OK, &view)))
}

/// A client that the organization was given, and that is there.
async fn find(app: &App, id: &str, client: &str) -> Result<(Kept, Document<Clients>), Failure> {
    let (store, tenant, found) = (&app.store, &app.tenant.id, organization(app, id).await?);
    let kept = kept::find(store, tenant, SHELF.of(&found.id), client).await?;
    let client = documents::find::<Clients>(store, tenant, client).await?;
    kept.zip(client).ok_or_else(|| absent(&CLIENT))
}

fn shown(kept: &Kept, client: &Document<Clients>) -> Result<Value, Failure> {
    Ok(json!({
        "client_id": &*client.id,
        MEMBERS: is_for_members(&kept.doc),
        "client": client_of(&members(client)?),
    }))
}

fn named(body: &Value) -> impl Iterator<Item = &Value> {
    body.get("clients").and_then(Value::as_array).into_iter().flatten()
}

fn is_for_members(doc: &Value) -> bool {
    doc.get(MEMBERS) == Some(&Value::Bool(true))
}

fn record(
    work: &Work<'_>,
    what: &str,
    (organization, client): (&str, &str),
    inert: &Inert,
    batch: &mut Batch,
) {
    let event = work.event(what, CLIENT.name.one, &format!("{client} ({organization})"));
    events::record(batch, &work.app.store, &work.app.tenant.id, &inert.recorded(event));
}

const MEMBERS: &str = "use_for_member_access";
const TWICE: &str = "The client has already been added to this organization.";
