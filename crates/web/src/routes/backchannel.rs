//! `POST /auth/backchannel-logout`: the authorization server ends sessions (Back-Channel Logout §2).

use axum::{
    Extension,
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};
use keybound_client::{Ambient as _, ClientError};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    jose::{Alg, AlgSet, Unverified},
    token::logout::{ExpectLogout, LogoutClaims},
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
    let (issuer, client_id) = (client.issuer(), client.client_id());
    let expect = ExpectLogout { issuer, client_id, leeway: parts.config.clocks.tolerance };
    let claims = LogoutClaims::check(&verified, &expect, parts.surroundings.now());
    let claims = claims.map_err(|error| refused(&error))?;
    let ended = Ended { subject: claims.subject, sid: claims.session, at: claims.issued };
    let Some(store) = parts.sessions.store() else { return Ok(()) };
    let count = store.delete_by_logout_token(&ended).await?;
    tracing::info!(count, "the authorization server ended sessions");
    Ok(())
}

fn refused(reason: &impl ToString) -> WebError {
    WebError::LogoutToken { reason: reason.to_string() }
}
