//! Keys that sign tokens, seen and exchanged by administrators (Auth0's `/keys/signing`).

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post, put},
};
use http::StatusCode;
use keybound_proto::{id::Kid, jose::Alg};
use keybound_store::{Batch, events};
use serde_json::{Value, json};

use super::{answer::told, managed::Work, permit::Permit};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure, Reason},
    key_ring::Shown,
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/keys/signing", get(list))
        .route("/api/v2/keys/signing/{kid}", get(one))
        .route("/api/v2/keys/signing/rotate", post(rotate))
        .route("/api/v2/keys/signing/{kid}/revoke", put(revoke))
}

async fn list(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let shown: Vec<Value> = app.keys.shown(&app).await?.iter().map(view).collect();
    Ok(told(permit.caller(), StatusCode::OK, &Value::Array(shown)))
}

async fn one(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(kid): Path<String>,
) -> Result<Response, Failure> {
    Ok(told(permit.caller(), StatusCode::OK, &view(&found(&app, &kid).await?)))
}

/// Every algorithm in use gets its next key; the answer names the one that will follow for RS256.
async fn rotate(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let work = permit.work(&app);
    app.keys.rotate_all(&app.store, work.now).await?;
    record(&work, "Rotate", "all").await?;
    let shown = app.keys.shown(&app).await?;
    let next = shown.iter().find(|key| key.alg == Alg::Rs256 && key.is_next());
    let next = next.ok_or_else(|| Reason::Internal { detail: "no key follows".to_owned() })?;
    Ok(told(work.caller, StatusCode::CREATED, &view(next)))
}

async fn revoke(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(kid): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let key = found(&app, &kid).await?;
    if key.revoked_at.is_none() {
        app.keys.revoke(&app.store, &key.kid, work.now).await?;
        record(&work, "Revoke", key.kid.as_str()).await?;
    }
    Ok(told(work.caller, StatusCode::OK, &view(&found(&app, &kid).await?)))
}

async fn found(app: &App, kid: &str) -> Result<Shown, Failure> {
    let absent = || Failure::from(ManagementFailure::NoSuch { message: ABSENT.to_owned(), code: None });
    let kid = Kid::parse(kid).map_err(|_| absent())?;
    app.keys.shown(app).await?.into_iter().find(|key| key.kid == kid).ok_or_else(absent)
}

async fn record(work: &Work<'_>, what: &str, which: &str) -> Result<(), Failure> {
    let mut batch = Batch::new();
    let event = work.event(what, "signing key", which);
    events::record(&mut batch, &work.app.store, &work.app.tenant.id, &event);
    Ok(work.app.store.apply(batch).await?)
}

fn view(key: &Shown) -> Value {
    let fingerprint = key.certificate.fingerprint();
    let mut view = json!({
        "kid": key.kid.as_str(),
        "cert": key.certificate.pem(),
        "pkcs7": key.certificate.pkcs7(),
        "fingerprint": fingerprint,
        "thumbprint": fingerprint.replace(':', ""),
        "current": key.is_current(),
        "next": key.is_next(),
        "previous": key.is_previous(),
        "revoked": key.revoked_at.is_some(),
    });
    if let Some(members) = view.as_object_mut() {
        let moments =
            [("current_since", key.since), ("current_until", key.until), ("revoked_at", key.revoked_at)];
        for (name, moment) in moments {
            members.extend(moment.map(|moment| (name.to_owned(), moment.to_rfc3339().into())));
        }
    }
    view
}

const ABSENT: &str = "Signing key not found.";
