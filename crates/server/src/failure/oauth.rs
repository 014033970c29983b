//! `error` and `error_description` (RFC 6749 §5.2).

use keybound_authority::Refusal;
use serde_json::{Value, json};

use super::{Answer, Failure, Reason};

/// The body.
pub(super) fn body(failure: &Failure, answer: &Answer) -> Value {
    let mut body = json!({ "error": answer.code.as_str(), "error_description": answer.description });
    if let Some(object) = body.as_object_mut() {
        if let Reason::Grant { refusal: Refusal::GrantNotAllowed { .. }, .. }
        | Reason::Refusal(Refusal::GrantNotAllowed { .. }) = failure.reason()
        {
            object.insert("error_uri".to_owned(), GRANT_TYPES.into());
        }
        if let Some(second) = failure.second() {
            object.insert("mfa_token".to_owned(), second.token.reveal().as_str().into());
            object.insert("mfa_requirements".to_owned(), second.requirements.to_json());
        }
        if let Some(echo) = failure.echo() {
            object.insert("refresh_token".to_owned(), echo.reveal().as_str().into());
        }
    }
    body
}

/// Where Auth0 explains grant types; its SDKs show it.
const GRANT_TYPES: &str = "https://auth0.com/docs/clients/client-grant-types";
