//! What an error says about itself: its code, what came with it, and whether trying again can help.

use std::time::Duration;

use keybound_proto::{code::ErrorCode, secret::Secret};

use super::ClientError;
use crate::protected::Demand;

/// Whether the same thing, done again, may end better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// Later, as it is.
    Later,
    /// Never, as it is.
    Never,
    /// After the user has logged in, or agreed, once more.
    WithUser,
}

impl ClientError {
    /// A word for programs and logs that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => "client.algorithm",
            Self::Answer(_) => "client.answer",
            Self::Audience { .. } => "client.audience",
            Self::Authentication { .. } => "client.authentication",
            Self::BodySpent { .. } => "client.body_spent",
            Self::Browser => "client.browser",
            Self::Busy { .. } => "client.busy",
            Self::Callback(_) => "client.callback",
            Self::Clock { .. } => "client.clock",
            Self::Endpoint(_) => "client.endpoint",
            Self::Header(_) => "client.header",
            Self::IdTokenMissing => "client.id_token_missing",
            Self::IdToken(_) => "client.id_token",
            Self::Issuer => "client.issuer",
            Self::Jwt(_) => "client.jwt",
            Self::Joined(error) => error.code(),
            Self::KeyElsewhere => "client.key_elsewhere",
            #[cfg(feature = "crypto")]
            Self::KeyExport(_) => "client.key_export",
            #[cfg(feature = "crypto")]
            Self::KeyGeneration(_) => "client.key_generation",
            #[cfg(feature = "crypto")]
            Self::KeyImport(_) => "client.key_import",
            Self::KeyMissing => "client.key_missing",
            #[cfg(feature = "crypto")]
            Self::KeyStore(_) => "client.key_store",
            Self::Keys(_) => "client.keys",
            Self::LoginRequired => "client.login_required",
            #[cfg(feature = "management")]
            Self::Management(_) => "client.management",
            Self::Metadata(_) => "client.metadata",
            Self::MfaRequired { .. } => "client.mfa_required",
            Self::Name(_) => "client.name",
            Self::Nonce(_) => "client.nonce",
            Self::NonceRetrySpent { .. } => "client.nonce_retry_spent",
            Self::OriginNotAllowed { .. } => "client.origin_not_allowed",
            Self::Proof(_) => "client.proof",
            Self::Redirect(_) => "client.redirect",
            Self::Refused { .. } => "client.refused",
            Self::ScopesMissing { .. } => "client.scopes_missing",
            Self::Sign(_) => "client.sign",
            Self::State => "client.state",
            Self::Status { .. } => "client.status",
            Self::StepUp { .. } => "client.step_up",
            #[cfg(all(feature = "crypto", feature = "web"))]
            Self::Store(_) => "client.store",
            Self::Subject(_) => "client.subject",
            Self::Thumbprint { .. } => "client.thumbprint",
            Self::Timeout => "client.timeout",
            Self::TokenType { .. } => "client.token_type",
            Self::Transaction => "client.transaction",
            Self::Transport(_) => "client.transport",
            Self::Uri(_) => "client.uri",
            Self::WebCrypto => "client.web_crypto",
        }
    }

    /// The code the server refused with, when it is one we know.
    pub fn refusal(&self) -> Option<ErrorCode> {
        self.oauth_code().and_then(ErrorCode::parse)
    }

    /// The code the server refused with, as it spelled it.
    pub fn oauth_code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => Some(error),
            Self::Busy { error, .. } => error.as_deref(),
            Self::StepUp { demand, .. } => demand.error.as_deref(),
            Self::NonceRetrySpent { .. } | Self::Nonce(_) => Some(ErrorCode::UseDpopNonce.as_str()),
            Self::Clock { .. } => Some(ErrorCode::InvalidDpopProof.as_str()),
            Self::MfaRequired { .. } => Some(ErrorCode::MfaRequired.as_str()),
            Self::Joined(error) => error.oauth_code(),
            _ => None,
        }
    }

    /// The HTTP status it came with.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Busy { status, .. }
            | Self::MfaRequired { status, .. }
            | Self::Refused { status, .. }
            | Self::Status { status } => Some(*status),
            Self::StepUp { demand, .. } => Some(demand.status),
            #[cfg(feature = "management")]
            Self::Management(refusal) => Some(refusal.status),
            Self::Joined(error) => error.status(),
            _ => None,
        }
    }

    /// What the server says for a developer to read.
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::Busy { description, .. }
            | Self::MfaRequired { description, .. }
            | Self::Refused { description, .. }
            | Self::StepUp { description, .. } => description.as_deref(),
            #[cfg(feature = "management")]
            Self::Management(refusal) => Some(&refusal.message),
            Self::Joined(error) => error.description(),
            _ => None,
        }
    }

    /// What the Management API had against the request, where it had something.
    #[cfg(feature = "management")]
    pub fn management(&self) -> Option<&crate::management::Refusal> {
        match self {
            Self::Management(refusal) => Some(refusal),
            Self::Joined(error) => error.management(),
            _ => None,
        }
    }

    /// What a second factor is shown with, where one is wanted.
    pub fn mfa_token(&self) -> Option<&Secret<String>> {
        match self {
            Self::MfaRequired { mfa_token, .. } => Some(mfa_token),
            Self::Joined(error) => error.mfa_token(),
            _ => None,
        }
    }

    /// What an API demands of the login, where it demands another one (RFC 9470).
    pub fn demand(&self) -> Option<&Demand> {
        match self {
            Self::StepUp { demand, .. } => Some(demand),
            Self::Joined(error) => error.demand(),
            _ => None,
        }
    }

    /// When trying again can help, where the server said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            Self::Joined(error) => error.retry_after(),
            _ => None,
        }
    }

    /// Whether trying again can help.
    pub fn again(&self) -> Again {
        match self {
            Self::Joined(error) => error.again(),
            Self::Transport(_)
            | Self::Nonce(_)
            | Self::NonceRetrySpent { .. }
            | Self::BodySpent { .. }
            | Self::Busy { .. } => Again::Later,
            Self::Status { status } | Self::Refused { status, .. } if *status >= 500 || *status == 429 => {
                Again::Later
            }
            #[cfg(feature = "management")]
            Self::Management(refusal) if refusal.status >= 500 => Again::Later,
            Self::Refused { .. } => self.refusal().map_or(Again::Never, after_refusal),
            Self::KeyMissing
            | Self::LoginRequired
            | Self::MfaRequired { .. }
            | Self::ScopesMissing { .. }
            | Self::State
            | Self::StepUp { .. }
            | Self::Thumbprint { .. }
            | Self::Timeout
            | Self::Transaction => Again::WithUser,
            _ => Again::Never,
        }
    }
}

