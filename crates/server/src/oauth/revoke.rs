//! `/oauth/revoke` (RFC 7009).

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, USER_AGENT},
};
use keybound_authority::{
    event::{Event, EventKind},
    grant::refresh::{Found, RefreshToken},
    model::client::Client,
};
use keybound_proto::request::revocation::RevocationRequest;
use keybound_store::{Batch, events, ledger::refresh_tokens};

use super::token::refresh_digest;
use crate::{
    app::{App, sender},
    extract::{Parameters, address, client},
    failure::Failure,
    record::Noted,
};

/// `POST /oauth/revoke`: 200 whatever became of it, once the client is who it says (RFC 7009 §2.2).
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(noted): Extension<Noted>,
    parts: Parts,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Failure> {
    let address = address(&parts, &app.config.trusted_proxies);
    let client = client::client(&app, &parts.headers, &form, address).await.map_err(|error| error.failure)?;
    noted.client(&client.id);
    let request = RevocationRequest::parse(&form)?;
    let (store, tenant, now) = (&app.store, &app.tenant.id, app.clock.now());
    let found = refresh_tokens::find(store, tenant, &refresh_digest(&request.token)).await?;
    if let Some(token) = owned(&found, &client) {
        let mut batch = Batch::new();
        refresh_tokens::revoke_family(&mut batch, tenant, &token.family, now);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let mut event = Event::new(EventKind::RefreshRevoked, now).by(&client.id).about(&token.subject);
        event.session = Some(token.session.clone());
        event.audience = token.audience.clone();
        events::record(&mut batch, store, tenant, &event.from(sender(address, agent)));
        store.apply(batch).await?;
    }
    Ok((StatusCode::OK, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response())
}

/// The token, if presenting it says enough.
///
/// No SDK proves possession here, so a public client's token speaks for itself; but only one that could still be
/// used. One that was spent may lie in a thief's hands, who must not end what its owner goes on with. A client
/// that authenticated may revoke by any token of the family.
fn owned<'a>(found: &'a Found, client: &Client) -> Option<&'a RefreshToken> {
    let token = match found {
        Found::Fresh(token) => token,
        Found::Spent { token, .. } if !client.is_public() => token,
        _ => return None,
    };
    (token.client == client.id).then_some(token)
}
