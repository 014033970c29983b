//! Second factors: what the tenant wants of everybody, and a way out for who lost theirs (Auth0's Guardian).

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, get, put},
};
use http::StatusCode;
use keybound_api::{guardian, user};
use keybound_authority::event::{Event, EventKind};
use keybound_proto::id::Subject;
use keybound_store::{
    Batch,
    documents::{self, Document, Tenants, Users},
    events,
    ledger::{authenticators, mfa_tokens},
};
use serde_json::{Map, Value, json};

use super::{
    absent::{absent, members},
    answer::{done, told},
    body::{Sent, refused},
    managed::{Members, Work},
    permit::{Caller, Permit},
};
use crate::{
    app::App,
    factor,
    failure::{Failure, ManagementFailure, Reason},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/guardian/factors", get(factors))
        .route("/api/v2/guardian/factors/{name}", put(set_factor))
        .route("/api/v2/guardian/policies", get(policies).put(set_policies))
        .route("/api/v2/users/{id}/authenticators", delete(forget))
}

async fn factors(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let settings = settings(&app).await?;
    let set = settings.doc.pointer("/guardian/factors");
    let is_on = |name: &str| set.and_then(|set| set.get(name)).and_then(Value::as_bool).unwrap_or(false);
    let one = |name: &&str| json!({ "name": name, "enabled": is_on(name), "trial_expired": false });
    let all: Value = guardian::FACTORS.iter().map(one).collect();
    Ok(told(permit.caller(), StatusCode::OK, &all))
}

async fn set_factor(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let on = guardian::factor(&name, sent.bytes()).map_err(refused)?;
    let change = |guardian: &mut Members| {
        let factors = guardian.entry("factors").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(factors) = factors {
            factors.insert(name.clone(), on.into());
        }
    };
    changed(&app, permit.caller(), change).await?;
    Ok(told(permit.caller(), StatusCode::OK, &json!({ "enabled": on })))
}

async fn policies(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let settings = settings(&app).await?;
    let set = settings.doc.pointer("/guardian/policies").cloned();
    Ok(told(permit.caller(), StatusCode::OK, &set.unwrap_or_else(|| json!([]))))
}

async fn set_policies(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let policies: Value = guardian::policies(sent.bytes()).map_err(refused)?.into();
    let change = |guardian: &mut Members| {
        guardian.insert("policies".to_owned(), policies.clone());
    };
    changed(&app, permit.caller(), change).await?;
    Ok(told(permit.caller(), StatusCode::OK, &policies))
}

/// `DELETE /api/v2/users/{id}/authenticators`: for who lost what they enrolled. They enrol anew when they sign in.
async fn forget(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (store, tenant, caller) = (&app.store, &app.tenant.id, permit.caller());
    let found = documents::find::<Users>(store, tenant, &id).await?.ok_or_else(|| absent(&user::KIND))?;
    let subject =
        Subject::parse(&found.id).map_err(|error| Reason::Internal { detail: error.to_string() })?;
    let work = Work { app: &app, caller, now: app.clock.now() };
    let mut batch = Batch::new();
    authenticators::forget(&mut batch, tenant, &subject);
    mfa_tokens::forget_all_of(&mut batch, tenant, &subject);
    let event = Event::new(EventKind::FactorRemoved, work.now).by(&caller.client).about(&subject);
    events::record(&mut batch, store, tenant, &event.from(caller.from.clone()));
    events::record(&mut batch, store, tenant, &work.event("Delete all authenticators of", "user", &found.id));
    store.apply(batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(done(caller))
}

/// The tenant's own document, which its first start made.
async fn settings(app: &App) -> Result<Document<Tenants>, Failure> {
    let found = documents::find::<Tenants>(&app.store, &app.tenant.id, app.tenant.id.as_str()).await?;
    found.ok_or_else(|| Reason::Internal { detail: "the tenant has no settings".to_owned() }.into())
}

/// Changes what the tenant wants of second factors.
async fn changed(app: &App, caller: &Caller, change: impl Fn(&mut Members)) -> Result<(), Failure> {
    let mut found = settings(app).await?;
    let mut document = members(&found)?;
    if let Value::Object(guardian) = document.entry("guardian").or_insert_with(|| Value::Object(Map::new())) {
        change(guardian);
    }
    found.doc = Value::Object(document);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut batch = Batch::new();
    let event = Event::new(EventKind::FactorsChanged, app.clock.now()).by(&caller.client);
    events::record(&mut batch, store, tenant, &event.from(caller.from.clone()));
    documents::update(&mut batch, store, tenant, found);
    match store.apply(batch).await {
        Ok(_) => {
            app.policies.forget();
            Ok(())
        }
        Err(error) if error.conflict().is_some() => {
            let message = "The tenant was changed by somebody else meanwhile.".to_owned();
            Err(ManagementFailure::Conflict { message, code: None }.into())
        }
        Err(error) => Err(error.into()),
    }
}
