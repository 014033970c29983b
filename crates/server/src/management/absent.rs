//! Failures that several kinds have.

use keybound_api::Kind;
use keybound_store::documents::Document;
use serde_json::Value;

use super::managed::Members;
use crate::failure::{Failure, ManagementFailure, Reason};

/// There is no such thing.
pub(super) fn absent(kind: &'static Kind) -> Failure {
    let code = Some(kind.absent_code).filter(|code| !code.is_empty());
    ManagementFailure::NoSuch { message: kind.absent.to_owned(), code }.into()
}

/// It cannot be, in Auth0's words.
pub(super) fn unfit(message: impl Into<String>, code: Option<&'static str>) -> Failure {
    ManagementFailure::NotSupported { message: message.into(), code }.into()
}

/// The body does not describe what it should, in Auth0's words.
pub(super) fn wrong_body(message: impl Into<String>) -> Failure {
    ManagementFailure::Body { message: message.into() }.into()
}

/// The members of a document.
pub(super) fn members<K: keybound_store::documents::Kind>(
    document: &Document<K>,
) -> Result<Members, Failure> {
    match &document.doc {
        Value::Object(members) => Ok(members.clone()),
        _ => Err(Reason::Internal { detail: format!("{document:?} is no object") }.into()),
    }
}

/// The text of a member.
pub(super) fn text<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}
