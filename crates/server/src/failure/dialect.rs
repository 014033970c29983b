//! Which words a route's errors use.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER},
};

use keybound_proto::{code::ErrorCode, dpop::DpopNonce};

use super::{Answer, Failure, Told, Untold, authentication, challenge, management, oauth, page, texts};

/// How the errors of a route are worded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `code` and `description`.
    Authentication,
    /// `statusCode`, `error`, `message`, `errorCode`, with challenges.
    Management,
    /// `error` and `error_description`.
    OAuth,
    /// For a person.
    Page,
    /// `error` and `error_description` at a protected resource, with challenges (RFC 6750 §3, RFC 9449 §7.1).
    Resource,
}

impl Dialect {
    fn status(self, answer: &Answer) -> StatusCode {
        match self {
            Self::Management | Self::Resource => answer.at_resource,
            Self::Authentication | Self::OAuth | Self::Page => answer.auth0,
        }
    }

    /// Words a failure.
    pub fn render(self, failure: &Failure) -> Response {
        let mut answer = failure.answer();
        if answer.code == ErrorCode::UseDpopNonce && matches!(self, Self::Management | Self::Resource) {
            answer.description = texts::NONCE_AT_RESOURCE.into();
        }
        let status = self.status(&answer);
        let mut response = match self {
            Self::Authentication => json(status, &authentication::body(failure.reason(), &answer, status)),
            Self::Management => json(status, &management::body(failure.reason(), &answer, status)),
            Self::OAuth | Self::Resource => json(status, &oauth::body(failure, &answer)),
            Self::Page => page::render(status, &answer),
        };
        let headers = response.headers_mut();
        match self {
            Self::Management | Self::Resource => challenge::at_resource(failure, &answer, headers),
            // Never a challenge beside 400: oauth4webapi then no longer reads the body.
            Self::OAuth => challenge::for_client(failure.reason(), "oauth", headers),
            Self::Authentication | Self::Page => {}
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        offer_nonce(headers, failure.nonce().map(DpopNonce::as_str));
        if let Some(seconds) = failure.reason().retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Words the failure that a handler returned, if it did.
pub(crate) fn tell(dialect: Dialect, mut response: Response) -> Response {
    let Some(Untold(failure)) = response.extensions_mut().remove::<Untold>() else { return response };
    let mut worded = dialect.render(&failure);
    for (name, value) in response.headers() {
        if !worded.headers().contains_key(name) {
            worded.headers_mut().append(name, value.clone());
        }
    }
    worded.extensions_mut().insert(Told(failure));
    worded
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, Json(body)).into_response()
}

/// Sends a nonce for the next request along, where one is due (RFC 9449 §8.2).
pub(crate) fn offer_nonce(headers: &mut HeaderMap, nonce: Option<&str>) {
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
        headers.insert(DPOP_NONCE, nonce);
    }
}

/// RFC 9449 §8.
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
