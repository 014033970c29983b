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
use keybound_authority::{
    event::{Event, EventKind},
    model::factor::Authenticator,
};
use keybound_proto::id::Subject;
use keybound_store::{
    Batch,
    documents::{self, Users},
    events,
    ledger::{authenticators, mfa_tokens},
};
use serde_json::{Map, Value, json};

use super::{
    absent::absent,
    answer::{done, told},
    authentication_methods::removed,
    body::{Sent, refused},
    inert::Inert,
    managed::{Members, Work},
    permit::Permit,
    settings::{rewrite_tenant, tenant},
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
        .route("/api/v2/guardian/enrollments/{id}", get(enrollment).delete(forget_one))
}

async fn factors(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let settings = tenant(&app).await?;
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
    let work = permit.work(&app);
    let on = guardian::factor(&name, sent.bytes()).map_err(refused)?;
    let vain = on && !guardian::OFFERED.contains(&name.as_str());
    let inert = Inert::judged(&work, vain.then(|| "enabled".to_owned()).into_iter().collect())?;
    let change = |guardian: &mut Members| {
        let factors = guardian.entry("factors").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(factors) = factors {
            factors.insert(name.clone(), on.into());
        }
    };
    changed(&work, &inert, change).await?;
    Ok(inert.told(told(work.caller, StatusCode::OK, &json!({ "enabled": on }))))
}

async fn policies(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let settings = tenant(&app).await?;
    let set = settings.doc.pointer("/guardian/policies").cloned();
    Ok(told(permit.caller(), StatusCode::OK, &set.unwrap_or_else(|| json!([]))))
}

async fn set_policies(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let policies = guardian::policies(sent.bytes()).map_err(refused)?;
    let vain = policies.iter().filter(|policy| *policy == guardian::ADAPTIVE);
    let inert = Inert::judged(&work, vain.cloned().collect())?;
    let policies: Value = policies.into();
    let change = |guardian: &mut Members| {
        guardian.insert("policies".to_owned(), policies.clone());
    };
    changed(&work, &inert, change).await?;
    Ok(inert.told(told(work.caller, StatusCode::OK, &policies)))
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

async fn enrollment(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let found = enrolled(&app, &id).await?;
    let shown = json!({
        "id": found.id.as_str(),
        "status": if found.confirmed_at.is_some() { "confirmed" } else { "pending" },
        "enrolled_at": found.enrolled_at.to_rfc3339(),
    });
    Ok(told(permit.caller(), StatusCode::OK, &shown))
}

async fn forget_one(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = enrolled(&app, &id).await?;
    let mut batch = Batch::new();
    authenticators::remove(&mut batch, &app.tenant.id, &found.subject, found.kind);
    removed(&work, &found.subject, &mut batch);
    let event = work.event("Delete", "enrollment", found.id.as_str());
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    app.store.apply(batch).await?;
    factor::forgive(&app, &found.subject, work.now).await?;
    Ok(done(work.caller))
}

/// The factor of that name, or that there is none.
async fn enrolled(app: &App, id: &str) -> Result<Authenticator, Failure> {
    let found = authenticators::by_id(&app.store, &app.tenant.id, id).await?;
    found.ok_or_else(|| {
        let message = "Enrollment not found".to_owned();
        ManagementFailure::NoSuch { message, code: Some("enrollment_not_found") }.into()
    })
}

/// Changes what the tenant wants of second factors.
async fn changed(
    work: &Work<'_>,
    inert: &Inert,
    change: impl Fn(&mut Members) + Send + Sync,
) -> Result<(), Failure> {
    let mut event = Event::new(EventKind::FactorsChanged, work.now).by(&work.caller.client);
    event.description = Some("Update second factors".into());
    let event = inert.recorded(event).from(work.caller.from.clone());
    let guardian = |document: &mut Members| {
        let there = document.entry("guardian").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(guardian) = there {
            change(guardian);
        }
    };
    rewrite_tenant(work.app, &event, guardian).await?;
    Ok(())
}
