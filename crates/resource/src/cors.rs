//! What browsers of other origins may do: without this a script cannot see the nonce (Fetch §3.2).

use http::{
    HeaderMap, HeaderValue, Method,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION,
        ORIGIN, VARY,
    },
};
use keybound_proto::uri::Origin;

/// Which pages may call the guarded resource from a browser.
///
/// Cookies are never allowed along, so that nothing a browser adds by itself is believed.
#[derive(Clone, Debug)]
pub struct Cors {
    origins: Option<Vec<Origin>>,
    headers: String,
    methods: String,
}

impl Cors {
    /// Pages of these origins.
    pub fn only(origins: Vec<Origin>) -> Self {
        Self { origins: Some(origins), ..Self::any() }
    }

    /// Pages of every origin: what protects the resource is the key, not the page.
    pub fn any() -> Self {
        Self {
            origins: None,
            headers: "authorization, content-type, dpop".to_owned(),
            methods: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS".to_owned(),
        }
    }

    /// Allows another request header, for instance `traceparent`.
    #[must_use]
    pub fn with_header(mut self, name: &http::HeaderName) -> Self {
        self.headers.push_str(", ");
        self.headers.push_str(name.as_str());
        self
    }

    /// What the answer to a request of this header must carry; nothing for an origin that is not allowed.
    pub(crate) fn answer(&self, request: &HeaderMap) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = request.get(ORIGIN) else { return headers };
        let Some(asking) = origin.to_str().ok().and_then(|origin| Origin::parse(origin).ok()) else {
            return headers;
        };
        if self.origins.as_ref().is_some_and(|allowed| !allowed.contains(&asking)) {
            return headers;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        headers
    }

    /// The same for a preflight, which also asks what may be sent.
    pub(crate) fn preflight(&self, request: &HeaderMap) -> HeaderMap {
        let mut headers = self.answer(request);
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            for (name, value) in [
                (ACCESS_CONTROL_ALLOW_HEADERS, self.headers.as_str()),
                (ACCESS_CONTROL_ALLOW_METHODS, self.methods.as_str()),
                (ACCESS_CONTROL_MAX_AGE, "600"),
            ] {
                if let Ok(value) = HeaderValue::from_str(value) {
                    headers.insert(name, value);
                }
            }
        }
        headers
    }
}

/// Whether a browser asks if it may ask. It sends no credentials then, and none are needed.
pub(crate) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        && !headers.contains_key(AUTHORIZATION)
}

const EXPOSED: &str = "DPoP-Nonce, WWW-Authenticate, Location, Retry-After";
