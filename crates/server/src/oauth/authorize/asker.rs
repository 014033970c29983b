//! Who asks, and where an answer may go.

use axum::response::Response;
use http::StatusCode;
use keybound_authority::{
    Refusal,
    authorize::request::{Trusted, trust},
    model::client::Client,
};
use keybound_proto::{form::Form, request::authorization::ReturnAddress};

use crate::{app::App, failure::Failure, login::shown, registered};

/// A client, and an address of its own.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) trusted: Trusted,
}

/// Finds out whom to answer. A failure here is nobody's but the person's in front of the browser.
pub(crate) async fn asker(app: &App, form: &Form) -> Result<Asker, Failure> {
    let back = ReturnAddress::parse(form)?;
    let client = registered::client(app, &back.client_id).await?.ok_or(Refusal::UnknownClient)?;
    let trusted = trust(&back, &client)?;
    Ok(Asker { client, trusted })
}

/// Tells a person what no client may be told (RFC 6749 §4.1.2.1): always `400` where it is the request's fault.
pub(super) fn page(failure: Failure) -> Response {
    let answer = failure.answer();
    let ours = answer.auth0.is_server_error() || answer.auth0 == StatusCode::TOO_MANY_REQUESTS;
    let status = if ours { answer.auth0 } else { StatusCode::BAD_REQUEST };
    let response = shown::failed(status, answer.code.as_str(), &answer.description);
    failure.noted_in(response)
}
