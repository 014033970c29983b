//! The raw work everything else is measured against: signatures of the library that Keybound uses, and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        ParsedPublicKey, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use keybound_crypto::SigningKey;
use keybound_proto::jose::{Alg, decode_base64url};

use crate::timer::Contestant;

/// An ES256 key, and what it signed.
///
/// Each check has another signature: checking takes a path that depends on the numbers, and a processor that is
/// shown the same ones again and again learns it by heart, which saves it a tenth of the work.
pub(crate) struct Es256 {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    signed: Vec<(Vec<u8>, Vec<u8>)>,
    next: AtomicUsize,
}

impl Es256 {
    /// The raw half of `key`, and tokens or proofs that it signed.
    #[expect(clippy::disallowed_methods, reason = "the raw library, as `crypto` calls it")]
    pub(crate) fn of(key: &SigningKey, signed: &[String]) -> Result<Self> {
        let pkcs8 = key.to_pkcs8()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.reveal())
            .map_err(|error| anyhow!("the key cannot be read: {error}"))?;
        let parts = |signed: &String| {
            let (message, signature) = signed.rsplit_once('.').context("a token has three parts")?;
            Ok((message.into(), decode_base64url(signature)?))
        };
        let signed = signed.iter().map(parts).collect::<Result<Vec<_>>>()?;
        Ok(Self { pair, random: SystemRandom::new(), signed, next: AtomicUsize::new(0) })
    }

    fn next(&self) -> (&[u8], &[u8]) {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % self.signed.len().max(1);
        self.signed.get(number).map_or((&[], &[]), |(message, signature)| (message, signature))
    }

    /// One signature checked; the key comes with the message, as it does in a proof.
    pub(crate) fn verify(&self) {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        let (message, signature) = self.next();
        assert!(key.verify(message, signature).is_ok(), "the signature is good");
    }

    /// The same by the library's other way, which parses first.
    pub(crate) fn verify_parsed(&self) {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        let (message, signature) = self.next();
        let good = key.is_ok_and(|key| key.verify_sig(message, signature).is_ok());
        assert!(good, "the signature is good");
    }

    /// One signature made.
    pub(crate) fn sign(&self) {
        let (message, _) = self.next();
        assert!(self.pair.sign(&self.random, message).is_ok(), "the key signs");
    }

    /// Both ways to check as contestants, of which the faster one counts.
    pub(crate) fn verifiers(&self) -> [Contestant<'_>; 2] {
        [Box::new(|| self.verify()), Box::new(|| self.verify_parsed())]
    }
}

/// An RS256 key of 2048 bits.
pub(crate) struct Rs256 {
    pair: RsaKeyPair,
    random: SystemRandom,
}

impl Rs256 {
    /// A new one.
    #[expect(clippy::disallowed_methods, reason = "the raw library, as `crypto` calls it")]
    pub(crate) fn generate() -> Result<Self> {
        let pkcs8 = SigningKey::generate(Alg::Rs256)?.to_pkcs8()?;
        let pair = RsaKeyPair::from_pkcs8(pkcs8.reveal())
            .map_err(|error| anyhow!("the key cannot be read: {error}"))?;
        Ok(Self { pair, random: SystemRandom::new() })
    }

    /// One signature made.
    pub(crate) fn sign(&self, message: &[u8]) {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature);
        assert!(signed.is_ok(), "the key signs");
    }
}