const fn after_refusal(code: ErrorCode) -> Again {
    match code {
        ErrorCode::AuthorizationPending
        | ErrorCode::ServerError
        | ErrorCode::SlowDown
        | ErrorCode::TemporarilyUnavailable
        | ErrorCode::TooManyRequests => Again::Later,
        ErrorCode::AccountSelectionRequired
        | ErrorCode::ConsentRequired
        | ErrorCode::InsufficientUserAuthentication
        | ErrorCode::InteractionRequired
        | ErrorCode::InvalidGrant
        | ErrorCode::LoginRequired
        | ErrorCode::MfaRequired => Again::WithUser,
        _ => Again::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, error: &str) -> ClientError {
        ClientError::Refused { status, error: error.to_owned(), description: None }
    }

    #[test]
    fn an_error_says_whether_trying_again_can_help() {
        assert_eq!(refused(400, "invalid_grant").again(), Again::WithUser);
        assert_eq!(refused(403, "invalid_grant").again(), Again::WithUser);
        assert_eq!(refused(429, "too_many_requests").again(), Again::Later);
        assert_eq!(refused(503, "odd").again(), Again::Later);
        assert_eq!(refused(401, "invalid_client").again(), Again::Never);
        assert_eq!(refused(400, "unheard_of").again(), Again::Never);
        assert_eq!(ClientError::Issuer.again(), Again::Never);
        assert_eq!(refused(400, "invalid_scope").refusal(), Some(ErrorCode::InvalidScope));
    }
}
