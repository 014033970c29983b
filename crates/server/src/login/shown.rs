//! A page as a response: never stored, never sniffed, never framed unless it must be.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::{
    content_policy::ContentPolicy,
    dress::Leaf,
    pages::{Detail, Notice},
};
use crate::failure::Failure;

/// Renders a page, which is dressed on its way out.
pub(crate) fn shown(page: &impl Template, status: StatusCode, policy: &ContentPolicy) -> Response {
    let Ok(page) = page.render() else { unreachable!("templates write into a String, which cannot fail") };
    let leaf = Leaf::new(page, policy.clone());
    let (body, allowed) = leaf.plain();
    let mut response = (status, body).into_response();
    response.extensions_mut().insert(leaf);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    private(headers);
    if let Ok(value) = HeaderValue::try_from(allowed) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    if !policy.is_framed() {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

/// An error that no client may hear of, because nobody knows whose request it was.
pub(crate) fn failed(status: StatusCode, code: &str, description: &str) -> Response {
    let page = Notice {
        heading: "Something went wrong",
        text: "The request that brought you here could not be answered. Nothing was changed: \
               go back to the application you came from and try again.",
        link: None,
        detail: Some(Detail { code, description, reference: None }),
    };
    shown(&page, status, &ContentPolicy::page())
}

/// Tells a person what no client may be told (RFC 6749 §4.1.2.1): always `400` where it is the request's fault.
pub(crate) fn refused(failure: Failure) -> Response {
    let answer = failure.answer();
    let ours = answer.auth0.is_server_error() || answer.auth0 == StatusCode::TOO_MANY_REQUESTS;
    let status = if ours { answer.auth0 } else { StatusCode::BAD_REQUEST };
    let response = failed(status, answer.code.as_str(), &answer.description);
    failure.noted_in(response)
}

/// Says something to a person, with nothing to be done about it here.
pub(crate) fn notice(heading: &str, text: &str) -> Response {
    let page = Notice { heading, text, link: None, detail: None };
    shown(&page, StatusCode::OK, &ContentPolicy::page())
}

/// The end of a session, when nobody says where to go.
pub(crate) fn signed_out() -> Response {
    notice("You are signed out", "Your session in this browser has ended. You can close this page.")
}

/// Sends a browser on with `303`, so that what was posted is not posted again (RFC 9700 §4.12).
pub(crate) fn see_other(location: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, location)
}

/// Sends a browser on with `302`, as Auth0 answers a `GET`.
pub(crate) fn found(location: &str) -> Response {
    redirect(StatusCode::FOUND, location)
}

fn redirect(status: StatusCode, location: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(location) else {
        return failed(StatusCode::BAD_REQUEST, "invalid_request", "the address to return to cannot be sent");
    };
    let mut response = (status, [(header::LOCATION, location)]).into_response();
    private(response.headers_mut());
    response
}

fn private(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}
