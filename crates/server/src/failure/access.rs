//! Credentials at our own resources: userinfo and the Management API (RFC 6750, RFC 9449 §7).

use keybound_proto::scope::Scopes;

/// Why a request to one of our own resources was not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessFailure {
    /// A token bound to a key came as a bearer token (RFC 9449 §7.2): perhaps it was stolen.
    #[error("a token bound to a key was sent as a bearer token")]
    Downgraded,
    /// More than one credential, or in more than one place (RFC 6750 §2).
    #[error("credentials were sent more than once, or in a place where they are not read")]
    Several,
    /// The token is past its `exp`.
    #[error("the access token has expired")]
    Expired,
    /// The token does not permit this.
    #[error("the access token has none of the scopes {needed}")]
    Scope {
        /// Any of these would do.
        needed: Scopes,
    },
    /// The proof's key is not the token's (RFC 9449 §7.1).
    #[error("the access token is bound to another key")]
    KeyMismatch,
    /// The header is there and cannot be read.
    #[error("the Authorization header is malformed")]
    Malformed,
    /// No credentials at all: the answer names no error (RFC 6750 §3.1).
    #[error("no credentials were sent")]
    Missing,
    /// Of whom the token speaks is gone or shut out.
    #[error("the user of the access token is gone or blocked")]
    UserGone,
    /// A token that is not bound came with the DPoP scheme (RFC 9449 §7.1).
    #[error("a token that is not bound to a key was sent with the DPoP scheme")]
    Unbound,
    /// Not a token of ours, not for us, or not an access token.
    #[error("the access token was refused: {why}")]
    Untrusted {
        /// What is wrong with it.
        why: &'static str,
    },
}

impl AccessFailure {
    /// Its stable sub-reason code: the one a resource server's guard has for the same fact.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Downgraded => "token.bound_sent_as_bearer",
            Self::Expired => "token.expired",
            Self::Scope { .. } => "token.scope_missing",
            Self::KeyMismatch => "proof.key_mismatch",
            Self::Malformed | Self::Several => "request.credentials_malformed",
            Self::Missing => "request.no_credentials",
            Self::UserGone => "token.user_gone",
            Self::Unbound => "token.unbound_sent_as_bound",
            Self::Untrusted { .. } => "token.untrusted",
        }
    }
}
