//! The name of a key by its content (RFC 7638).

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use subtle::ConstantTimeEq;

use super::{
    base64url::{decode_exact, encode, encode_exact},
    jwk::{Jwk, KeyShape},
    keys::Digest,
};

/// The SHA-256 thumbprint of a public key: `jkt` on the wire (RFC 9449 §6.1).
///
/// Compared in constant time.
#[derive(Clone, Copy, Eq)]
pub struct Thumbprint([u8; 32]);

/// It is not a thumbprint: 43 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a SHA-256 thumbprint: 43 characters of base64url")]
pub struct ThumbprintError;

impl Thumbprint {
    /// Hashes the required members in their canonical form (RFC 7638 §3).
    ///
    /// A [`Jwk`] has exactly one spelling, so what is hashed is what was sent.
    pub fn of(key: &Jwk, digest: &impl Digest) -> Self {
        Self(match key.shape() {
            KeyShape::P256 { x, y } => digest.sha256(&[
                br#"{"crv":"P-256","kty":"EC","x":""#,
                &encode_exact::<43>(x),
                br#"","y":""#,
                &encode_exact::<43>(y),
                br#""}"#,
            ]),
            KeyShape::P384 { x, y } => digest.sha256(&[
                br#"{"crv":"P-384","kty":"EC","x":""#,
                &encode_exact::<64>(x),
                br#"","y":""#,
                &encode_exact::<64>(y),
                br#""}"#,
            ]),
            KeyShape::Ed25519 { x } => {
                digest.sha256(&[br#"{"crv":"Ed25519","kty":"OKP","x":""#, &encode_exact::<43>(x), br#""}"#])
            }
            KeyShape::Rsa { n, e } => digest.sha256(&[
                br#"{"e":""#,
                encode(e).as_bytes(),
                br#"","kty":"RSA","n":""#,
                encode(n).as_bytes(),
                br#""}"#,
            ]),
        })
    }

    /// Reads the 43 characters that stand on the wire.
    pub fn parse(text: &str) -> Result<Self, ThumbprintError> {
        decode_exact(text).map(Self).map_err(|_| ThumbprintError)
    }

    /// Takes a hash made elsewhere, for instance read from a database.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash itself.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Thumbprint {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Hash for Thumbprint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbprint_has_43_characters_and_one_spelling() {
        let text = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
        let thumbprint = Thumbprint::parse(text).unwrap();
        assert_eq!(thumbprint.to_string(), text);
        let padded = format!("{text}=");
        let stray = text.replace("9Xs", "9Xt");
        for bad in ["", &text[1..], &padded, &stray, "NzbLsXh8uDCcd+6MNwXF4W/7noWXFZAfHkxZsRGC9Xs"] {
            assert_eq!(Thumbprint::parse(bad), Err(ThumbprintError), "{bad}");
        }
    }
}
