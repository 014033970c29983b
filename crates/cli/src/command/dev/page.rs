//! The demo page's server: a handful of files, a strict policy, and one document that says where everything is.

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use super::places::Places;
use crate::{error::Failure, exit::Exit};

/// What the page must be told; everything else it finds out by discovery.
#[derive(Clone, Serialize)]
pub(super) struct PageConfig {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) api: String,
    pub(super) audience: String,
    pub(super) scope: &'static str,
}

/// A file of the page: path, media type, bytes.
type File = (&'static str, &'static str, &'static str);

const FILES: [File; 14] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/style.css", CSS, include_str!("page/style.css")),
    ("/steps.css", CSS, include_str!("page/steps.css")),
    ("/thief.css", CSS, include_str!("page/thief.css")),
    ("/icon.svg", "image/svg+xml", include_str!("page/icon.svg")),
    ("/main.js", JS, include_str!("page/main.js")),
    ("/key.js", JS, include_str!("page/key.js")),
    ("/store.js", JS, include_str!("page/store.js")),
    ("/call.js", JS, include_str!("page/call.js")),
    ("/flow.js", JS, include_str!("page/flow.js")),
    ("/timeline.js", JS, include_str!("page/timeline.js")),
    ("/thief.js", JS, include_str!("page/thief.js")),
    ("/loot.js", JS, include_str!("page/loot.js")),
    ("/view.js", JS, include_str!("page/view.js")),
];

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The page's routes.
pub(super) fn router(config: PageConfig, places: &Places) -> Result<Router, Failure> {
    let policy = HeaderValue::try_from(policy(places))
        .map_err(|error| Failure::new(Exit::Failed, format!("write the page's policy: {error}")))?;
    Ok(Router::new()
        .route("/config.json", get(|State(config): State<PageConfig>| async move { Json(config) }))
        .fallback(get(file))
        .layer(axum::middleware::map_response(move |response: Response| {
            let policy = policy.clone();
            async move { guarded(response, policy) }
        }))
        .with_state(config))
}

async fn file(uri: Uri) -> Response {
    let found = FILES.iter().find(|(path, _, _)| *path == uri.path());
    match found {
        Some((_, media_type, text)) => ([(header::CONTENT_TYPE, *media_type)], *text).into_response(),
        None => (StatusCode::NOT_FOUND, "There is nothing here.\n").into_response(),
    }
}

/// Scripts and styles from here only, requests to the two servers only, in nobody's frame.
fn policy(places: &Places) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {} {}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'",
        places.issuer_origin(),
        places.api_origins().join(" "),
    )
}

fn guarded(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
