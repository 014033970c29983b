//! What a crypto backend must supply.

use std::{any::Any, fmt, sync::OnceLock};

use super::{alg::Alg, jwk::Jwk};
use crate::id::Kid;

/// The signature does not fit the key and the message. Nothing more is said, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// The key could not sign: a broken key, or a device that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key could not sign")]
pub struct SignError;

/// Hashes.
pub trait Digest {
    /// SHA-256 over the parts, one after the other.
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32];

    /// The hash that signatures by this algorithm are made over: SHA-256, but SHA-384 for ES384 (RFC 7518 §3.4) and
    /// SHA-512 for EdDSA, whose curve is Ed25519 (RFC 8032 §5.1).
    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8>;

    /// HMAC-SHA-256 over the parts, one after the other.
    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32];

    /// A sealer under this key.
    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer>;
}

/// Seals a few bytes under a key of its own so that they can be neither read nor altered.
///
/// It is deterministic: what is sealed must differ, or may be seen to be the same (RFC 8452).
pub trait Sealer: Send + Sync {
    /// Seals five bytes; `place` is not hidden, and cannot be changed either.
    fn seal(&self, place: [u8; 3], open: [u8; 5]) -> [u8; 21];

    /// The five bytes, if they were sealed under this key and for this place.
    fn open(&self, place: [u8; 3], sealed: [u8; 21]) -> Option<[u8; 5]>;
}

/// Public-key signatures, checked.
pub trait Verify: Digest {
    /// Checks `signature` in the form JOSE gives it (ECDSA as `R ‖ S`).
    ///
    /// An algorithm that does not belong to the key is a [`BadSignature`] too.
    fn verify(&self, alg: Alg, key: &Jwk, message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;
}

/// A private key, wherever it lives.
pub trait Sign: Send + Sync {
    /// The algorithm it signs with.
    fn alg(&self) -> Alg;

    /// How others name it, where it has a name.
    fn kid(&self) -> Option<&Kid>;

    /// Its public half.
    fn public(&self) -> &Jwk;

    /// Signs in the form JOSE wants (ECDSA as `R ‖ S`).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// What a backend made of a key at its first use, kept beside the key so that the second use is cheaper.
///
/// It is no part of the key: every two are equal, and a copy begins empty.
#[derive(Default)]
pub struct Kept(OnceLock<Box<dyn Any + Send + Sync>>);

impl Kept {
    /// What was kept, when it is a `T`; else what `make` makes, kept from now on.
    ///
    /// `None` when another backend came first and keeps a type of its own here.
    pub fn or_keep<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Box::new(make())).downcast_ref()
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Kept {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Kept {}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "Kept" } else { "Empty" })
    }
}
