//! What a moment is remembered by.

use keybound_crypto::AwsLc;
use keybound_proto::jose::Digest;
use keybound_proto::time::{Lifetime, Timestamp};

/// The name of something fleeting: a hash, so that no memory holds addresses, tokens or names of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of `parts` for one purpose. Different purposes never meet, nor do different divisions into parts.
    pub fn new(purpose: &'static str, parts: &[&[u8]]) -> Self {
        let mut text = Vec::with_capacity(64);
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        Self(AwsLc.sha256(&[&text]))
    }

    /// The key of what is a hash already, and of that purpose only.
    pub const fn of_hash(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// What it hashes to: enough to name something else after it.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Half of it: what one process keeps. Finding two alike takes 2^64 tries, and hits only who tries.
    pub(super) fn half(&self) -> u128 {
        let (half, _) = self.0.split_first_chunk().unwrap_or((&[0; 16], &[]));
        u128::from_be_bytes(*half)
    }

    /// The key of the window that holds `now`, and the window's end.
    pub(super) fn in_window(self, window: Lifetime, now: Timestamp) -> (Self, Timestamp) {
        let length = i64::from(window.as_secs()).max(1);
        let number = now.as_unix().div_euclid(length);
        let mut hash = self.0;
        for (byte, of_number) in hash.iter_mut().zip(number.to_be_bytes()) {
            *byte ^= of_number;
        }
        let end = number.saturating_add(1).saturating_mul(length);
        (Self(hash), Timestamp::from_unix(end))
    }
}
