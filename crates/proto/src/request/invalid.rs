//! Why a request cannot be read.

use crate::{code::ErrorCode, form::FormError, pkce::PkceError, scope::ScopeError, uri::UriError};

/// A request that is not what its document describes; each reason has the code that document gives it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// `Authorization` is there and is not `Basic` credentials.
    #[error("the Authorization header does not hold Basic credentials")]
    Authorization,
    /// Basic credentials or the body name two different clients.
    #[error("two different clients are named")]
    Clients,
    /// The parameters cannot be read, or one is missing.
    #[error("{0}")]
    Form(#[from] FormError),
    /// A parameter is there and is not what it must be.
    #[error("the parameter {name} {reason}")]
    Malformed {
        /// Which parameter.
        name: &'static str,
        /// What is wrong with it, to be read after its name.
        reason: &'static str,
    },
    /// What a client says of itself is not what can be registered (RFC 7591 §2).
    #[error("the client metadata {problem}")]
    Metadata {
        /// What is wrong with it.
        problem: String,
    },
    /// PKCE is asked for in a way that protects nothing.
    #[error("{0}")]
    Pkce(#[from] PkceError),
    /// `prompt` asks for no prompt and for one (OIDC Core §3.1.2.1).
    #[error("the parameter prompt holds none and another value")]
    Prompt,
    /// A client that sends users away names no address for them to come back to, or one that is none (RFC 7591 §2).
    #[error("redirect_uris must be a list of addresses: {problem}")]
    RedirectUris {
        /// What is wrong with it.
        problem: String,
    },
    /// `request`: request objects are not supported.
    #[error("request objects are not supported")]
    RequestObject,
    /// `request_uri`: requests by reference are not supported, or this one is not.
    #[error("requests by reference are not supported")]
    RequestUri,
    /// `response_mode` names no way we answer in.
    #[error("the response mode is not supported")]
    ResponseMode,
    /// `response_type` names no answer we give.
    #[error("the response type is not supported")]
    ResponseType,
    /// `scope` is not a list of scopes.
    #[error("{0}")]
    Scope(#[from] ScopeError),
    /// `resource` is not an absolute URI without fragment (RFC 8707 §2).
    #[error("the resource is not acceptable: {0}")]
    Target(UriError),
    /// A client authenticates in two ways at once (RFC 6749 §2.3).
    #[error("the client authenticates in more than one way")]
    TwoAuthentications,
}

impl InvalidRequest {
    /// The code its document gives the reason.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Metadata { .. } => ErrorCode::InvalidClientMetadata,
            Self::RedirectUris { .. } => ErrorCode::InvalidRedirectUri,
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::Scope(_) => ErrorCode::InvalidScope,
            Self::Target(_) => ErrorCode::InvalidTarget,
            _ => ErrorCode::InvalidRequest,
        }
    }
}
