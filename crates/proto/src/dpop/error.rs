//! Why a proof is refused: one reason each, with a code that never changes.

use std::fmt;

use crate::{
    jose::{AlgSet, Thumbprint},
    time::{Lifetime, Timestamp},
};

/// Why a proof is refused. Its text finishes the sentence "the proof was refused because …".
///
/// [`ProofError::code`] is stable and is what descriptions, logs and the explainer all say;
/// [`ProofError::expected`] and [`ProofError::found`] hold nothing secret and are fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// RFC 9449 §4.3 (5).
    #[error("its algorithm is not accepted here")]
    Algorithm {
        /// As sent.
        found: Shown,
        /// Accepted here.
        accepted: AlgSet,
    },
    /// The key cannot have made a signature of that algorithm (RFC 7515 §4.1.1).
    #[error("its algorithm does not belong to its key")]
    AlgorithmForKey {
        /// As sent.
        found: Shown,
        /// What the key may be used for.
        allowed: AlgSet,
    },
    /// It was made before this process began to remember proofs, so it may have been used then.
    #[error("it was made before this server started and may have been used already")]
    BeforeMemory {
        /// Whether a nonce would settle it.
        remedied_by_nonce: bool,
    },
    /// The payload is not one JSON object with one meaning.
    #[error("its payload is not a JSON object we accept: {0}")]
    Claims(Shown),
    /// A header parameter that must be understood, and is not (RFC 7515 §4.1.11).
    #[error("it demands an extension that is not understood here")]
    Critical,
    /// The header field is there but holds nothing.
    #[error("the DPoP header is empty")]
    Empty,
    /// Its `exp` has passed.
    #[error("it has expired")]
    Expired {
        /// How long ago, by the clock it is judged by.
        ago: i64,
    },
    /// The JOSE header is not one JSON object with one meaning.
    #[error("its header is not a JSON object we accept: {0}")]
    Header(Shown),
    /// The `jti` is empty, too long, or holds characters that must not be there.
    #[error("its jti is not an identifier: {0}")]
    Jti(Shown),
    /// The key in it is not one we accept.
    #[error("its key is not accepted: {0}")]
    Key(Shown),
    /// The key in it is not the one that the token or the code is bound to (RFC 9449 §4.3 (12)).
    #[error("its key is not the one the token is bound to")]
    KeyMismatch {
        /// Bound to.
        expected: Thumbprint,
        /// Signed by.
        found: Thumbprint,
    },
    /// It is not three parts of base64url (RFC 7515 §7.1).
    #[error("it is not a compact JWS: {0}")]
    Malformed(Shown),
    /// The memory for proofs is full, and forgetting one would let it be used again.
    #[error("too many proofs are in use to remember another")]
    MemoryFull,
    /// RFC 9449 §4.3 (8).
    #[error("it was made for another method")]
    Method {
        /// Of the request.
        expected: Shown,
        /// As claimed.
        found: Shown,
    },
    /// No proof came with the request.
    #[error("there is no DPoP header")]
    Missing,
    /// RFC 9449 §4.3 (3).
    #[error("it has no {name}, or not in the form it must have")]
    MissingMember {
        /// Which header parameter or claim.
        name: &'static str,
    },
    /// A nonce of ours, but too old.
    #[error("its nonce has expired")]
    NonceExpired {
        /// Its age.
        age: i64,
        /// How old one may be.
        limit: Lifetime,
    },
    /// RFC 9449 §8.
    #[error("it has no nonce, and one is required here")]
    NonceMissing,
    /// Not a nonce of ours: made up, damaged, or given out by somebody else.
    #[error("its nonce was not issued here")]
    NonceUnknown,
    /// Its `nbf` has not come yet.
    #[error("it is not valid yet")]
    NotYetValid {
        /// In how many seconds, by the clock it is judged by.
        ahead: i64,
    },
    /// RFC 9449 §4.3 (7).
    #[error("its key is a private key, which must now be considered stolen")]
    PrivateKey {
        /// The member that gives it away.
        member: Shown,
    },
    /// RFC 9449 §11.1.
    #[error("it was used before")]
    Replayed,
    /// RFC 9449 §4.3 (1).
    #[error("there is more than one DPoP header, or more than one proof in it")]
    Several,
    /// RFC 9449 §4.3 (6).
    #[error("its signature does not verify")]
    Signature,
    /// RFC 9449 §4.3 (11): by the clock that made it, it is too old or from the future.
    #[error("the clock that made it is {}; at most {limit} are allowed", Offset(*.offset))]
    Time {
        /// Seconds its `iat` is behind our clock; negative when it is ahead.
        offset: i64,
        /// Its `iat`.
        issued: Timestamp,
        /// How far it may be off in that direction.
        limit: Lifetime,
        /// Whether a nonce would make the offset harmless.
        remedied_by_nonce: bool,
    },
    /// The `ath` is not the hash of the access token (RFC 9449 §4.3 (12)).
    #[error("it was made for another access token")]
    TokenHash {
        /// As it must be.
        expected: Shown,
        /// As claimed.
        found: Shown,
    },
    /// There is no `ath`, and an access token came with the proof (RFC 9449 §7).
    #[error("it has no ath, which names the access token")]
    TokenHashMissing,
    /// Larger than any proof we read.
    #[error("it has {found} bytes; at most {} are read", super::LIMIT)]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// RFC 9449 §4.3 (4).
    #[error("its typ is not dpop+jwt")]
    Type {
        /// As sent.
        found: Shown,
    },
    /// RFC 9449 §4.3 (9).
    #[error("it was made for another URL")]
    Url {
        /// Of the request, one for each public origin.
        expected: Shown,
        /// As claimed.
        found: Shown,
    },
}

