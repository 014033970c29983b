//! The key that proofs are made with, wherever it lives.

use std::{fmt, sync::Arc};

use keybound_proto::{
    dpop::{Draft, ProofBuilder, TokenHash},
    id::{Jti, Kid},
    jose::{Alg, Digest, Jwk, Sign, SignError, Thumbprint, encode_base64url},
};

/// A private key in memory, in a keychain or in a device: all that is asked of it is to sign.
///
/// It cannot be read back from here, and `Debug` prints its thumbprint alone.
#[derive(Clone)]
pub struct DpopKey {
    proofs: Arc<ProofBuilder<Anywhere>>,
    hash: Arc<dyn Fn(&str) -> TokenHash + Send + Sync>,
}

struct Anywhere(Box<dyn Sign>);

impl DpopKey {
    /// Takes any key, and the hashes that go with it.
    pub fn new(key: impl Sign + 'static, digest: impl Digest + Send + Sync + 'static) -> Self {
        let proofs = ProofBuilder::new(Anywhere(Box::new(key)), &digest);
        Self { proofs: Arc::new(proofs), hash: Arc::new(move |token| TokenHash::of(token, &digest)) }
    }

    /// Makes a new key for ES256 in memory, which nobody can export and which is wiped when dropped.
    #[cfg(feature = "crypto")]
    pub fn generate() -> Result<Self, keybound_crypto::KeyError> {
        Ok(Self::new(keybound_crypto::SigningKey::generate(Alg::Es256)?, keybound_crypto::AwsLc))
    }

    /// Its name: `dpop_jkt` of an authorization request, `cnf.jkt` of a token.
    pub fn thumbprint(&self) -> &Thumbprint {
        self.proofs.thumbprint()
    }

    /// The algorithm of its proofs.
    pub fn alg(&self) -> Alg {
        self.proofs.key().alg()
    }

    /// What ties a proof to a token.
    pub(crate) fn hash_of(&self, token: &str) -> TokenHash {
        (self.hash)(token)
    }

    /// One proof for one request.
    pub(crate) fn prove(&self, draft: &Draft<'_>) -> Result<String, SignError> {
        self.proofs.prove(draft)
    }
}

/// A `jti` of 256 random bits: never the same twice (RFC 9449 §4.2 wants 96).
pub(crate) fn jti(entropy: [u8; 32]) -> Jti {
    let Ok(jti) = Jti::parse(&encode_base64url(entropy)) else {
        unreachable!("43 characters of base64url are neither empty, nor long, nor control characters")
    };
    jti
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DpopKey").field(self.thumbprint()).finish()
    }
}

impl Sign for Anywhere {
    fn alg(&self) -> Alg {
        self.0.alg()
    }

    fn kid(&self) -> Option<&Kid> {
        self.0.kid()
    }

    fn public(&self) -> &Jwk {
        self.0.public()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(message)
    }
}
