//! A private key that may be written down, unlike a [`DpopKey`].

use std::{fmt, sync::Arc};

use keybound_crypto::{AwsLc, KeyError, SigningKey};
use keybound_proto::{
    id::Kid,
    jose::{Alg, Jwk, Sign, SignError, Thumbprint},
    secret::Secret,
};

use super::DpopKey;
use crate::ClientError;

/// A private key that can be read in and written out: PKCS#8, SPKI (RFC 5280 §4.1) and JWK (RFC 7517).
///
/// Whoever only proves possession takes a [`DpopKey`], which cannot be written out; a pair becomes one and is
/// then gone. Copies are the same key. `Debug` prints its thumbprint alone.
///
/// ```
/// use keybound_client::{DpopKey, key::KeyPair, proto::jose::Alg};
///
/// let pair = KeyPair::generate(Alg::Es256)?;
/// let pem = pair.to_pem()?; // -----BEGIN PRIVATE KEY-----
/// let again = KeyPair::from_pem(pem.reveal())?;
/// assert_eq!(again.thumbprint(), pair.thumbprint());
/// assert!(again.public_pem()?.starts_with("-----BEGIN PUBLIC KEY-----"));
///
/// let key = DpopKey::from(again);
/// assert_eq!(*key.thumbprint(), pair.thumbprint());
/// # Ok::<(), keybound_client::ClientError>(())
/// ```
#[derive(Clone)]
pub struct KeyPair(Arc<SigningKey>);

impl KeyPair {
    /// Makes a new one.
    pub fn generate(alg: Alg) -> Result<Self, ClientError> {
        SigningKey::generate(alg).map(Self::from).map_err(ClientError::KeyGeneration)
    }

    /// Reads PEM of PKCS#8, `-----BEGIN PRIVATE KEY-----`, whose line breaks may be escaped as `\n`. An RSA key
    /// signs with PS256.
    pub fn from_pem(pem: &str) -> Result<Self, ClientError> {
        imported(SigningKey::from_any_pem(pem))
    }

    /// Reads PKCS#8 (RFC 5958). An RSA key signs with PS256.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, ClientError> {
        imported(SigningKey::from_any_pkcs8(pkcs8))
    }

    /// Reads a private JWK of an elliptic curve.
    ///
    /// ```
    /// use keybound_client::{key::KeyPair, proto::jose::Alg};
    ///
    /// let pair = KeyPair::generate(Alg::EdDsa)?;
    /// assert_eq!(KeyPair::from_jwk(pair.to_jwk()?.reveal())?.alg(), Alg::EdDsa);
    /// assert_eq!(KeyPair::from_jwk("{}").unwrap_err().code(), "client.key_import");
    /// # Ok::<(), keybound_client::ClientError>(())
    /// ```
    pub fn from_jwk(jwk: &str) -> Result<Self, ClientError> {
        imported(SigningKey::from_jwk(jwk))
    }

    /// The private key as PEM of PKCS#8.
    pub fn to_pem(&self) -> Result<Secret<String>, ClientError> {
        self.0.to_pem().map_err(ClientError::KeyExport)
    }

    /// The private key as PKCS#8.
    pub fn to_pkcs8(&self) -> Result<Secret<Vec<u8>>, ClientError> {
        self.0.to_pkcs8().map_err(ClientError::KeyExport)
    }

    /// The private key as a JWK, where it is one of an elliptic curve.
    pub fn to_jwk(&self) -> Result<Secret<String>, ClientError> {
        self.0.to_jwk().map_err(ClientError::KeyExport)
    }

    /// The public half as PEM of a SubjectPublicKeyInfo, `-----BEGIN PUBLIC KEY-----`.
    pub fn public_pem(&self) -> Result<String, ClientError> {
        self.0.public_pem().map_err(ClientError::KeyExport)
    }

    /// The public half as a SubjectPublicKeyInfo.
    pub fn spki(&self) -> Result<Vec<u8>, ClientError> {
        self.0.spki().map_err(ClientError::KeyExport)
    }

    /// Both halves as lines of an environment file, `AUTH0_DPOP_PUBLIC_KEY` and `AUTH0_DPOP_PRIVATE_KEY`, with
    /// escaped line breaks. Auth0's SDKs, and [`Config::from_env`](crate::Config::from_env), read keys for ES256
    /// alone from there: any other is an error.
    ///
    /// ```
    /// use keybound_client::{key::KeyPair, proto::jose::Alg};
    ///
    /// let lines = KeyPair::generate(Alg::Es256)?.environment_lines()?;
    /// let lines: Vec<&str> = lines.reveal().lines().collect();
    /// assert!(lines[0].starts_with(r#"AUTH0_DPOP_PUBLIC_KEY="-----BEGIN PUBLIC KEY-----\n"#));
    /// assert!(lines[1].starts_with(r#"AUTH0_DPOP_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\n"#));
    /// # Ok::<(), keybound_client::ClientError>(())
    /// ```
    pub fn environment_lines(&self) -> Result<Secret<String>, ClientError> {
        if self.alg() != Alg::Es256 {
            return Err(ClientError::KeyExport(KeyError::Encoding { alg: Alg::Es256 }));
        }
        let escaped = |pem: &str| pem.trim_end().replace('\n', "\\n");
        let own = self.to_pem()?;
        let own = Secret::new(escaped(own.reveal()));
        let public = escaped(&self.public_pem()?);
        Ok(Secret::new(format!("{PUBLIC}=\"{public}\"\n{PRIVATE}=\"{}\"\n", own.reveal())))
    }

    /// The name of the key (RFC 7638).
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(self.0.public(), &AwsLc)
    }

    /// Its public half.
    pub fn public(&self) -> &Jwk {
        self.0.public()
    }

    /// The algorithm it signs with.
    pub fn alg(&self) -> Alg {
        self.0.alg()
    }
}

fn imported(key: Result<SigningKey, KeyError>) -> Result<KeyPair, ClientError> {
    key.map(KeyPair::from).map_err(ClientError::KeyImport)
}

impl From<SigningKey> for KeyPair {
    fn from(key: SigningKey) -> Self {
        Self(Arc::new(key))
    }
}

/// From here on it only signs.
impl From<KeyPair> for DpopKey {
    fn from(pair: KeyPair) -> Self {
        Self::new(pair, AwsLc)
    }
}

impl Sign for KeyPair {
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

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyPair").field(&self.thumbprint()).finish()
    }
}

/// The variables Auth0's SDKs read a pair from.
pub(crate) const PUBLIC: &str = "AUTH0_DPOP_PUBLIC_KEY";
pub(crate) const PRIVATE: &str = "AUTH0_DPOP_PRIVATE_KEY";
