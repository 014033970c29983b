//! `/mfa/authenticators`: what somebody has, and getting rid of it.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keybound_authority::{
    event::EventKind,
    model::factor::{Authenticator, FactorKind},
};
use keybound_proto::dpop::DpopNonce;
use keybound_store::{Batch, events, ledger::authenticators};
use serde_json::{Value, json};

use super::right::Right;
use crate::{
    app::App,
    failure::{Failure, RequestFailure, offer_nonce},
    oauth::answer,
};

/// `GET /mfa/authenticators`
pub(crate) async fn list(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, Failure> {
    let right = Right::find(&app, &parts).await?;
    right.may("read:authenticators")?;
    let held = authenticators::of_user(&app.store, &app.tenant.id, &right.user.subject).await?;
    let told: Value = held.iter().map(told).collect();
    Ok(answer::json(told.to_string(), right.nonce.as_ref().map(DpopNonce::as_str)))
}

/// `DELETE /mfa/authenticators/{id}`. The recovery code goes with what it stands in for.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Failure> {
    let right = Right::find(&app, &parts).await?;
    right.may_with_token("remove:authenticators")?;
    let (store, tenant, subject) = (&app.store, &app.tenant.id, &right.user.subject);
    let held = authenticators::of_user(store, tenant, subject).await?;
    let Some(found) = held.iter().find(|held| held.id.as_str() == id) else {
        return Err(right.with_nonce(RequestFailure::NoSuchPath.into()));
    };
    if held.iter().any(Authenticator::is_confirmed) {
        right.showed_two()?;
    }
    let mut batch = Batch::new();
    authenticators::remove(&mut batch, tenant, subject, found.kind);
    if found.kind.stands_alone() {
        authenticators::remove(&mut batch, tenant, subject, FactorKind::RecoveryCode);
    }
    events::record(&mut batch, store, tenant, &right.event(&app, EventKind::FactorRemoved));
    store.apply(batch).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    offer_nonce(response.headers_mut(), right.nonce.as_ref().map(DpopNonce::as_str));
    Ok(response)
}

fn told(held: &Authenticator) -> Value {
    json!({ "id": held.id.as_str(), "authenticator_type": held.kind.as_str(), "active": held.is_confirmed() })
}
