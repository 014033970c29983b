//! Whether this process lives, and whether it can work.

use std::sync::Arc;

use axum::{Json, extract::State, response::IntoResponse};
use http::StatusCode;
use serde_json::json;

use crate::app::App;

/// The process runs. Nothing is asked of anybody else: a dead database is no reason to restart us.
pub(crate) async fn live() -> impl IntoResponse {
    Json(json!({ "status": "live" }))
}

/// The process can answer: its database does, and what remembers proofs where that is another.
pub(crate) async fn ready(State(app): State<Arc<App>>) -> impl IntoResponse {
    match tokio::try_join!(app.store.ping(), app.fleeting.ping_apart()) {
        Ok(_) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" })))
        }
    }
}
