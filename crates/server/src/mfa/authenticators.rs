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
    login::identifier::Email,
    model::factor::{Authenticator, FactorKind},
};
use keybound_proto::dpop::DpopNonce;
use keybound_store::{Batch, events, ledger::authenticators};
use serde_json::{Map, Value};

use super::right::Right;
use crate::{
    app::App,
    factor,
    failure::{Failure, RequestFailure, offer_nonce},
    oauth::answer,
};

/// `GET /mfa/authenticators`
pub(crate) async fn list(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, Failure> {
    let right = Right::find(&app, &parts).await?;
    right.may("read:authenticators")?;
    let held = factor::had(&app, &right.user.subject).await?;
    let address = factor::address(&app, &right.user.subject).await?;
    let told: Value = held.iter().map(|held| told(held, address.as_ref())).collect();
    Ok(answer::json(told.to_string(), right.nonce.as_ref().map(DpopNonce::as_str)))
}

/// `DELETE /mfa/authenticators/{id}`. The recovery code goes with what it stands in for; letters that were never
/// enrolled go with all of it.
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
    factor::forgive(&app, subject, app.clock.now()).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    offer_nonce(response.headers_mut(), right.nonce.as_ref().map(DpopNonce::as_str));
    Ok(response)
}

fn told(held: &Authenticator, address: Option<&Email>) -> Value {
    let mut told = Map::new();
    let mut say = |name: &str, value: Value| told.insert(name.to_owned(), value);
    say("id", held.id.as_str().into());
    say("authenticator_type", held.kind.authenticator_type().into());
    say("active", held.is_confirmed().into());
    if held.kind == FactorKind::Email {
        say("oob_channel", held.kind.as_str().into());
        if let Some(address) = address {
            say("name", address.masked().into());
        }
    }
    Value::Object(told)
}
