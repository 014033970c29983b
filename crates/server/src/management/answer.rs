//! What the Management API answers with.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use keybound_proto::dpop::DpopNonce;
use serde_json::Value;

use super::permit::Caller;
use crate::failure::offer_nonce;

/// An answer with a body.
pub(super) fn told(caller: &Caller, status: StatusCode, body: &Value) -> Response {
    finished(caller, (status, Json(body)).into_response())
}

/// An answer without one.
pub(super) fn done(caller: &Caller) -> Response {
    finished(caller, StatusCode::NO_CONTENT.into_response())
}

/// Nobody keeps it, and it carries a nonce where one is due.
fn finished(caller: &Caller, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    offer_nonce(headers, caller.nonce.as_ref().map(DpopNonce::as_str));
    response
}
