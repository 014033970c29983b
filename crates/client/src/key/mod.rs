//! The key that proofs are made with, wherever it lives.
//!
//! A [`DpopKey`] signs and cannot be read. A [`KeyPair`] can be written out, read in, and kept in a [`KeyStore`]:
//! in memory, in a file, in the keyring of the system or in the environment.

#[cfg(feature = "webcrypto")]
mod digest;
#[cfg(feature = "crypto")]
pub(crate) mod pair;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod signer;
#[cfg(feature = "crypto")]
mod store;
#[cfg(all(feature = "webcrypto", target_arch = "wasm32"))]
mod webcrypto;

use std::{fmt, sync::Arc};

use keybound_proto::{
    dpop::{Draft, ProofWriter, TokenHash},
    jose::{Alg, Digest, Jwk, Sign, Thumbprint, Unsigned},
};

#[cfg(feature = "webcrypto")]
pub use digest::PureDigest;
#[cfg(feature = "crypto")]
pub use pair::KeyPair;
#[cfg(feature = "pkcs11")]
pub use pkcs11::{Pkcs11Error, Pkcs11Token};
pub use signer::{SignElsewhere, Signer};
#[cfg(all(feature = "crypto", feature = "web", feature = "keyring"))]
pub use store::Keyring;
#[cfg(all(feature = "crypto", feature = "web"))]
pub use store::{EnvironmentKeys, FileKeys};
#[cfg(feature = "crypto")]
pub use store::{KeyStore, KeyStoreError, MemoryKeys, load_or_generate};
#[cfg(all(feature = "webcrypto", target_arch = "wasm32"))]
pub use webcrypto::{Browser, BrowserKey};

use crate::both::Both;

/// A private key in memory, in a keychain or in a device: all that is asked of it is to sign.
///
/// It cannot be read back from here, and `Debug` prints its thumbprint alone.
#[derive(Clone)]
pub struct DpopKey {
    signer: Signer,
    proofs: Arc<ProofWriter>,
    hash: Arc<dyn Hash>,
}

impl DpopKey {
    /// Takes a key at hand, and the hashes that go with it.
    pub fn new(key: impl Sign + 'static, digest: impl Digest + Both + 'static) -> Self {
        Self::of(Signer::here(key), digest)
    }

    /// Takes a key that is elsewhere: a key management service, a browser's WebCrypto.
    pub fn elsewhere(key: impl SignElsewhere + 'static, digest: impl Digest + Both + 'static) -> Self {
        Self::of(Signer::elsewhere(key), digest)
    }

    /// Takes any key.
    pub fn of(signer: Signer, digest: impl Digest + Both + 'static) -> Self {
        let proofs = Arc::new(ProofWriter::new(signer.alg(), signer.public(), &digest));
        Self { signer, proofs, hash: Arc::new(Hasher(digest)) }
    }

    /// Makes a new key for ES256 in memory, which nobody can export and which is wiped when dropped.
    #[cfg(feature = "crypto")]
    pub fn generate() -> Result<Self, keybound_crypto::KeyError> {
        Self::generate_for(Alg::Es256)
    }

    /// The same for another algorithm: Ed25519 ([`Alg::EdDsa`]), ES384 or PS256. Servers that say nothing else
    /// take ES256.
    ///
    /// ```
    /// use keybound_client::{DpopKey, proto::jose::Alg};
    ///
    /// assert_eq!(DpopKey::generate_for(Alg::EdDsa)?.alg(), Alg::EdDsa);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "crypto")]
    pub fn generate_for(alg: Alg) -> Result<Self, keybound_crypto::KeyError> {
        Ok(Self::new(keybound_crypto::SigningKey::generate(alg)?, keybound_crypto::AwsLc))
    }

    /// Its name: `dpop_jkt` of an authorization request, `cnf.jkt` of a token.
    pub fn thumbprint(&self) -> &Thumbprint {
        self.proofs.thumbprint()
    }

    /// Its public half.
    pub fn public(&self) -> &Jwk {
        self.signer.public()
    }

    /// The algorithm of its proofs.
    pub fn alg(&self) -> Alg {
        self.signer.alg()
    }

    /// Who signs with it.
    pub const fn signer(&self) -> &Signer {
        &self.signer
    }

    /// What ties a proof to a token: the `ath` of RFC 9449 §4.2.
    pub fn token_hash(&self, token: &str) -> TokenHash {
        self.hash.of(token)
    }

    /// One proof for one request, but for its signature.
    pub fn write(&self, draft: &Draft<'_>) -> Unsigned {
        self.proofs.write(draft)
    }
}

trait Hash: Both {
    fn of(&self, token: &str) -> TokenHash;
}

struct Hasher<D>(D);

impl<D: Digest + Both> Hash for Hasher<D> {
    fn of(&self, token: &str) -> TokenHash {
        TokenHash::of(token, &self.0)
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DpopKey").field(self.thumbprint()).finish()
    }
}
