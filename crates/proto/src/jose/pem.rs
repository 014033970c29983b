//! Public keys as tools print them: PEM around DER (RFC 7468 §13, RFC 5280 §4.1.2.7, RFC 8017 §A.1.1).

mod certificate;

pub use certificate::{Attribute, Certificate};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::jwk::{Jwk, JwkError, KeyShape};

/// Why a PEM is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// Not one block between its two lines.
    #[error("it is not one PEM block")]
    Armour,
    /// What stands within is no key, or not in the one form DER has.
    #[error("it does not hold a public key in DER")]
    Der,
    /// The key itself.
    #[error(transparent)]
    Key(#[from] JwkError),
    /// Something else: a certificate, say.
    #[error("it holds a `{found}`; a `PUBLIC KEY` is wanted")]
    Label {
        /// As sent, shortened.
        found: Box<str>,
    },
    /// Something only the owner may know.
    #[error("it holds a private key, which nobody but its owner may have")]
    Private,
}

impl Jwk {
    /// Reads a public key of the kinds [`Jwk::parse`] reads, under the same rules.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        let (label, der) = unarmour(text)?;
        let shape = match label {
            "PUBLIC KEY" => subject_public_key(&der)?,
            "RSA PUBLIC KEY" => rsa(&der)?,
            label if label.contains("PRIVATE") => return Err(PemError::Private),
            other => return Err(PemError::Label { found: other.chars().take(32).collect() }),
        };
        Ok(Self::new(shape)?)
    }
}

/// Longest text that is read: an RSA key of 8192 bits has 1500 characters.
const LONGEST: usize = 8 * 1024;

/// What stands between the two lines, and how those call it.
fn unarmour(text: &str) -> Result<(&str, Vec<u8>), PemError> {
    const DASHES: &str = "-----";
    if text.len() > LONGEST {
        return Err(PemError::Armour);
    }
    let inner = text.trim().strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix(DASHES));
    let (label, rest) = inner.and_then(|inner| inner.split_once(DASHES)).ok_or(PemError::Armour)?;
    let (body, end) = rest.split_once("-----END ").ok_or(PemError::Armour)?;
    if end != label {
        return Err(PemError::Armour);
    }
    let encoded: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(encoded).map_err(|_| PemError::Armour)?;
    Ok((label, der))
}

/// `SubjectPublicKeyInfo`.
fn subject_public_key(der: &[u8]) -> Result<KeyShape, PemError> {
    let (info, rest) = take(der, SEQUENCE)?;
    let (algorithm, key) = take(info, SEQUENCE)?;
    let (kind, parameters) = take(algorithm, OBJECT)?;
    let (bits, after) = take(key, BIT_STRING)?;
    if !rest.is_empty() || !after.is_empty() {
        return Err(PemError::Der);
    }
    // The first byte counts the bits that are not used; a key is whole bytes.
    let [0, key @ ..] = bits else { return Err(PemError::Der) };
    match (kind, parameters) {
        (RSA, NULL) => rsa(key),
        (ED25519, []) => Ok(KeyShape::Ed25519 { x: key.try_into().map_err(|_| PemError::Der)? }),
        (EC, curve) => match take(curve, OBJECT)? {
            (P256, []) => point(key).map(|(x, y)| KeyShape::P256 { x, y }),
            (P384, []) => point(key).map(|(x, y)| KeyShape::P384 { x, y }),
            _ => Err(JwkError::Curve { found: "of the PEM".into() }.into()),
        },
        _ => Err(JwkError::KeyType { found: "of the PEM".into() }.into()),
    }
}

/// An uncompressed point (SEC 1 §2.3.3).
fn point<const N: usize>(key: &[u8]) -> Result<([u8; N], [u8; N]), PemError> {
    let [4, coordinates @ ..] = key else { return Err(PemError::Der) };
    let (x, y) = coordinates.split_at_checked(N).ok_or(PemError::Der)?;
    let exact = |half: &[u8]| half.try_into().map_err(|_| PemError::Der);
    Ok((exact(x)?, exact(y)?))
}

/// `RSAPublicKey`.
fn rsa(der: &[u8]) -> Result<KeyShape, PemError> {
    let (numbers, rest) = take(der, SEQUENCE)?;
    let (n, numbers) = take(numbers, INTEGER)?;
    let (e, after) = take(numbers, INTEGER)?;
    if !rest.is_empty() || !after.is_empty() {
        return Err(PemError::Der);
    }
    Ok(KeyShape::Rsa { n: positive(n)?.into(), e: positive(e)?.into() })
}

/// A number in its one spelling, without the zero that keeps it positive (X.690 §8.3.2).
fn positive(number: &[u8]) -> Result<&[u8], PemError> {
    match number {
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => Ok(rest),
        [1..=0x7f, ..] => Ok(number),
        _ => Err(PemError::Der),
    }
}

/// The contents of the value that comes next, where that is its tag, and what follows it.
fn take(der: &[u8], tag: u8) -> Result<(&[u8], &[u8]), PemError> {
    match any(der)? {
        (found, contents, rest) if found == tag => Ok((contents, rest)),
        _ => Err(PemError::Der),
    }
}

/// The tag and the contents of the value that comes next, and what follows it; lengths have one spelling (X.690 §10.1).
fn any(der: &[u8]) -> Result<(u8, &[u8], &[u8]), PemError> {
    let [tag, value @ ..] = der else { return Err(PemError::Der) };
    let (length, least, rest) = match value {
        [0x81, length, rest @ ..] => (usize::from(*length), 0x80, rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), 0x100, rest),
        [short @ 0..=0x7f, rest @ ..] => (usize::from(*short), 0, rest),
        _ => return Err(PemError::Der),
    };
    if length < least {
        return Err(PemError::Der);
    }
    let (contents, rest) = rest.split_at_checked(length).ok_or(PemError::Der)?;
    Ok((*tag, contents, rest))
}

const INTEGER: u8 = 2;
const BIT_STRING: u8 = 3;
const OBJECT: u8 = 6;
const SEQUENCE: u8 = 0x30;
const NULL: &[u8] = &[5, 0];

/// `rsaEncryption`, 1.2.840.113549.1.1.1 (RFC 3279 §2.3.1).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
/// `id-ecPublicKey`, 1.2.840.10045.2.1 (RFC 5480 §2.1.1).
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
/// `secp256r1`, 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1).
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// `secp384r1`, 1.3.132.0.34 (RFC 5480 §2.1.1.1).
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
/// `id-Ed25519`, 1.3.101.112 (RFC 8410 §3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

#[cfg(test)]
mod tests;
