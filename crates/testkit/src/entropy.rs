//! Chance from a seed: the same seed, the same test.

use keybound_crypto::AwsLc;
use keybound_proto::id::Jti;
use keybound_proto::jose::{Digest as _, encode_base64url};

/// Bytes that look random and are the same in every run.
#[derive(Clone, Debug)]
pub struct Chance {
    seed: u64,
    drawn: u64,
}

impl Chance {
    /// Everything to come is decided by the seed.
    pub const fn of(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next 32 bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        AwsLc.sha256(&[&self.seed.to_be_bytes(), &self.drawn.to_be_bytes()])
    }

    /// The next name of a proof.
    ///
    /// # Panics
    /// Never: 43 characters of base64url are one.
    pub fn jti(&mut self) -> Jti {
        Jti::parse(&encode_base64url(self.bytes())).expect("base64url names a proof")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_and_nothing_comes_twice() {
        let (mut one, mut same, mut other) = (Chance::of(1), Chance::of(1), Chance::of(2));
        let first = one.bytes();
        assert_eq!(first, same.bytes());
        assert_ne!(first, other.bytes());
        assert_ne!(first, one.bytes());
        assert_eq!(one.jti(), {
            same.bytes();
            same.jti()
        });
    }
}
