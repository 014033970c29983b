//! For a person: a page that says what happened and what to do.

use axum::response::Response;
use http::StatusCode;

use super::Answer;

/// The page.
pub(super) fn render(status: StatusCode, answer: &Answer) -> Response {
    crate::login::failed(status, answer.code.as_str(), &answer.description)
}
