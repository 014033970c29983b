//! Every reason a guard has to say no.

use keybound_proto::{
    code::ErrorCode, dpop::ProofError, jose::JwtError, request::resource::InvalidCredentials, scope::Scopes,
};

use crate::{Authentication, KeysError};

/// Why a request was refused. Its text finishes the sentence "refused because …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The user signed in in another way than this request takes, or too long ago (RFC 9470).
    #[error("the user must sign in in another way, or once more")]
    Authentication(Authentication),
    /// Only bound tokens are accepted here.
    #[error("only tokens bound to a key are accepted here")]
    BearerNotAccepted,
    /// The memory for proofs is full; another proof with a fresh nonce may find room.
    #[error("too many proofs are in use to remember another")]
    Crowded,
    /// The credentials cannot be read.
    #[error(transparent)]
    Credentials(#[from] InvalidCredentials),
    /// A bound token came without its key: as a bearer token (RFC 9449 §7.2).
    #[error("the token is bound to a key and was sent as a bearer token")]
    Downgraded,
    /// The issuer's keys are not to be had.
    #[error("the issuer's keys are not to be had")]
    Keys(#[from] KeysError),
    /// The request cannot be read.
    #[error("{0}")]
    Malformed(&'static str),
    /// There are none.
    #[error("an access token is required")]
    NoCredentials,
    /// The proof is refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The memory for proofs cannot be reached.
    #[error("the memory for proofs cannot be reached")]
    ReplayLost,
    /// The token permits less than this request needs.
    #[error("the token does not permit this; it takes {0}")]
    Scope(Scopes),
    /// The token itself is refused.
    #[error(transparent)]
    Token(#[from] JwtError),
    /// An unbound token was sent as a bound one.
    #[error("the token is not bound to a key and was sent as one that is")]
    Unbound,
}

impl Refused {
    /// A name for the reason that never changes, for instance `token.expired` or `proof.htu_mismatch`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Authentication(_) => "token.authentication_insufficient",
            Self::BearerNotAccepted => "token.bearer_not_accepted",
            Self::Crowded => "proof.memory_full",
            Self::Downgraded => "token.bound_sent_as_bearer",
            Self::Keys(_) => "server.issuer_keys_lost",
            Self::Credentials(_) | Self::Malformed(_) => "request.credentials_malformed",
            Self::NoCredentials => "request.no_credentials",
            Self::Proof(why) => why.code(),
            Self::ReplayLost => "server.replay_memory_lost",
            Self::Scope(_) => "token.scope_missing",
            Self::Token(why) => match why {
                JwtError::Alg { .. } => "token.alg_unsupported",
                JwtError::Audience => "token.aud_mismatch",
                JwtError::Expired { .. } => "token.expired",
                JwtError::Issuer => "token.iss_mismatch",
                JwtError::NoKey => "token.key_unknown",
                JwtError::NotYet { .. } => "token.not_yet_valid",
                JwtError::Signature(_) => "token.signature_invalid",
                JwtError::Type => "token.typ_mismatch",
                _ => "token.malformed",
            },
            Self::Unbound => "token.unbound_sent_as_bound",
        }
    }

    /// The error a challenge names; `None` when there were no credentials (RFC 6750 §3.1), or when it is not the
    /// client's fault.
    pub const fn error(&self) -> Option<ErrorCode> {
        match self {
            Self::BearerNotAccepted | Self::Downgraded | Self::Token(_) | Self::Unbound => {
                Some(ErrorCode::InvalidToken)
            }
            // The proof is a good one; it is the token that belongs to somebody else.
            Self::Proof(ProofError::KeyMismatch { .. }) => Some(ErrorCode::InvalidToken),
            Self::Proof(ProofError::MemoryFull) | Self::Keys(_) | Self::ReplayLost | Self::NoCredentials => {
                None
            }
            Self::Proof(why) if why.asks_for_nonce() => Some(ErrorCode::UseDpopNonce),
            Self::Proof(_) => Some(ErrorCode::InvalidDpopProof),
            Self::Crowded => Some(ErrorCode::UseDpopNonce),
            Self::Credentials(_) | Self::Malformed(_) => Some(ErrorCode::InvalidRequest),
            Self::Authentication(_) => Some(ErrorCode::InsufficientUserAuthentication),
            Self::Scope(_) => Some(ErrorCode::InsufficientScope),
        }
    }

    /// Whether the answer is `use_dpop_nonce`.
    pub(crate) fn asks_for_nonce(&self) -> bool {
        self.error() == Some(ErrorCode::UseDpopNonce)
    }
}
