//! Custom domains: which is the default, and what became of them. None is looked at, and none is served.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use keybound_api::kept::custom_domain::{DEFAULT, DOMAINS};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept},
    events,
};
use serde_json::{Value, json};

use super::{
    apply,
    list::all,
    place::{Names, Place, host, shelf},
    shown,
};
use crate::{
    app::App,
    failure::Failure,
    management::{absent::unfit, answer::told, body::Sent, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/custom-domains/default", get(read).patch(choose))
        .route("/api/v2/custom-domains/{id}/verify", post(verify))
        .route("/api/v2/custom-domains/{id}/test", post(try_it))
}

/// The domain that was made the default one, or the tenant's own.
async fn read(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let names = Names::new();
    let all = all(&app, &Place::of(&app, &DOMAINS, &names).await?).await?;
    let chosen = all.into_iter().find(|one| one.doc.get("is_default") == Some(&Value::Bool(true)));
    Ok(told(permit.caller(), StatusCode::OK, &view(&app, chosen)))
}

/// Of a custom domain everything is told, of the tenant's own its name.
fn view(app: &App, chosen: Option<Kept>) -> Value {
    match chosen {
        Some(chosen) => shown(&DOMAINS, super::object(chosen.doc)),
        None => json!({ "domain": host(app) }),
    }
}

async fn choose(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let body = sent.read_as(DEFAULT)?;
    let wanted = body.get("domain").and_then(Value::as_str).unwrap_or_default();
    let place = shelf(&DOMAINS).whole();
    let chosen = kept::named(&app.store, &app.tenant.id, place, wanted).await?;
    if chosen.is_none() && wanted != host(&app) {
        return Err(unfit(UNVERIFIED, Some("invalid_body")));
    }
    let names = Names::new();
    let mut batch = Batch::new();
    for mut other in all(&app, &Place::of(&app, &DOMAINS, &names).await?).await? {
        let default = Value::Bool(chosen.as_ref().is_some_and(|chosen| chosen.id == other.id));
        if other.doc.get("is_default") != Some(&default) {
            if let Value::Object(document) = &mut other.doc {
                document.insert("is_default".to_owned(), default);
            }
            kept::update(&mut batch, &app.store, &app.tenant.id, place, other);
        }
    }
    events::record(
        &mut batch,
        &app.store,
        &app.tenant.id,
        &work.event("Choose", DOMAINS.kind.name.one, wanted),
    );
    apply(&app, &DOMAINS, batch).await?;
    let chosen = chosen.map(|mut chosen| {
        if let Value::Object(document) = &mut chosen.doc {
            document.insert("is_default".to_owned(), Value::Bool(true));
        }
        chosen
    });
    Ok(told(permit.caller(), StatusCode::OK, &view(&app, chosen)))
}

const UNVERIFIED: &str = "The domain must be verified before it can be set as default.";

async fn verify(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    let found = Place::of(&app, &DOMAINS, &names).await?.find(&app).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &shown(&DOMAINS, super::object(found.doc))))
}

async fn try_it(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    Place::of(&app, &DOMAINS, &names).await?.find(&app).await?;
    let answer = json!({ "success": false, "message": "This server serves no custom domains." });
    Ok(told(permit.caller(), StatusCode::OK, &answer))
}
