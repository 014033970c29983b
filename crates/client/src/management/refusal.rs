//! How the Management API says no.

use std::fmt;

use serde::Deserialize;

/// What the Management API had against a request, in the shape of Auth0:
/// `{"statusCode":404,"error":"Not Found","message":"…","errorCode":"inexistent_user"}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Refusal {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// Its name.
    pub error: String,
    /// What is wrong, for a developer to read.
    pub message: String,
    /// A word for programs, where there is one.
    #[serde(rename = "errorCode")]
    pub code: Option<String>,
}

impl Refusal {
    /// Reads the body of an answer that is no success. What is no JSON is passed over: a proxy said it.
    pub(super) fn read(status: http::StatusCode, body: &[u8]) -> Self {
        let told: Self = serde_json::from_slice(body).unwrap_or_default();
        let error = match told.error.as_str() {
            "" => status.canonical_reason().unwrap_or("no reason given").to_owned(),
            _ => told.error,
        };
        Self { status: status.as_u16(), error, ..told }
    }
}

impl Default for Refusal {
    fn default() -> Self {
        Self { status: 500, error: String::new(), message: String::new(), code: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, error, message, code } = self;
        let said = if message.is_empty() { error } else { message };
        match code {
            Some(code) => write!(f, "{said} ({status}, {code})"),
            None => write!(f, "{said} ({status})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_refusal_is_read_in_auth0s_shape_and_no_other_breaks_it() {
        let body = br#"{"statusCode":409,"error":"Conflict","message":"The user already exists.","errorCode":"auth0_idp_error"}"#;
        let refusal = Refusal::read(StatusCode::CONFLICT, body);
        assert_eq!(refusal.to_string(), "The user already exists. (409, auth0_idp_error)");
        for odd in ["<html>", "", "[1]", r#"{"error":7}"#] {
            let refusal = Refusal::read(StatusCode::BAD_GATEWAY, odd.as_bytes());
            assert_eq!((refusal.status, refusal.error.as_str()), (502, "Bad Gateway"), "{odd}");
        }
    }
}
