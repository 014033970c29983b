//! `/api/v2/openapi.json`: what can be asked of this server, for machines that read OpenAPI.

use std::sync::{Arc, OnceLock};

use axum::{extract::State, response::IntoResponse};
use bytes::Bytes;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_api::openapi;

use crate::app::App;

/// The document, written when somebody first asks for it.
#[derive(Debug, Default)]
pub(crate) struct Described(OnceLock<Bytes>);

/// `GET /api/v2/openapi.json`
pub(crate) async fn document(State(app): State<Arc<App>>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    let written = || Bytes::from(openapi::document(app.tenant.issuer.as_str()).to_string());
    (headers, app.described.0.get_or_init(written).clone())
}
