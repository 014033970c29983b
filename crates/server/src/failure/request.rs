//! Requests that cannot be read.

use keybound_proto::{form::FormError, request::InvalidRequest};

/// Why a request cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestFailure {
    /// The parameters cannot be read.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The parameters are not what their document describes.
    #[error(transparent)]
    Invalid(#[from] InvalidRequest),
    /// The request names no host, more than one, or what is none (RFC 9112 §3.2).
    #[error("the request must name its host once")]
    Host,
    /// The body is neither a form nor JSON.
    #[error("the content type is neither application/x-www-form-urlencoded nor application/json")]
    MediaType,
    /// The path exists, and takes other methods.
    #[error("the path takes other methods")]
    Method,
    /// There is no such path.
    #[error("there is no such path")]
    NoSuchPath,
    /// A parameter has a value that makes no sense.
    #[error("the parameter {parameter} {problem}")]
    Parameter {
        /// Which.
        parameter: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    Awaited,
    /// The body did not arrive whole.
    #[error("the body ended early")]
    Interrupted,
    /// The body is larger than any that is read.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// Bytes read at most.
        limit: usize,
    },
    /// The request was not answered in time.
    #[error("the request took too long")]
    TooSlow,
}

impl RequestFailure {
    /// Its stable sub-reason code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Form(error) => form(error),
            Self::Invalid(error) => invalid(error),
            Self::Host => "request.host",
            Self::MediaType => "request.media_type",
            Self::Method => "request.method",
            Self::NoSuchPath => "request.no_such_path",
            Self::Parameter { .. } => "request.parameter",
            Self::Awaited => "request.awaited",
            Self::Interrupted => "request.interrupted",
            Self::TooLarge { .. } => "request.too_large",
            Self::TooSlow => "request.too_slow",
        }
    }
}

const fn form(error: &FormError) -> &'static str {
    match error {
        FormError::Encoding => "request.encoding",
        FormError::Json(_) => "request.json",
        FormError::Nested(_) => "request.nested",
        FormError::Repeated(_) => "request.repeated",
        FormError::Missing(_) => "request.missing",
        FormError::TooMany => "request.too_many_parameters",
        _ => "request.malformed",
    }
}

const fn invalid(error: &InvalidRequest) -> &'static str {
    match error {
        InvalidRequest::Clients => "client.two_clients",
        InvalidRequest::TwoAuthentications => "client.two_methods",
        InvalidRequest::Form(error) => form(error),
        InvalidRequest::Metadata { .. } => "request.client_metadata",
        InvalidRequest::RedirectUris { .. } => "request.redirect_uris",
        InvalidRequest::Pkce(_) => "pkce.malformed",
        InvalidRequest::Prompt => "authorize.prompt_contradicts",
        InvalidRequest::RequestObject => "request.object",
        InvalidRequest::RequestUri => "request.uri",
        InvalidRequest::ResponseMode => "authorize.response_mode",
        InvalidRequest::ResponseType => "authorize.response_type",
        InvalidRequest::Scope(_) => "scope.malformed",
        InvalidRequest::Target(_) => "audience.malformed",
        _ => "request.malformed",
    }
}
