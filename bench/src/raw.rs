//! The raw work everything else is measured against: signatures of the library that Keybound uses, and nothing else.

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
pub(crate) struct Es256 {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Es256 {
    /// The raw half of `key`, and the signature of a token or proof that it made.
    pub(crate) fn of(key: &SigningKey, signed: &str) -> Result<Self> {
        let pkcs8 = key.to_pkcs8()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.reveal())
            .map_err(|error| anyhow!("the key cannot be read: {error}"))?;
        let (message, signature) = signed.rsplit_once('.').context("a token has three parts")?;
        let signature = decode_base64url(signature)?;
        Ok(Self { pair, random: SystemRandom::new(), message: message.into(), signature })
    }

    /// One signature checked; the key comes with the message, as it does in a proof.
    pub(crate) fn verify(&self) {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        assert!(key.verify(&self.message, &self.signature).is_ok(), "the signature is good");
    }

    /// The same by the library's other way, which parses first.
    pub(crate) fn verify_parsed(&self) {
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        let good = key.is_ok_and(|key| key.verify_sig(&self.message, &self.signature).is_ok());
        assert!(good, "the signature is good");
    }

    /// One signature made.
    pub(crate) fn sign(&self) {
        assert!(self.pair.sign(&self.random, &self.message).is_ok(), "the key signs");
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
