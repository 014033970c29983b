//! Where an answer sends a request on to.

use http::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName},
};

/// What is done with redirects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Redirects {
    /// They are handed over as they came.
    #[default]
    HandedOver,
    /// They are followed, each with a new proof, to origins that tokens may go to; another is an error.
    Followed,
}

/// Most redirects that are followed for one request.
pub(super) const LIMIT: u32 = 10;

/// Where to, if anywhere (RFC 9110 §15.4).
pub(super) fn target(status: StatusCode, headers: &HeaderMap) -> Option<&str> {
    let follows = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    headers.get(header::LOCATION).filter(|_| follows)?.to_str().ok()
}

/// The method there: `GET` for what was a `POST` before 301 and 302, and for anything but `HEAD` after 303.
pub(super) fn method(status: StatusCode, method: &Method) -> Method {
    match (status.as_u16(), method) {
        (301 | 302, &Method::POST) => Method::GET,
        (303, method) if *method != Method::HEAD => Method::GET,
        (_, method) => method.clone(),
    }
}

/// What describes a body, and goes when the body does (RFC 9110 §15.4).
pub(super) const OF_BODY: [HeaderName; 5] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_LOCATION,
    header::CONTENT_TYPE,
];
