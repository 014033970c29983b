//! `statusCode`, `error`, `message`, `errorCode`: how the Management API says no.

use http::StatusCode;
use serde_json::{Value, json};

use super::{AccessFailure, Answer, Reason};

/// What the Management API was asked for that is not so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManagementFailure {
    /// There is one already, or it changed meanwhile.
    #[error("{message}")]
    Conflict {
        /// In Auth0's words.
        message: String,
        /// Auth0's `errorCode`, where it has one.
        code: Option<&'static str>,
    },
    /// The body does not describe what it should.
    #[error("{message}")]
    Body {
        /// In Auth0's words.
        message: String,
    },
    /// They may ask, but not for this one.
    #[error("{message}")]
    Forbidden {
        /// In Auth0's words.
        message: String,
        /// Auth0's `errorCode`, where it has one.
        code: Option<&'static str>,
    },
    /// The body is said to be something else than JSON.
    #[error("The content type must be application/json.")]
    MediaType,
    /// The path names no possible thing.
    #[error("{message}")]
    Path {
        /// In Auth0's words.
        message: String,
    },
    /// There is as much of it going on as may be at once.
    #[error("{message}")]
    Busy {
        /// In Auth0's words.
        message: String,
    },
    /// The query makes no sense.
    #[error("{message}")]
    Query {
        /// In Auth0's words.
        message: String,
    },
    /// There is no such thing.
    #[error("{message}")]
    NoSuch {
        /// In Auth0's words.
        message: String,
        /// Auth0's `errorCode`, where it has one.
        code: Option<&'static str>,
    },
    /// A setting that the server does not obey, and therefore does not keep.
    #[error("{message}")]
    NotOffered {
        /// In our words.
        message: String,
    },
    /// What is searched for takes too long to find.
    #[error(
        "The query exceeded the timeout. Please try refining your search criteria. See https://auth0.com/docs/best-practices/search-best-practices."
    )]
    TooLong,
    /// Possible, but not for this one.
    #[error("{message}")]
    NotSupported {
        /// In Auth0's words.
        message: String,
        /// Auth0's `errorCode`, where it has one.
        code: Option<&'static str>,
    },
}

impl ManagementFailure {
    /// Its stable sub-reason code.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "management.conflict",
            Self::Body { .. } => "management.invalid_body",
            Self::Forbidden { .. } => "management.forbidden",
            Self::Busy { .. } => "management.busy",
            Self::MediaType => "management.media_type",
            Self::Path { .. } => "management.invalid_uri",
            Self::Query { .. } => "management.invalid_query_string",
            Self::NoSuch { .. } => "management.no_such",
            Self::NotOffered { .. } => "management.not_offered",
            Self::TooLong => "management.too_long",
            Self::NotSupported { .. } => "management.not_supported",
        }
    }

    /// Its status; Auth0's is also HTTP's.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::NoSuch { .. } => StatusCode::NOT_FOUND,
            Self::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Forbidden { .. } | Self::NotOffered { .. } => StatusCode::FORBIDDEN,
            Self::TooLong => StatusCode::SERVICE_UNAVAILABLE,
            Self::Body { .. } | Self::Path { .. } | Self::Query { .. } | Self::NotSupported { .. } => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    /// Auth0's `errorCode`.
    pub const fn error_code(&self) -> Option<&'static str> {
        match self {
            Self::Conflict { code, .. }
            | Self::Forbidden { code, .. }
            | Self::NoSuch { code, .. }
            | Self::NotSupported { code, .. } => *code,
            Self::MediaType | Self::TooLong => None,
            Self::Busy { .. } => Some("too_many_requests"),
            Self::Body { .. } => Some("invalid_body"),
            Self::NotOffered { .. } => Some("feature_not_enabled"),
            Self::Path { .. } => Some("invalid_uri"),
            Self::Query { .. } => Some("invalid_query_string"),
        }
    }
}

/// The body.
pub(super) fn body(reason: &Reason, answer: &Answer, status: StatusCode) -> Value {
    let (message, code) = match reason {
        Reason::Management(failure) => (failure.to_string(), failure.error_code()),
        Reason::Access { failure: AccessFailure::Scope { needed }, .. } => {
            let needed = needed.to_string().replace(' ', ",");
            (format!("Insufficient scope, expected any of: {needed}"), Some("insufficient_scope"))
        }
        Reason::Access { failure: AccessFailure::Missing, .. } => ("Missing authentication".to_owned(), None),
        Reason::Access { failure: AccessFailure::Expired, .. } => {
            ("Expired token received for JSON Web Token validation".to_owned(), None)
        }
        Reason::Access { failure: AccessFailure::Untrusted { .. } | AccessFailure::Malformed, .. } => {
            ("Invalid token".to_owned(), None)
        }
        Reason::TooMany { .. } => ("Global limit has been reached".to_owned(), Some("too_many_requests")),
        Reason::Request(_) => (answer.description.to_string(), Some("invalid_body")),
        _ => (answer.description.to_string(), None),
    };
    let mut body = json!({
        "statusCode": status.as_u16(),
        "error": status.canonical_reason().unwrap_or("Error"),
        "message": message,
    });
    if let Some(object) = body.as_object_mut() {
        if let Some(code) = code {
            object.insert("errorCode".to_owned(), code.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            object.insert("attributes".to_owned(), json!({ "error": message }));
        }
    }
    body
}
