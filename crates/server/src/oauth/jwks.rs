//! `/.well-known/jwks.json`: the keys that tokens are checked with (RFC 7517 §5).

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::app::App;

/// Every key whose signatures count, those that will sign soon among them.
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // The next key is published a day before it signs: an old copy still knows it.
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300, stale-while-revalidate=3600")),
    ];
    (headers, app.keys.now().document())
}
