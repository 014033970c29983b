//! The hash of an access token, as `ath` names it (RFC 9449 §4.2).

use std::fmt;

use crate::jose::{Digest, decode_base64url, encode_base64url};

/// SHA-256 over the characters of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes the token as it stands in the `Authorization` header.
    pub fn of(token: &str, digest: &impl Digest) -> Self {
        Self(digest.sha256(&[token.as_bytes()]))
    }

    /// The hash itself.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `ath` says this: 43 characters of base64url, in their one spelling.
    pub(super) fn is_named_by(&self, ath: &str) -> bool {
        ath.len() == 43 && decode_base64url(ath).is_ok_and(|bytes| bytes == self.0)
    }
}

/// As `ath` has it.
impl fmt::Display for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_base64url(self.0))
    }
}
