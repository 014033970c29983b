//! What a user enrolled, by the names that older tools have for it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, get, post},
};
use http::StatusCode;
use keybound_api::{Fault, Invalid};
use keybound_authority::model::factor::FactorKind;
use keybound_crypto::{entropy, totp::recovery_code};
use keybound_store::{Batch, events, ledger::authenticators as ledger};
use serde_json::{Value, json};

use super::{
    absent::text,
    answer::{done, told},
    authentication_methods::{held, removed},
    body::refused,
    managed::Members,
    permit::Permit,
    users::subject_of,
};
use crate::{app::App, factor, failure::Failure};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/users/{id}/enrollments", get(list))
        .route("/api/v2/users/{id}/multifactor/{provider}", delete(remove))
        .route("/api/v2/users/{id}/multifactor/actions/invalidate-remember-browser", post(forget_browsers))
        .route("/api/v2/users/{id}/recovery-code-regeneration", post(regenerate))
}

async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let subject = subject_of(&app, &id).await?;
    let all: Value = held(&app, &subject).await?.iter().map(enrollment).collect();
    Ok(told(permit.caller(), StatusCode::OK, &all))
}

/// `DELETE /api/v2/users/{id}/multifactor/{provider}`: digits are what Auth0 calls the authenticator of Google.
async fn remove(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, provider)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if !matches!(provider.as_str(), DIGITS | "duo") {
        return Err(refused(Invalid::path("provider", Fault::Enum(provider))));
    }
    let subject = subject_of(&app, &id).await?;
    let mut batch = Batch::new();
    if provider == DIGITS {
        for kind in [FactorKind::Otp, FactorKind::RecoveryCode] {
            ledger::remove(&mut batch, &app.tenant.id, &subject, kind);
        }
        removed(&work, &subject, &mut batch);
    }
    let event = work.event("Delete a multi-factor provider of", "user", subject.as_str());
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    app.store.apply(batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(done(work.caller))
}

/// No browser is remembered here: every sign-in asks for the second factor.
async fn forget_browsers(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let subject = subject_of(&app, &id).await?;
    let mut batch = Batch::new();
    let event = work.event("Forget the browsers of", "user", subject.as_str());
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    app.store.apply(batch).await?;
    Ok(done(work.caller))
}

/// `POST /api/v2/users/{id}/recovery-code-regeneration`: the one before is worth nothing, and there is one from now on.
async fn regenerate(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let subject = subject_of(&app, &id).await?;
    let name = format!("dev_{}", entropy::alphanumeric(16));
    let (code, authenticator) =
        (recovery_code(), factor::vouched(&subject, FactorKind::RecoveryCode, &name, work.now)?);
    let mut batch = Batch::new();
    ledger::set_recovery(&mut batch, &app.tenant.id, &authenticator, &factor::digest(&code));
    let event = work.event("Regenerate the recovery code of", "user", subject.as_str());
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    app.store.apply(batch).await?;
    factor::forgive(&app, &subject, work.now).await?;
    Ok(told(work.caller, StatusCode::OK, &json!({ "recovery_code": code.reveal() })))
}

fn enrollment(held: &Members) -> Value {
    let mut shown = Members::new();
    let kind = text(held, "type").unwrap_or_default();
    let status = if held.get("confirmed") == Some(&Value::Bool(true)) { "confirmed" } else { "pending" };
    let method = match kind {
        "totp" => Some("authenticator"),
        "phone" => Some("sms"),
        "webauthn-roaming" => Some("webauthn-roaming"),
        _ => None,
    };
    let from = |name| held.get(name).cloned();
    for (name, value) in [
        ("id", from("id")),
        ("status", Some(status.into())),
        ("type", Some(kind.into())),
        ("name", from("name")),
        ("phone_number", from("phone_number")),
        ("auth_method", method.map(Value::from)),
        ("enrolled_at", from("created_at")),
        ("last_auth", from("last_auth_at")),
    ] {
        shown.extend(value.map(|value| (name.to_owned(), value)));
    }
    Value::Object(shown)
}

const DIGITS: &str = "google-authenticator";
