//! Which pages of other origins may read our answers (Fetch §3.2; sdks.md §0.4).
//!
//! The headers stand on every answer of a route, refusals and failures too: without them an app cannot tell
//! "try again with this nonce" from "the network is down".

use std::{collections::HashSet, sync::Arc};

use arc_swap::ArcSwapOption;
use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
    },
};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::StoreError;

use crate::{app::App, config::Reading, registered};

/// Origins of browser apps that are registered, as they were when last read.
#[derive(Debug, Default)]
pub struct Origins(ArcSwapOption<Known>);

#[derive(Debug)]
struct Known {
    origins: HashSet<Box<str>>,
    read_at: Timestamp,
}

impl Origins {
    /// Forgets what was read, since a client was changed.
    pub fn forget(&self) {
        self.0.store(None);
    }

    /// Whether some client registered this origin.
    ///
    /// What is known is read again after [`FRESH`], and at once, though not more than once a second, when an
    /// origin is not known: an app that was registered a moment ago must work.
    async fn holds(&self, app: &App, origin: &str) -> Result<bool, StoreError> {
        let now = app.clock.now();
        if let Some(known) = &*self.0.load() {
            let age = now.since(known.read_at);
            let found = known.origins.contains(origin);
            if age < i64::from(FRESH.as_secs()) && (found || age < 1) {
                return Ok(found);
            }
        }
        let known = Known { origins: registered::origins(app).await?, read_at: now };
        let found = known.origins.contains(origin);
        self.0.store(Some(Arc::new(known)));
        Ok(found)
    }
}

/// Which pages of other origins may read the answers of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Readers {
    /// Any: metadata and keys.
    Anyone,
    /// None: a person looks at them, or a server.
    Nobody,
    /// Those of registered origins; any, where clients need not be registered. No answer depends on cookies.
    Clients,
    /// Those of registered origins.
    Registered,
}

impl Readers {
    /// The page that asks, where that matters.
    pub(crate) fn origin(self, request: &Request) -> Option<HeaderValue> {
        match self {
            Self::Clients | Self::Registered => request.headers().get(ORIGIN).cloned(),
            Self::Anyone | Self::Nobody => None,
        }
    }

    /// The answer to a browser that asks whether it may ask.
    pub(crate) fn preflight(self, request: &Request) -> Option<Response> {
        match self {
            Self::Anyone | Self::Clients | Self::Registered if is_preflight(request) => Some(preflight()),
            _ => None,
        }
    }

    /// Says in an answer who may read it.
    pub(crate) async fn admit(self, app: &App, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        match self {
            Self::Anyone => drop(headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"))),
            Self::Nobody => {}
            Self::Registered => admit_registered(app, origin, headers).await,
            Self::Clients if app.config.client_documents.reading == Reading::Open => admit(origin, headers),
            Self::Clients => admit_registered(app, origin, headers).await,
        }
    }
}

async fn admit_registered(app: &App, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    let allowed = match origin.as_ref().and_then(|origin| origin.to_str().ok()) {
        Some(text) => app.origins.holds(app, text).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "failed to read the registered origins");
            false
        }),
        None => false,
    };
    admit(origin.filter(|_| allowed), headers);
}

fn admit(origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_name(ORIGIN));
    match origin {
        Some(origin) => {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
        // To a page of no such origin nothing is told, not even what a preflight could have asked for.
        None => forget_preflight(headers),
    }
}

fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    for (name, value) in PREFLIGHT {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn forget_preflight(headers: &mut HeaderMap) {
    for (name, _) in PREFLIGHT {
        headers.remove(name);
    }
}

const PREFLIGHT: [(HeaderName, &str); 3] = [
    (ACCESS_CONTROL_ALLOW_METHODS, "GET,POST,PATCH,DELETE,OPTIONS"),
    (ACCESS_CONTROL_ALLOW_HEADERS, "auth0-client, authorization, content-type, dpop, x-request-language"),
    (ACCESS_CONTROL_MAX_AGE, "600"),
];

const EXPOSED: &str = "DPoP-Nonce, WWW-Authenticate, Location, Retry-After, X-RateLimit-Limit, \
                       X-RateLimit-Remaining, X-RateLimit-Reset";

/// How long what is known of origins is good for.
const FRESH: Lifetime = Lifetime::seconds(10);
