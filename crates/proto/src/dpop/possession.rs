//! The evidence: what a checked proof becomes once its use is remembered.

use super::ProofError;
use crate::{
    id::Jti,
    jose::{Digest, Thumbprint},
    time::Timestamp,
};

/// A proof that passed every check that needs no memory.
#[derive(Debug)]
#[must_use = "a checked proof may still be a replay: claim it"]
pub struct Checked {
    pub(super) thumbprint: Thumbprint,
    pub(super) jti: Jti,
    pub(super) key: ReplayKey,
    pub(super) until: Timestamp,
    pub(super) issued: Timestamp,
    pub(super) nonce_due: bool,
}

/// The sender held the private key when it made this request.
///
/// There is no other way to one of these than [`Checked::claimed`].
#[derive(Clone, Debug)]
pub struct Possession {
    thumbprint: Thumbprint,
    nonce_due: bool,
}

/// What to remember a proof by: SHA-256 over its key's thumbprint and its `jti`.
///
/// The thumbprint is in it so that nobody can use up another's `jti` (RFC 9449 §11.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplayKey([u8; 32]);

/// What a replay memory answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Never seen, and remembered from now on.
    First,
    /// Seen before.
    Again,
    /// Not remembered: there is no room, and nothing may be forgotten to make some.
    Full,
}

/// How a token is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// By whoever has it.
    Bearer,
    /// By the owner of the key with this thumbprint (`cnf.jkt`, RFC 9449 §6).
    Key(Thumbprint),
}

impl Checked {
    /// The key to remember, and until when.
    pub const fn replay_key(&self) -> (ReplayKey, Timestamp) {
        (self.key, self.until)
    }

    /// When its maker says it was made (`iat`), by a clock that a nonce may have made irrelevant.
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Whose key signed.
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// What makes the proof unique among those of its key.
    pub const fn jti(&self) -> &Jti {
        &self.jti
    }

    /// Refuses a proof by any other key than the one a token or a code is bound to.
    pub fn held_by(self, expected: &Thumbprint) -> Result<Self, ProofError> {
        if self.thumbprint == *expected {
            return Ok(self);
        }
        Err(ProofError::KeyMismatch { expected: *expected, found: self.thumbprint })
    }

    /// Consumes the replay memory's answer. There is no other way to a [`Possession`].
    pub fn claimed(self, answer: Claim) -> Result<Possession, ProofError> {
        match answer {
            Claim::First => Ok(Possession { thumbprint: self.thumbprint, nonce_due: self.nonce_due }),
            Claim::Again => Err(ProofError::Replayed),
            Claim::Full => Err(ProofError::MemoryFull),
        }
    }
}

impl Possession {
    /// Whose key signed.
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Whether the answer should carry a fresh `DPoP-Nonce`: none was presented, or one past half its life.
    pub const fn nonce_due(&self) -> bool {
        self.nonce_due
    }
}

impl ReplayKey {
    pub(super) fn new(thumbprint: &Thumbprint, jti: &Jti, digest: &impl Digest) -> Self {
        Self(digest.sha256(&[thumbprint.as_bytes(), jti.as_str().as_bytes()]))
    }

    /// The whole hash; a memory may keep a part of it, 16 bytes or more.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
