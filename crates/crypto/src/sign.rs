//! Private keys behind proto's [`Sign`].

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};
use keybound_proto::{
    id::Kid,
    jose::{Alg, Jwk, JwkError, KeyShape, Sign, SignError, Thumbprint},
    secret::Secret,
};

use crate::AwsLc;

/// Why there is no private key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are not PKCS#8 of a key that fits the algorithm.
    #[error("it is not a PKCS#8 private key for {alg}")]
    Encoding {
        /// The algorithm it should sign with.
        alg: Alg,
    },
    /// The text is not a JWK that can be used.
    #[error("the JWK cannot be used: {0}")]
    Jwk(&'static str),
    /// The library made or wrote no key.
    #[error("the library could not make or write the key")]
    Library,
    /// The text is not PEM of that kind.
    #[error("it is not PEM of a {0}")]
    Pem(&'static str),
    /// The public half is one we would refuse from others.
    #[error("the public key is refused: {0}")]
    Public(#[from] JwkError),
}

/// A private key that signs with one algorithm.
pub struct SigningKey {
    alg: Alg,
    pair: Pair,
    public: Jwk,
    random: SystemRandom,
}

pub(crate) enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl SigningKey {
    /// Makes a new one; RSA keys get 2048 bits.
    pub fn generate(alg: Alg) -> Result<Self, KeyError> {
        let library = |_| KeyError::Library;
        let pair = match alg {
            Alg::Es256 | Alg::Es384 => Pair::Ecdsa(EcdsaKeyPair::generate(ecdsa(alg)).map_err(library)?),
            Alg::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().map_err(library)?),
            Alg::Ps256 | Alg::Rs256 => {
                Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(library)?, padding(alg))
            }
            _ => return Err(KeyError::Library),
        };
        Self::new(alg, pair)
    }

    /// Reads one from PKCS#8 (RFC 5958).
    pub fn from_pkcs8(alg: Alg, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let encoding = |_| KeyError::Encoding { alg };
        let pair = match alg {
            Alg::Es256 | Alg::Es384 => {
                Pair::Ecdsa(EcdsaKeyPair::from_pkcs8(ecdsa(alg), pkcs8).map_err(encoding)?)
            }
            Alg::EdDsa => Pair::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).map_err(encoding)?),
            Alg::Ps256 | Alg::Rs256 => {
                Pair::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(encoding)?, padding(alg))
            }
            _ => return Err(KeyError::Encoding { alg }),
        };
        Self::new(alg, pair)
    }

    /// Writes it as PKCS#8, to be sealed at once.
    pub fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, KeyError> {
        let library = |_| KeyError::Library;
        let bytes = match &self.pair {
            Pair::Ecdsa(pair) => pair.to_pkcs8v1().map_err(library)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map_err(library)?.as_ref().to_vec(),
            Pair::Rsa(pair, _) => pair.as_der().map_err(library)?.as_ref().to_vec(),
        };
        Ok(Secret::new(bytes))
    }

    /// The same key under a name, fit to be published: its public half then says its algorithm too.
    #[must_use]
    pub fn with_kid(self, kid: Kid) -> Self {
        let public = self.public.with_kid(kid).with_alg(self.alg);
        Self { public, ..self }
    }

    /// The same key, named by its thumbprint.
    #[must_use]
    pub fn named_by_thumbprint(self) -> Self {
        let name = Thumbprint::of(&self.public, &AwsLc).to_string();
        let Ok(kid) = Kid::parse(&name) else { unreachable!("43 characters of base64url are an identifier") };
        self.with_kid(kid)
    }

    pub(crate) const fn pair(&self) -> &Pair {
        &self.pair
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "what ECDSA and PSS draw for each signature is the library's"
    )]
    pub(crate) fn new(alg: Alg, pair: Pair) -> Result<Self, KeyError> {
        let public = Jwk::new(pair.shape().ok_or(KeyError::Library)?)?;
        Ok(Self { alg, pair, public, random: SystemRandom::new() })
    }
}

impl Pair {
    fn shape(&self) -> Option<KeyShape> {
        match self {
            Self::Ecdsa(pair) => match pair.public_key().as_ref().split_first()? {
                (4, point) if point.len() == 64 => {
                    let (x, y) = point.split_at_checked(32)?;
                    Some(KeyShape::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? })
                }
                (4, point) if point.len() == 96 => {
                    let (x, y) = point.split_at_checked(48)?;
                    Some(KeyShape::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? })
                }
                _ => None,
            },
            Self::Ed25519(pair) => Some(KeyShape::Ed25519 { x: pair.public_key().as_ref().try_into().ok()? }),
            Self::Rsa(pair, _) => {
                let public = pair.public_key();
                Some(KeyShape::Rsa {
                    n: public.modulus().big_endian_without_leading_zero().into(),
                    e: public.exponent().big_endian_without_leading_zero().into(),
                })
            }
        }
    }
}

impl Sign for SigningKey {
    fn alg(&self) -> Alg {
        self.alg
    }

    fn kid(&self) -> Option<&Kid> {
        self.public.kid()
    }

    fn public(&self) -> &Jwk {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair
                .sign(&self.random, message)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|_| SignError),
            Pair::Ed25519(pair) => {
                pair.try_sign(message).map(|signature| signature.as_ref().to_vec()).map_err(|_| SignError)
            }
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &self.random, message, &mut signature).map_err(|_| SignError)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("alg", &self.alg)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

pub(crate) fn ecdsa(alg: Alg) -> &'static EcdsaSigningAlgorithm {
    if alg == Alg::Es384 { &ECDSA_P384_SHA384_FIXED_SIGNING } else { &ECDSA_P256_SHA256_FIXED_SIGNING }
}

fn padding(alg: Alg) -> &'static dyn RsaEncoding {
    if alg == Alg::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 }
}
