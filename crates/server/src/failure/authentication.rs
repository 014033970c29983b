//! `code` and `description`: how Auth0's older endpoints say no (`/dbconnections/*`).

use http::StatusCode;
use keybound_authority::Refusal;
use serde_json::{Value, json};

use super::{Answer, Reason};

/// The body.
pub(super) fn body(reason: &Reason, answer: &Answer, status: StatusCode) -> Value {
    let (name, code, description) = match reason {
        Reason::Refusal(Refusal::UserExists) => {
            ("BadRequestError", "user_exists", "The user already exists.".to_owned())
        }
        Reason::Refusal(Refusal::WeakPassword) => {
            ("PasswordStrengthError", "invalid_password", "Password is too weak".to_owned())
        }
        Reason::Refusal(Refusal::SignupClosed | Refusal::BadIdentifier) => {
            ("BadRequestError", "invalid_signup", "Invalid sign up".to_owned())
        }
        _ => ("Error", answer.code.as_str(), answer.description.to_string()),
    };
    json!({ "name": name, "code": code, "description": description, "statusCode": status.as_u16() })
}
