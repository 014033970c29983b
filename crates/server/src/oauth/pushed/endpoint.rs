//! The endpoint itself: what was sent is judged as if a browser had brought it, and kept.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use keybound_authority::authorize::{object::open, push::unsigned};
use keybound_proto::{dpop::Possession, form::Form, response::pushed::PushedResponse};

use super::PushedName;
use crate::{
    app::App,
    extract::{FromClient, Known, client},
    failure::{Failure, RequestFailure},
    oauth::{ahead::Ahead, authorize::Asker},
    published_keys::with_keys,
};

/// `POST /oauth/par`.
pub(crate) async fn push(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, address, now, .. }: FromClient,
) -> Result<Response, Failure> {
    let ahead = Ahead { app: &app, path: "/oauth/par", address, now };
    let mut response = ahead.told(kept(ahead, known, &headers, form).await)?;
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// Keeps the request of a client that is who it says.
async fn kept(
    ahead: Ahead<'_>,
    known: Known,
    headers: &HeaderMap,
    form: Form,
) -> Result<(String, Option<Possession>), Failure> {
    let (client, evidence) = ahead.evidence(known, headers)?;
    if form.names("request_uri") {
        let problem = "names a pushed request, and cannot be pushed itself";
        return Err(RequestFailure::Parameter { parameter: "request_uri", problem }.into());
    }
    let lifetime = client.pushes.lifetime;
    let form = match form.text("request") {
        // RFC 9126 §3: what stands beside it does not count.
        Some(object) => {
            let signer = with_keys(ahead.app, client.clone(), object, ahead.now).await;
            open(&signer, object, &client::expected(ahead.app, ahead.now))?
        }
        None => {
            unsigned(&client)?;
            form.without(CREDENTIALS).with("client_id", client.id.as_str())
        }
    };
    let asker = Asker::of(client, &form)?;
    let (form, held) = ahead.judged(&asker, form, evidence).await?;
    let name = PushedName::new();
    name.keep(ahead.app, &form, ahead.now.plus(lifetime), ahead.now).await?;
    Ok((PushedResponse { request_uri: name.uri(), expires_in: lifetime }.to_json(), held))
}

/// What shows who the client is, and is not kept; its name is put back from what was shown.
const CREDENTIALS: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];