/// What kind of thing is wrong, for exit statuses and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProofClass {
    /// It cannot be read, or parts are missing.
    Shape,
    /// The key or the algorithm is not accepted.
    Key,
    /// The signature is wrong.
    Signature,
    /// It was made for another request.
    Request,
    /// It was made at another time.
    Time,
    /// The nonce is missing or stale.
    Nonce,
    /// It was made for another access token or by another key than the token's.
    Token,
    /// It was used before.
    Replay,
}

impl ProofError {
    /// A name for the reason that never changes, for instance `proof.htu_mismatch`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Algorithm { .. } => "proof.alg_unsupported",
            Self::AlgorithmForKey { .. } => "proof.alg_key_mismatch",
            Self::BeforeMemory { .. } => "proof.before_restart",
            Self::Claims(_) => "proof.claims_malformed",
            Self::Critical => "proof.crit_unsupported",
            Self::Empty => "proof.empty",
            Self::Expired { .. } => "proof.expired",
            Self::Header(_) => "proof.header_malformed",
            Self::Jti(_) => "proof.jti_refused",
            Self::Key(_) => "proof.key_refused",
            Self::KeyMismatch { .. } => "proof.key_mismatch",
            Self::Malformed(_) => "proof.malformed",
            Self::MemoryFull => "proof.memory_full",
            Self::Method { .. } => "proof.htm_mismatch",
            Self::Missing => "proof.missing",
            Self::MissingMember { .. } => "proof.member_missing",
            Self::NonceExpired { .. } => "proof.nonce_expired",
            Self::NonceMissing => "proof.nonce_missing",
            Self::NonceUnknown => "proof.nonce_unknown",
            Self::NotYetValid { .. } => "proof.not_yet_valid",
            Self::PrivateKey { .. } => "proof.key_private",
            Self::Replayed => "proof.replayed",
            Self::Several => "proof.several",
            Self::Signature => "proof.signature_invalid",
            Self::Time { offset, .. } if *offset < 0 => "proof.iat_in_future",
            Self::Time { .. } => "proof.iat_too_old",
            Self::TokenHash { .. } => "proof.ath_mismatch",
            Self::TokenHashMissing => "proof.ath_missing",
            Self::TooLong { .. } => "proof.too_long",
            Self::Type { .. } => "proof.typ_mismatch",
            Self::Url { .. } => "proof.htu_mismatch",
        }
    }

    /// What kind of thing is wrong.
    pub const fn class(&self) -> ProofClass {
        match self {
            Self::Claims(_)
            | Self::Critical
            | Self::Empty
            | Self::Header(_)
            | Self::Jti(_)
            | Self::Malformed(_)
            | Self::Missing
            | Self::MissingMember { .. }
            | Self::Several
            | Self::TooLong { .. }
            | Self::Type { .. } => ProofClass::Shape,
            Self::Algorithm { .. }
            | Self::AlgorithmForKey { .. }
            | Self::Key(_)
            | Self::PrivateKey { .. } => ProofClass::Key,
            Self::Signature => ProofClass::Signature,
            Self::Method { .. } | Self::Url { .. } => ProofClass::Request,
            Self::Expired { .. } | Self::NotYetValid { .. } | Self::Time { .. } => ProofClass::Time,
            Self::NonceExpired { .. } | Self::NonceMissing | Self::NonceUnknown => ProofClass::Nonce,
            Self::KeyMismatch { .. } | Self::TokenHash { .. } | Self::TokenHashMissing => ProofClass::Token,
            Self::BeforeMemory { .. } | Self::MemoryFull | Self::Replayed => ProofClass::Replay,
        }
    }

    /// Whether the answer is `use_dpop_nonce`: another proof, with the nonce sent along, would do.
    pub const fn asks_for_nonce(&self) -> bool {
        match self {
            Self::NonceExpired { .. } | Self::NonceMissing | Self::NonceUnknown => true,
            Self::BeforeMemory { remedied_by_nonce } | Self::Time { remedied_by_nonce, .. } => {
                *remedied_by_nonce
            }
            _ => false,
        }
    }

    /// What would have been right, where that can be said in a few words.
    pub fn expected(&self) -> Option<String> {
        Some(match self {
            Self::Algorithm { accepted, .. } => accepted.to_string(),
            Self::AlgorithmForKey { allowed, .. } => allowed.to_string(),
            Self::KeyMismatch { expected, .. } => expected.to_string(),
            Self::Method { expected, .. } | Self::TokenHash { expected, .. } | Self::Url { expected, .. } => {
                expected.to_string()
            }
            Self::MissingMember { name } => (*name).to_owned(),
            Self::NonceExpired { limit, .. } => format!("a nonce of at most {limit}"),
            Self::NonceMissing | Self::NonceUnknown => "the newest DPoP-Nonce of this server".to_owned(),
            Self::Time { issued, offset, .. } => format!("iat {}", issued.as_unix().saturating_add(*offset)),
            Self::TooLong { .. } => format!("at most {} bytes", super::LIMIT),
            Self::Type { .. } => "dpop+jwt".to_owned(),
            _ => return None,
        })
    }

    /// What came instead.
    pub fn found(&self) -> Option<String> {
        Some(match self {
            Self::Algorithm { found, .. }
            | Self::AlgorithmForKey { found, .. }
            | Self::Method { found, .. }
            | Self::TokenHash { found, .. }
            | Self::Type { found }
            | Self::Url { found, .. } => found.to_string(),
            Self::Expired { ago } => format!("expired {ago} s ago"),
            Self::KeyMismatch { found, .. } => found.to_string(),
            Self::NonceExpired { age, .. } => format!("a nonce of {age} s"),
            Self::NotYetValid { ahead } => format!("valid in {ahead} s"),
            Self::PrivateKey { member } => member.to_string(),
            Self::Time { issued, offset, .. } => format!("iat {}, {}", issued.as_unix(), Offset(*offset)),
            Self::TooLong { found } => format!("{found} bytes"),
            _ => return None,
        })
    }
}

/// Something a stranger sent, cut and cleaned so that it may stand in a header, a log or on a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(Box<str>);

impl Shown {
    /// Keeps printable ASCII but for quotes and backslashes, and at most 160 characters of it.
    pub fn of(text: &str) -> Self {
        const MOST: usize = 160;
        let clean = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '?' };
        let mut shown: String = text.chars().take(MOST).map(clean).collect();
        if text.chars().nth(MOST).is_some() {
            shown.push_str("...");
        }
        Self(shown.into_boxed_str())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Prints how far a clock is off, in words.
struct Offset(i64);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = if self.0 < 0 { "ahead of ours" } else { "behind ours" };
        write!(f, "{} s {direction}", self.0.unsigned_abs())
    }
}
