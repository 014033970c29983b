//! `/userinfo`: what may be told of the user of an access token (OIDC Core §5.3).

use std::sync::Arc;

use axum::{
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_authority::{mint, model::user::Standing};
use keybound_proto::scope::{Scope, Scopes};

use crate::{
    app::App,
    extract::access,
    failure::{AccessFailure, DPOP_NONCE, Failure},
    registered,
};

/// `GET` and `POST /userinfo`.
pub(crate) async fn userinfo(State(app): State<Arc<App>>, parts: Parts) -> Result<Response, Failure> {
    let access = access(&app, &parts, &app.places.userinfo()).await?;
    if !access.claims.scopes.contains("openid") {
        let needed: Scopes = Scope::parse("openid").into_iter().collect();
        return Err(AccessFailure::Scope { needed }.into());
    }
    let user = registered::user(&app, &access.claims.subject).await?;
    let user = user.filter(|user| user.standing == Standing::Active).ok_or(AccessFailure::UserGone)?;
    let mut response = mint::userinfo(&user, &access.claims.scopes).to_json().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(nonce) = access.nonce.and_then(|nonce| HeaderValue::try_from(nonce.as_str()).ok()) {
        headers.insert(DPOP_NONCE, nonce);
    }
    Ok(response)
}
