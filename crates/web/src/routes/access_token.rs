//! `GET /auth/access-token`: for pages that call an API themselves, where the app wants that.

use axum::{
    extract::RawQuery,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, header::CONTENT_TYPE};
use keybound_client::session::Want;
use keybound_proto::{form::Form, scope::Scopes, time::Timestamp};
use serde_json::json;

use super::place::refuse_other_sites;
use crate::{error::WebError, extract::WebSession};

pub(super) async fn access_token(
    session: Option<WebSession>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match answer(session, &query.unwrap_or_default(), &headers).await {
        Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(session: Option<WebSession>, query: &str, headers: &HeaderMap) -> Result<String, WebError> {
    refuse_other_sites(headers)?;
    let session = session.ok_or(WebError::NotSignedIn)?;
    let query = Form::parse(query.as_bytes()).unwrap_or_default();
    let mut want = session.usual();
    if let Some(audience) = query.text("audience") {
        want = Want::default().audience(audience);
    }
    if let Some(scopes) = query.text("scope").and_then(|scopes| Scopes::parse(scopes).ok()) {
        want = want.scopes(&scopes);
    }
    let tokens = session.access_token(&want).await?;
    Ok(json!({
        "token": tokens.access_token.reveal(),
        "token_type": if tokens.is_bound() { "DPoP" } else { "Bearer" },
        "expires_at": tokens.expires.map(Timestamp::as_unix),
        "scope": tokens.scopes.as_ref().map(ToString::to_string),
    })
    .to_string())
}
