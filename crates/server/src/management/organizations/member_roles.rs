//! Roles of members within an organization: kept, and told; tokens know those of the person alone.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::{
    Verb, organization as api, role, user,
    within::{ROLES, WITH_ROLE},
};
use keybound_store::{
    Batch,
    documents::{
        self, Roles, Users,
        kept::{self, Kept, Shelf},
    },
    events,
    ledger::Slice,
};
use serde_json::{Value, json};

use super::organization;
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{absent, members, wrong_body},
        answer::{done, told},
        body::Sent,
        inert::Inert,
        kept::changed_meanwhile,
        managed::Work,
        page::{slice, written},
        permit::Permit,
        query::Query,
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/organizations/{id}/members/{user}/roles", get(list).post(give).delete(take))
        .route("/api/v2/organizations/{id}/roles/{role}/members", get(holders))
}

/// Which roles each member of an organization has.
pub(super) const SHELF: Shelf = Shelf::new("organization_member_roles");

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    let paging = query.paging()?;
    let (_, held) = held(&app, &id, &subject).await?;
    let mut rows = Vec::with_capacity(held.len());
    for id in held {
        if let Some(role) = documents::find::<Roles>(&app.store, &app.tenant.id, &id).await? {
            let description = role.doc.get("description").and_then(Value::as_str).unwrap_or_default();
            let view = json!({ "id": &*role.id, "name": role.doc.get("name"), "description": description });
            rows.push((role.id, view));
        }
    }
    Ok(told(permit.caller(), StatusCode::OK, &written(&ROLES, &paging, cut(rows, slice(&paging)))))
}

async fn give(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = Work { app: &app, caller: permit.caller(), now: app.clock.now() };
    let named = named(&sent)?;
    let (read, mut held) = held(&app, &id, &subject).await?;
    for id in &named {
        let found = documents::find::<Roles>(&app.store, &app.tenant.id, id).await?;
        found.ok_or_else(|| absent(&role::KIND))?;
    }
    let inert = Inert::judged(&work, vec!["roles".to_owned()])?;
    held.extend(named);
    keep(&work, (&id, &subject), (read, held), &inert).await?;
    Ok(inert.told(done(permit.caller())))
}

async fn take(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = Work { app: &app, caller: permit.caller(), now: app.clock.now() };
    let named = named(&sent)?;
    let (read, mut held) = held(&app, &id, &subject).await?;
    held.retain(|id| !named.contains(id));
    let inert = Inert::judged(&work, Vec::new())?;
    keep(&work, (&id, &subject), (read, held), &inert).await?;
    Ok(done(permit.caller()))
}

/// `GET /api/v2/organizations/{id}/roles/{role}/members`
async fn holders(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, role)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    let (paging, selection) = (query.paging()?, query.selection()?);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let found = organization(&app, &id).await?;
    documents::find::<Roles>(store, tenant, &role).await?.ok_or_else(|| absent(&role::KIND))?;
    let mut rows = Vec::new();
    let mut after: Box<str> = Box::default();
    loop {
        let page = Slice { after: &after, skip: 0, take: STEP };
        let kept = kept::page(store, tenant, SHELF.of(&found.id), page).await?;
        let Some(last) = kept.last() else { break };
        after = last.id.clone();
        for one in &kept {
            if roles(one).contains(&role)
                && let Some(user) = documents::find::<Users>(store, tenant, &one.id).await?
            {
                let view = selection.apply(api::member(&members(&user)?));
                rows.push((user.id, Value::Object(view)));
            }
        }
    }
    Ok(told(permit.caller(), StatusCode::OK, &written(&WITH_ROLE, &paging, cut(rows, slice(&paging)))))
}

/// The roles of somebody within an organization; both are there.
async fn held(app: &App, id: &str, subject: &str) -> Result<(Option<Kept>, BTreeSet<String>), Failure> {
    let found = organization(app, id).await?;
    let (store, tenant) = (&app.store, &app.tenant.id);
    documents::find::<Users>(store, tenant, subject).await?.ok_or_else(|| absent(&user::KIND))?;
    let read = kept::find(store, tenant, SHELF.of(&found.id), subject).await?;
    let held = read.as_ref().map(roles).unwrap_or_default();
    Ok((read, held))
}

fn roles(kept: &Kept) -> BTreeSet<String> {
    let roles = kept.doc.get("roles").and_then(Value::as_array).into_iter().flatten();
    roles.filter_map(Value::as_str).map(str::to_owned).collect()
}

async fn keep(
    work: &Work<'_>,
    (id, subject): (&str, &str),
    (read, held): (Option<Kept>, BTreeSet<String>),
    inert: &Inert,
) -> Result<(), Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let doc = json!({ "roles": held });
    let mut batch = Batch::new();
    match read {
        Some(read) => kept::update(&mut batch, store, tenant, SHELF.of(id), Kept { doc, ..read }),
        None => kept::insert(&mut batch, store, tenant, (SHELF.of(id), subject), doc),
    }
    let event = work.event("Change a", ROLES.name.one, &format!("{subject} ({id})"));
    events::record(&mut batch, store, tenant, &inert.recorded(event));
    changed_meanwhile(store.apply(batch).await, &ROLES)
}

/// Each once, and at least one.
fn named(sent: &Sent) -> Result<BTreeSet<String>, Failure> {
    let input = sent.read_by(&ROLES, Verb::Create)?;
    let named = input.get("roles").and_then(Value::as_array).into_iter().flatten();
    let named: BTreeSet<String> = named.filter_map(Value::as_str).map(str::to_owned).collect();
    match named.is_empty() {
        true => Err(wrong_body(
            "Payload validation error: 'Array is too short (0), minimum 1' on property roles.",
        )),
        false => Ok(named),
    }
}

fn cut(rows: Vec<(Box<str>, Value)>, slice: Slice<'_>) -> (Vec<(Box<str>, Value)>, i64) {
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let rows = rows.into_iter().filter(|(id, _)| **id > *slice.after);
    (rows.skip(slice.skip as usize).take(slice.take as usize).collect(), total)
}

const STEP: u32 = 500;
