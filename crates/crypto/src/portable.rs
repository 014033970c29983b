//! Keys that travel: PEM of PKCS#8 (RFC 5958) and SPKI (RFC 5280 §4.1), and JWK (RFC 7517).

use aws_lc_rs::{
    encoding::{AsBigEndian, AsDer},
    signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use keybound_proto::{
    jose::{Alg, Jwk, KeyShape, Sign as _, decode_base64url, encode_base64url, json},
    secret::Secret,
};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

use crate::{
    KeyError, SigningKey,
    sign::{Pair, ecdsa},
};

impl SigningKey {
    /// Reads a private key in PEM, `-----BEGIN PRIVATE KEY-----`.
    ///
    /// Line breaks may have been escaped as `\n`, as they are in environment files.
    pub fn from_pem(alg: Alg, pem: &str) -> Result<Self, KeyError> {
        let pem = Secret::new(unescaped(pem).into_bytes());
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem.reveal()).map_err(|_| KeyError::Pem("PRIVATE KEY"))?;
        Self::from_pkcs8(alg, der.secret_pkcs8_der())
    }

    /// Reads PKCS#8 of any kind we sign with; an RSA key signs with PS256.
    pub fn from_any_pkcs8(pkcs8: &[u8]) -> Result<Self, KeyError> {
        let kinds = [Alg::Es256, Alg::Es384, Alg::EdDsa];
        let found = kinds.into_iter().find_map(|alg| Self::from_pkcs8(alg, pkcs8).ok());
        found.map_or_else(|| Self::from_pkcs8(Alg::Ps256, pkcs8), Ok)
    }

    /// Reads PEM of any kind we sign with; an RSA key signs with PS256.
    pub fn from_any_pem(pem: &str) -> Result<Self, KeyError> {
        let pem = Secret::new(unescaped(pem).into_bytes());
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(pem.reveal()).map_err(|_| KeyError::Pem("PRIVATE KEY"))?;
        Self::from_any_pkcs8(der.secret_pkcs8_der())
    }

    /// Writes it as PEM.
    pub fn to_pem(&self) -> Result<Secret<String>, KeyError> {
        Ok(Secret::new(pem("PRIVATE KEY", self.to_pkcs8()?.reveal())))
    }

    /// Its public half as a SubjectPublicKeyInfo.
    pub fn spki(&self) -> Result<Vec<u8>, KeyError> {
        let library = |_| KeyError::Library;
        Ok(match self.pair() {
            Pair::Ecdsa(pair) => pair.public_key().as_der().map_err(library)?.as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_der().map_err(library)?.as_ref().to_vec(),
            Pair::Rsa(pair, _) => pair.public_key().as_der().map_err(library)?.as_ref().to_vec(),
        })
    }

    /// Its public half as PEM, `-----BEGIN PUBLIC KEY-----`.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        Ok(pem("PUBLIC KEY", &self.spki()?))
    }

    /// Whether this PEM is the public half of this key.
    pub fn belongs_to_pem(&self, public: &str) -> Result<bool, KeyError> {
        let der = SubjectPublicKeyInfoDer::from_pem_slice(unescaped(public).as_bytes());
        let der = der.map_err(|_| KeyError::Pem("PUBLIC KEY"))?;
        Ok(der.as_ref() == self.spki()?)
    }

    /// Reads a private JWK of an elliptic curve (RFC 7518 §6.2.2, RFC 8037 §2).
    pub fn from_jwk(text: &str) -> Result<Self, KeyError> {
        let object = json::object(text.as_bytes()).map_err(|_| KeyError::Jwk("it is not one JSON object"))?;
        let text = |name| object.string(name).ok().flatten();
        let own = text("d").ok_or(KeyError::Jwk("it has no private part `d`"))?;
        let own = Secret::new(decode_base64url(own).map_err(|_| KeyError::Jwk("`d` is not base64url"))?);
        let mut public = object.to_serde();
        public.retain(|name, _| matches!(name.as_str(), "kty" | "crv" | "x" | "y" | "n" | "e"));
        let public = Jwk::parse(serde_json::Value::Object(public).to_string().as_bytes())?;
        let refused = |_| KeyError::Jwk("its private and its public part do not belong together");
        let (alg, pair) = match public.shape() {
            KeyShape::P256 { x, y } => (Alg::Es256, ecdsa_pair(Alg::Es256, own.reveal(), &[x, y])?),
            KeyShape::P384 { x, y } => (Alg::Es384, ecdsa_pair(Alg::Es384, own.reveal(), &[x, y])?),
            KeyShape::Ed25519 { x } => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(own.reveal(), x).map_err(refused)?;
                (Alg::EdDsa, Pair::Ed25519(pair))
            }
            _ => return Err(KeyError::Jwk("RSA keys come as PKCS#8 here")),
        };
        Self::new(alg, pair)
    }

    /// Writes it as a private JWK, where it is one of an elliptic curve.
    pub fn to_jwk(&self) -> Result<Secret<String>, KeyError> {
        let own = match self.pair() {
            Pair::Ecdsa(pair) => {
                let bytes = pair.private_key().as_be_bytes().map_err(|_| KeyError::Library)?;
                Secret::new(encode_base64url(bytes.as_ref()))
            }
            Pair::Ed25519(pair) => {
                let seed = pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(|_| KeyError::Library)?;
                Secret::new(encode_base64url(seed.as_ref()))
            }
            Pair::Rsa(..) => return Err(KeyError::Jwk("RSA keys go as PKCS#8 here")),
        };
        let mut jwk = self.public().to_json();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("d".to_owned(), own.reveal().as_str().into());
        }
        Ok(Secret::new(jwk.to_string()))
    }
}

fn ecdsa_pair(alg: Alg, own: &[u8], point: &[&[u8]]) -> Result<Pair, KeyError> {
    let public = [&[4], point.concat().as_slice()].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(ecdsa(alg), own, &public);
    let refused = |_| KeyError::Jwk("its private and its public part do not belong together");
    Ok(Pair::Ecdsa(pair.map_err(refused)?))
}

/// Environment files have one line a value.
fn unescaped(pem: &str) -> String {
    pem.replace("\\r", "").replace("\\n", "\n")
}

/// RFC 7468 §3: lines of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let text = Secret::new(STANDARD.encode(der));
    let mut pem = format!("-----BEGIN {label}-----\n");
    for (at, c) in text.reveal().chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(c);
    }
    pem.push_str(&format!("\n-----END {label}-----\n"));
    pem
}
