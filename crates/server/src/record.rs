//! One log line per request. It never holds a token, a proof, a code or a secret: only what is listed here.

use std::{
    sync::{Arc, OnceLock},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::Method;
use keybound_proto::id::ClientId;

use crate::{app::App, extract::address, failure::Told, metered};

/// What a handler learns on the way and the log line should tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted(Arc<OnceLock<ClientId>>);

impl Noted {
    /// Which client asked.
    pub(crate) fn client(&self, id: &ClientId) {
        // The first one stands: a request has one client.
        let _ = self.0.set(id.clone());
    }
}

/// The outermost layer.
pub(crate) async fn record(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let noted = Noted::default();
    let method = named(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    request.extensions_mut().insert(noted.clone());
    let (parts, body) = request.into_parts();
    let from = address(&parts, &app.config.trusted_proxies);
    let response = next.run(Request::from_parts(parts, body)).await;

    let status = response.status().as_u16();
    let took = began.elapsed();
    metered::answered(&route, method, status, took.as_secs_f64());
    let client = noted.0.get().map_or("-", ClientId::as_str);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    match response.extensions().get::<Told>() {
        None => tracing::info!(method, route, status, micros, %from, client, "answered"),
        Some(Told(failure)) => {
            let answer = failure.answer();
            metered::refused(answer.reason);
            let (error, reason) = (answer.code.as_str(), answer.reason);
            let detail = failure.reason().detail().unwrap_or_default();
            if status >= 500 {
                tracing::error!(method, route, status, micros, %from, client, error, reason, detail, "failed");
            } else {
                tracing::info!(method, route, status, micros, %from, client, error, reason, detail, "refused");
            }
        }
    }
    response
}

/// The method's name, from a closed list: a label must not be a stranger's to invent.
fn named(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
