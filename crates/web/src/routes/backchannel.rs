//! `POST /auth/backchannel-logout`: the authorization server ends sessions (Back-Channel Logout §2).

use axum::{
    Extension,
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};
use keybound_client::{Ambient as _, Client, ClientError};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    jose::{Alg, AlgSet, Claims, JwtError, Unverified, Verified, json::Value},
    time::{Lifetime, Timestamp},
};
use serde_json::json;

use crate::{auth::Parts, error::WebError, session::Ended, visit::Visit};

pub(super) async fn end(Extension(visit): Extension<Visit>, body: Bytes) -> Response {
    match ended(visit.auth().parts(), &body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(WebError::LogoutToken { reason }) => {
            tracing::warn!(%reason, "a logout token was refused");
            let body = json!({ "error": "invalid_request", "error_description": reason }).to_string();
            (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn ended(parts: &Parts, body: &[u8]) -> Result<(), WebError> {
    let form = Form::parse(body).map_err(|error| refused(&error))?;
    let token =
        form.secret("logout_token").ok_or_else(|| refused(&"the parameter logout_token is missing"))?;
    let client = parts.client().await?;
    let verify = |keys: &_| {
        let token = Unverified::parse(token.reveal().as_bytes())?;
        Ok(token.verify_with(&AwsLc, keys, AlgSet::of(&[Alg::Rs256]))?)
    };
    let verified = match parts.keys.check(client, (&parts.http, &parts.surroundings), verify).await {
        Err(ClientError::Jwt(error)) => return Err(refused(&error)),
        verified => verified?,
    };
    let times = (parts.surroundings.now(), parts.config.clocks.tolerance);
    let ended = read(&verified, client, times).map_err(|reason| WebError::LogoutToken { reason })?;
    let Some(store) = parts.sessions.store() else { return Ok(()) };
    let count = store.delete_by_logout_token(&ended).await?;
    tracing::info!(count, "the authorization server ended sessions");
    Ok(())
}

/// What a logout token ends, if everything of Back-Channel Logout §2.6 holds.
fn read(token: &Verified, client: &Client, (now, leeway): (Timestamp, Lifetime)) -> Result<Ended, String> {
    let claims = token.claims();
    check(claims, client, (now, leeway)).map_err(|error| error.to_string())?;
    if token.typ().is_some() {
        token.check_type(&["logout+jwt", "JWT"]).map_err(|error| error.to_string())?;
    }
    let issued = claims.issued().ok_or("`iat` is missing")?;
    if issued > now.plus(leeway) || issued.plus(FRESH).plus(leeway) < now {
        return Err(format!("it was issued {} s ago", now.since(issued)));
    }
    let events = claims.members().object("events").map_err(|error| error.to_string())?;
    let event = events.and_then(|events| events.member(EVENT)).and_then(Value::as_object);
    event.ok_or("`events` does not hold that of a back-channel logout")?;
    if claims.claim("nonce").is_some() {
        return Err("it holds a nonce, as only an ID token may".to_owned());
    }
    let sid = claims.members().string("sid").map_err(|error| error.to_string())?;
    let (subject, sid) = (claims.subject().map(str::to_owned), sid.map(str::to_owned));
    if subject.is_none() && sid.is_none() {
        return Err("it holds neither `sub` nor `sid`".to_owned());
    }
    Ok(Ended { subject, sid })
}

/// Auth0 checks `exp` only where it is; so do we.
fn check(claims: &Claims, client: &Client, (now, leeway): (Timestamp, Lifetime)) -> Result<(), JwtError> {
    claims.check_issuer(client.issuer().as_str())?;
    claims.check_audience(client.client_id().as_str())?;
    if claims.expires().is_some() { claims.check_time(now, leeway) } else { Ok(()) }
}

fn refused(reason: &impl ToString) -> WebError {
    WebError::LogoutToken { reason: reason.to_string() }
}

/// Back-Channel Logout §2.4.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How old a logout token may be: what was overheard long ago ends nothing.
const FRESH: Lifetime = Lifetime::seconds(300);
