//! Where signatures are checked and randomness comes from.

use std::{fmt, sync::Arc};

use keybound_proto::jose::{Alg, BadSignature, Digest, Jwk, Sealer, Verify};

/// A crypto backend and the system's randomness, as a guard uses them.
///
/// The default feature `crypto` brings one; without it this is the door for your own.
#[derive(Clone)]
pub struct Backend {
    verify: Arc<dyn Verify + Send + Sync>,
    random: fn() -> [u8; 32],
}

impl Backend {
    /// One of your own.
    pub fn new(verify: impl Verify + Send + Sync + 'static, random: fn() -> [u8; 32]) -> Self {
        Self { verify: Arc::new(verify), random }
    }

    /// aws-lc-rs.
    #[cfg(feature = "crypto")]
    pub fn aws_lc() -> Self {
        Self::new(keybound_crypto::AwsLc, keybound_crypto::entropy::bytes)
    }

    /// 32 bytes nobody can guess.
    pub(crate) fn random(&self) -> [u8; 32] {
        (self.random)()
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backend")
    }
}

impl Digest for Backend {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.verify.sha256(parts)
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        self.verify.hash_for(alg, message)
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        self.verify.hmac_sha256(key, parts)
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        self.verify.sealer(key)
    }
}

impl Verify for Backend {
    fn verify(&self, alg: Alg, key: &Jwk, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.verify.verify(alg, key, message, signature)
    }
}
