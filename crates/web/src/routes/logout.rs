//! `GET /auth/logout`: out here, and out at the authorization server.

use axum::{
    Extension,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Uri};
use keybound_client::{Client, drive, session::TokenStore as _};
use keybound_proto::{
    form::Form,
    request::about_token::{AboutToken, TokenTypeHint},
    secret::Secret,
};

use super::place::{local, refuse_other_sites, refuse_prefetch};
use crate::{auth::Parts, error::WebError, options::Leave, session::Live, visit::Visit};

pub(super) async fn logout(Extension(visit): Extension<Visit>, uri: Uri, headers: HeaderMap) -> Response {
    let parts = visit.auth().parts();
    match leave(parts, &visit, (&uri, &headers)).await {
        Ok(url) => Redirect::to(&url).into_response(),
        Err(error) => parts.fail(error),
    }
}

async fn leave(parts: &Parts, visit: &Visit, (uri, headers): (&Uri, &HeaderMap)) -> Result<String, WebError> {
    refuse_prefetch(headers)?;
    refuse_other_sites(headers)?;
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes()).map_err(|_| WebError::ReturnTo)?;
    let return_to = local(query.text("returnTo"), &parts.options.origin)?;
    let return_to = format!("{}{return_to}", parts.options.origin);
    let client = match parts.client().await {
        Ok(client) => client,
        Err(error) => {
            tracing::warn!(code = error.code(), %error, "the user is signed out here alone");
            visit.end().await?;
            return Ok(return_to);
        }
    };
    let live = visit.live().await?;
    let before = refresh_token(parts, client, live.as_deref()).await;
    visit.end().await?;
    if let Some(live) = &live {
        // A refresh that is on its way ends first: what it brings is revoked, too.
        let turn = live.place.lock(&live.record.id).await?;
        let newest = refresh_token(parts, client, Some(live)).await.or(before);
        drop(turn);
        revoke(parts, client, newest).await;
    }
    Ok(address(client, parts.options.leave, (live.as_deref(), &query), &return_to).unwrap_or(return_to))
}

async fn refresh_token(parts: &Parts, client: &Client, live: Option<&Live>) -> Option<Secret<String>> {
    let tokens = live?.tokens(client, (&parts.http, &parts.surroundings));
    tokens.refresh_token(None).await.ok().flatten()
}

/// What somebody copied is worth nothing after the logout. Where the server cannot be told, the user leaves all the
/// same.
async fn revoke(parts: &Parts, client: &Client, token: Option<Secret<String>>) {
    let (Some(token), Some(_)) = (token, &client.metadata().revocation_endpoint) else { return };
    let request = AboutToken { token, hint: Some(TokenTypeHint::RefreshToken) };
    let revoked = async { drive(client.revoke(&request)?, &parts.http, &parts.surroundings).await };
    if let Err(error) = revoked.await {
        tracing::warn!(code = error.code(), %error, "the refresh token could not be revoked");
    }
}

/// Where the authorization server signs the user out and sends them back from.
fn address(
    client: &Client,
    leave: Leave,
    (live, query): (Option<&Live>, &Form),
    return_to: &str,
) -> Option<String> {
    let end_session = client.metadata().end_session_endpoint.clone();
    let form = Form::new().with("client_id", client.client_id().as_str());
    let (endpoint, form) = match (leave, end_session) {
        (Leave::Stay, _) => return None,
        (Leave::AsItOffers | Leave::EndSession, Some(endpoint)) => {
            let record = live.map(|live| &live.record);
            let hint = record.and_then(|record| record.hint.as_ref());
            let form = form
                .with("post_logout_redirect_uri", return_to)
                .with_some("id_token_hint", hint.map(|hint| hint.reveal().as_str()))
                .with_some("logout_hint", record.and_then(|record| record.sid.as_deref()));
            (endpoint, form)
        }
        (Leave::EndSession, None) => return None,
        _ => (client.issuer().join("v2/logout"), form.with("returnTo", return_to)),
    };
    let federated = if query.names("federated") { "&federated" } else { "" };
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    Some(format!("{endpoint}{joint}{}{federated}", form.encode()))
}
