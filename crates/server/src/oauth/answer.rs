//! How what is granted is told: JSON that nobody keeps, and a nonce for the next proof.

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::failure::offer_nonce;

/// A JSON text that no cache may keep, with a nonce where one is due (RFC 6749 §5.1, RFC 9449 §8.2).
pub(crate) fn json(body: String, nonce: Option<&str>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    offer_nonce(headers, nonce);
    response
}
