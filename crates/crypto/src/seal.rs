//! Authenticated sealing, for what a database or a browser keeps but must not read.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM_SIV, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use keybound_proto::{jose::Sealer, secret::Secret};

use crate::entropy;

/// The first byte of everything sealed; another way to seal gets another number.
const VERSION: u8 = 1;

/// It was not sealed with this key for this place, or it was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was not sealed with this key for this place")]
pub struct OpenError;

/// A key for one purpose. AES-256-GCM with random nonces: at most 2^32 seals under one key.
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// The key for `purpose` under a master key. Keys of different purposes tell nothing of one another.
    pub fn derive(master: &Secret<[u8; 32]>, purpose: &str) -> Self {
        let bytes = derive_key(master, purpose);
        let Ok(key) = UnboundKey::new(&AES_256_GCM, bytes.reveal()) else {
            unreachable!("AES-256 takes every key of 32 bytes")
        };
        Self(LessSafeKey::new(key))
    }

    /// Seals `plaintext` so that it opens only with the same `place`: the row or field it belongs to.
    pub fn seal(&self, place: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let nonce = entropy::bytes::<NONCE_LEN>();
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plaintext.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(plaintext);
        let in_place = sealed.get_mut(start..).unwrap_or_default();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let Ok(tag) = self.0.seal_in_place_separate_tag(nonce, Aad::from(place), in_place) else {
            unreachable!("only plaintexts beyond 64 GiB are refused, and none fits in memory here")
        };
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`Self::seal`] made for the same `place`.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Secret<Vec<u8>>, OpenError> {
        let (&VERSION, rest) = sealed.split_first().ok_or(OpenError)? else { return Err(OpenError) };
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>().ok_or(OpenError)?;
        let mut bytes = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(nonce, Aad::from(place), &mut bytes).map_err(|_| OpenError)?.len();
        bytes.truncate(length);
        Ok(Secret::new(bytes))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// Seals five bytes without a nonce of its own: AES-128-GCM-SIV, deterministic on purpose.
pub(crate) struct ShortSealer(LessSafeKey);

impl ShortSealer {
    pub(crate) fn new(key: &[u8; 16]) -> Self {
        let Ok(key) = UnboundKey::new(&AES_128_GCM_SIV, key) else {
            unreachable!("AES-128 takes every key of 16 bytes")
        };
        Self(LessSafeKey::new(key))
    }

    /// RFC 8452 §1 stays safe when a nonce is used again: what is learnt is that equal things are equal.
    fn nonce() -> Nonce {
        Nonce::assume_unique_for_key([0; NONCE_LEN])
    }
}

impl Sealer for ShortSealer {
    fn seal(&self, place: [u8; 3], open: [u8; 5]) -> [u8; 21] {
        let mut bytes = open;
        let Ok(tag) = self.0.seal_in_place_separate_tag(Self::nonce(), Aad::from(place), &mut bytes) else {
            unreachable!("five bytes are not too many")
        };
        let mut sealed = [0; 21];
        let both = bytes.iter().chain(tag.as_ref());
        sealed.iter_mut().zip(both).for_each(|(to, from)| *to = *from);
        sealed
    }

    fn open(&self, place: [u8; 3], mut sealed: [u8; 21]) -> Option<[u8; 5]> {
        let opened = self.0.open_in_place(Self::nonce(), Aad::from(place), &mut sealed).ok()?;
        opened.first_chunk().copied()
    }
}

/// 32 bytes for `purpose` under a master key (HKDF-SHA-256, RFC 5869).
pub fn derive_key(master: &Secret<[u8; 32]>, purpose: &str) -> Secret<[u8; 32]> {
    struct ThirtyTwo;
    impl KeyType for ThirtyTwo {
        fn len(&self) -> usize {
            32
        }
    }
    let mut bytes = [0; 32];
    let root = Salt::new(HKDF_SHA256, b"keybound").extract(master.reveal());
    let label = [purpose.as_bytes()];
    let Ok(()) = root.expand(&label, ThirtyTwo).and_then(|key| key.fill(&mut bytes)) else {
        unreachable!("HKDF-SHA-256 gives 32 bytes for every label")
    };
    Secret::new(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(byte: u8) -> Secret<[u8; 32]> {
        Secret::new([byte; 32])
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_only() {
        let key = SealKey::derive(&master(1), "client secrets");
        let sealed = key.seal(b"client 7", b"hunter2");
        assert_eq!(key.open(b"client 7", &sealed).unwrap().reveal(), b"hunter2");
        assert_eq!(
            SealKey::derive(&master(1), "client secrets").open(b"client 7", &sealed).unwrap().reveal(),
            b"hunter2"
        );
        assert_eq!(key.open(b"client 8", &sealed).unwrap_err(), OpenError);
        assert!(SealKey::derive(&master(1), "cookies").open(b"client 7", &sealed).is_err());
        assert!(SealKey::derive(&master(2), "client secrets").open(b"client 7", &sealed).is_err());
        assert_eq!(key.open(b"", &key.seal(b"", b"")).unwrap().reveal(), b"");
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let key = SealKey::derive(&master(1), "p");
        let sealed = key.seal(b"a", b"hunter2");
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(key.open(b"a", &bent).is_err(), "{at}");
            assert!(key.open(b"a", &sealed[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let key = SealKey::derive(&master(1), "p");
        assert_ne!(key.seal(b"", b"x"), key.seal(b"", b"x"));
        assert!(!format!("{key:?}").contains('1'));
    }
}
