//! What went wrong, in our words.

use keybound_authority::{Refusal, model::client::GrantKind};
use keybound_proto::{dpop::ProofError, form::FormError, request::InvalidRequest};
use keybound_store::StoreError;

use super::{AccessFailure, ManagementFailure, RequestFailure};
use crate::{key_ring::KeyRingError, passwords::HashingError};

/// What went wrong, in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// Credentials at one of our own resources.
    Access {
        /// Why they do not do.
        failure: AccessFailure,
        /// How they came.
        scheme: AccessScheme,
    },
    /// The client did not authenticate (RFC 6749 §2.3).
    Client {
        /// Why.
        refusal: Refusal,
        /// Where it tried to.
        sent: ClientHeader,
    },
    /// A grant was not redeemed.
    Grant {
        /// Which.
        grant: GrantKind,
        /// Why.
        refusal: Refusal,
    },
    /// Our own fault. The detail is for the operator alone.
    Internal {
        /// What broke.
        detail: String,
    },
    /// The Management API was asked for something that is not so.
    Management(ManagementFailure),
    /// The proof was refused (RFC 9449).
    Proof(ProofError),
    /// A decision said no.
    Refusal(Refusal),
    /// The request cannot be read.
    Request(RequestFailure),
    /// Asked too often.
    TooMany {
        /// Seconds until asking makes sense again.
        retry_after: u32,
    },
    /// Somebody we need does not answer. The detail is for the operator alone.
    Unavailable {
        /// Who, and what was said.
        detail: String,
    },
}

/// Whether the client tried to authenticate by the `Authorization` header (RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientHeader {
    /// By it: the answer names the scheme.
    Used,
    /// By the body, or not at all.
    Unused,
}

/// How credentials came to a protected resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessScheme {
    /// As a bearer token.
    Bearer,
    /// With a proof.
    Dpop,
    /// Not at all, or nobody knows.
    None,
}

impl Reason {
    /// Whether the same client, asking again, may well succeed.
    pub fn may_be_tried_again(&self) -> bool {
        match self {
            Self::Proof(error) => error.asks_for_nonce(),
            Self::Internal { .. } | Self::TooMany { .. } | Self::Unavailable { .. } => true,
            Self::Request(request) => matches!(request, RequestFailure::TooSlow),
            _ => false,
        }
    }

    /// After how many seconds asking makes sense again, where the answer says so (RFC 9110 §10.2.3).
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooMany { retry_after } => Some(*retry_after),
            // As at Auth0, where its words say so too.
            Self::Grant { grant: GrantKind::Ciba, refusal: Refusal::AskedTooFast } => Some(10),
            Self::Unavailable { .. }
            | Self::Proof(ProofError::MemoryFull)
            | Self::Management(ManagementFailure::TooLong) => Some(1),
            Self::Refusal(Refusal::DocumentUnreachable) => Some(30),
            _ => None,
        }
    }

    /// What the operator should read and nobody else.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Internal { detail } | Self::Unavailable { detail } => Some(detail.clone()),
            Self::Proof(error) => {
                let expected = error.expected().map(|expected| format!(" expected={expected}"));
                let found = error.found().map(|found| format!(" found={found}"));
                Some(format!("{error}{}{}", expected.unwrap_or_default(), found.unwrap_or_default()))
            }
            Self::Client { refusal, .. } | Self::Grant { refusal, .. } | Self::Refusal(refusal) => {
                Some(refusal.to_string())
            }
            Self::Access { failure, .. } => Some(failure.to_string()),
            Self::Management(management) => Some(management.to_string()),
            Self::Request(request) => Some(request.to_string()),
            Self::TooMany { .. } => None,
        }
    }
}

impl From<AccessFailure> for Reason {
    fn from(failure: AccessFailure) -> Self {
        Self::Access { failure, scheme: AccessScheme::None }
    }
}

impl From<ManagementFailure> for Reason {
    fn from(failure: ManagementFailure) -> Self {
        Self::Management(failure)
    }
}

impl From<ProofError> for Reason {
    fn from(error: ProofError) -> Self {
        Self::Proof(error)
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<RequestFailure> for Reason {
    fn from(failure: RequestFailure) -> Self {
        Self::Request(failure)
    }
}

impl From<FormError> for Reason {
    fn from(error: FormError) -> Self {
        Self::Request(RequestFailure::Form(error))
    }
}

impl From<InvalidRequest> for Reason {
    fn from(error: InvalidRequest) -> Self {
        Self::Request(RequestFailure::Invalid(error))
    }
}

impl From<StoreError> for Reason {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::Corrupt { .. } | StoreError::Database { .. } => Self::Internal { detail },
            StoreError::TooLong => Self::Management(ManagementFailure::TooLong),
            _ => Self::Unavailable { detail },
        }
    }
}

impl From<KeyRingError> for Reason {
    fn from(error: KeyRingError) -> Self {
        match error {
            KeyRingError::Store(error) => error.into(),
            other => Self::Internal { detail: other.to_string() },
        }
    }
}

impl From<HashingError> for Reason {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Unavailable { detail: error.to_string() },
            _ => Self::Internal { detail: error.to_string() },
        }
    }
}
