//! Roles of members within an organization: felt in tokens that are issued for it, and nowhere else.

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
    documents::{self, Roles, Users},
    events,
    ledger::{Slice, organizations as ledger},
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
        managed::Work,
        page::{slice, written},
        permit::Permit,
        query::Query,
        roles::owned_by,
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/organizations/{id}/members/{user}/roles", get(list).post(give).delete(take))
        .route("/api/v2/organizations/{id}/roles/{role}/members", get(holders))
}

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    query: Query,
) -> Result<Response, Failure> {
    let paging = query.paging()?;
    let place = place(&app, &id, &subject).await?;
    let pair = (&*place, subject.as_str());
    let (roles, total) = ledger::roles_of(&app.store, &app.tenant.id, pair, slice(&paging)).await?;
    let shown = roles.into_iter().map(|role| {
        let description = role.doc.get("description").and_then(Value::as_str).unwrap_or_default();
        let view = json!({ "id": &*role.id, "name": role.doc.get("name"), "description": description });
        (role.id, view)
    });
    let rows = (shown.collect(), total);
    Ok(told(permit.caller(), StatusCode::OK, &written(&ROLES, &paging, rows)))
}

async fn give(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let named = named(&sent)?;
    let place = place(&app, &id, &subject).await?;
    let mut batch = Batch::new();
    for role in &named {
        let found = documents::find::<Roles>(&app.store, &app.tenant.id, role).await?;
        let found = found.filter(|role| owned_by(role).is_none_or(|owner| *owner == *place));
        found.ok_or_else(|| absent(&role::KIND))?;
        ledger::give_role(&mut batch, &app.tenant.id, (&place, &subject), role);
    }
    apply(&work, (&id, &subject), batch).await
}

async fn take(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, subject)): Path<(String, String)>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let named = named(&sent)?;
    let place = place(&app, &id, &subject).await?;
    let mut batch = Batch::new();
    for role in &named {
        ledger::take_role(&mut batch, &app.tenant.id, (&place, &subject), role);
    }
    apply(&work, (&id, &subject), batch).await
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
    let (users, total) = ledger::with_role(store, tenant, (&found.id, &role), slice(&paging)).await?;
    let mut rows = Vec::with_capacity(users.len());
    for user in users {
        let view = selection.apply(api::member(&members(&user)?));
        rows.push((user.id, Value::Object(view)));
    }
    Ok(told(permit.caller(), StatusCode::OK, &written(&WITH_ROLE, &paging, (rows, total))))
}

/// The roles of a member within an organization, each by its id and name.
pub(super) async fn of(app: &App, organization: &str, subject: &str) -> Result<Value, Failure> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    let all = Slice { after: "", skip: 0, take: MOST };
    let (roles, _) = ledger::roles_of(store, tenant, (organization, subject), all).await?;
    let shown = roles.iter().map(|role| json!({ "id": &*role.id, "name": role.doc.get("name") }));
    Ok(shown.collect())
}

/// The id of an organization; it and the user are there.
async fn place(app: &App, id: &str, subject: &str) -> Result<Box<str>, Failure> {
    let found = organization(app, id).await?;
    let user = documents::find::<Users>(&app.store, &app.tenant.id, subject).await?;
    user.ok_or_else(|| absent(&user::KIND))?;
    Ok(found.id)
}

async fn apply(work: &Work<'_>, (id, subject): (&str, &str), mut batch: Batch) -> Result<Response, Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let event = work.event("Change a", ROLES.name.one, &format!("{subject} ({id})"));
    events::record(&mut batch, store, tenant, &event);
    store.apply(batch).await?;
    Ok(done(work.caller))
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

/// As many roles of a member are told beside them.
const MOST: u32 = 1_000;
