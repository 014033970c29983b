//! Public keys as JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use super::{
    alg::{Alg, AlgSet},
    base64url::{decode_exact, encode},
    edwards,
    json::{self, JsonError, MemberError, Object},
    jwk_rsa,
    keys::Kept,
};
use crate::id::Kid;

/// A public key of a kind that can check signatures.
///
/// One key has one spelling: coordinates of exact length, numbers without leading zeros, no padding. A second
/// spelling would have a second thumbprint, so it is refused and never made the first. Whether a point lies on
/// its curve is for the backend to say, at the first signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    shape: KeyShape,
    kid: Option<Kid>,
    alg: Option<Alg>,
    allowed: AlgSet,
    kept: Kept,
}

/// The numbers a key is made of, big-endian as they stand in the JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyShape {
    /// A point on the Edwards curve (RFC 8032 §5.1.5).
    Ed25519 {
        /// The point, compressed.
        x: [u8; 32],
    },
    /// A point on P-256.
    P256 {
        /// Its abscissa.
        x: [u8; 32],
        /// Its ordinate.
        y: [u8; 32],
    },
    /// A point on P-384.
    P384 {
        /// Its abscissa.
        x: [u8; 48],
        /// Its ordinate.
        y: [u8; 48],
    },
    /// An RSA key.
    Rsa {
        /// The modulus without leading zeros.
        n: Box<[u8]>,
        /// The exponent without leading zeros.
        e: Box<[u8]>,
    },
}

/// Why a JWK is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwkError {
    /// A coordinate is not base64url of exactly the curve's length (RFC 7518 §6.2.1.2).
    #[error("`{name}` is not base64url of the curve's length")]
    Coordinate {
        /// `x` or `y`.
        name: &'static str,
    },
    /// An Ed25519 point of small order, or one not in its canonical form.
    #[error("the point is of small order or not canonical")]
    EdwardsPoint,
    /// A curve we do not know.
    #[error("the curve `{found}` is not offered")]
    Curve {
        /// As sent.
        found: Box<str>,
    },
    /// The bytes are not one JSON object.
    #[error("the key is not a JSON object: {0}")]
    Json(#[from] JsonError),
    /// `kid` is empty, too long, or holds characters it must not.
    #[error("`kid` is not an identifier")]
    KeyId,
    /// `key_ops` repeats a value (RFC 7517 §4.3).
    #[error("`key_ops` names an operation twice")]
    KeyOps,
    /// A kind of key that cannot check signatures, or that nobody may see.
    #[error("keys of type `{found}` are not offered")]
    KeyType {
        /// As sent.
        found: Box<str>,
    },
    /// A member has the wrong type.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A member that must be there is not.
    #[error("`{name}` is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// Something only the owner may know, even when it is empty (RFC 9449 §4.3 (7)).
    #[error("it holds the private member `{name}`")]
    PrivateMember {
        /// Which.
        name: &'static str,
    },
    /// The exponent is even, 1, over 64 bits, or not in its one spelling.
    #[error("the RSA exponent is even, too small, too large, or oddly written")]
    RsaExponent,
    /// The modulus is even or not in its one spelling.
    #[error("the RSA modulus is even or oddly written")]
    RsaModulus,
    /// The modulus is shorter than 2048 or longer than 8192 bits.
    #[error("the RSA modulus has {bits} bits; 2048 to 8192 are allowed")]
    RsaSize {
        /// As found.
        bits: usize,
    },
    /// The modulus comes from a generator whose keys can be factored (CVE-2017-15361).
    #[error("the RSA modulus comes from a broken generator (ROCA)")]
    RsaWeak,
}

/// What only the owner may know (RFC 7518 §6.2.2, §6.3.2, §6.4.1; `priv` of the AKP keys).
const PRIVATE: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

impl Jwk {
    /// Reads a key from JSON.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwkError> {
        Self::read(&json::object(bytes)?)
    }

    /// Reads a key from JSON that was read already. Members it does not know are ignored (RFC 7517 §4).
    pub fn read(object: &Object<'_>) -> Result<Self, JwkError> {
        for name in PRIVATE {
            if object.has(name) {
                return Err(JwkError::PrivateMember { name });
            }
        }
        let shape = match required(object, "kty")? {
            "EC" => match required(object, "crv")? {
                "P-256" => KeyShape::P256 { x: coordinate(object, "x")?, y: coordinate(object, "y")? },
                "P-384" => KeyShape::P384 { x: coordinate(object, "x")?, y: coordinate(object, "y")? },
                other => return Err(JwkError::Curve { found: shortened(other) }),
            },
            "OKP" => match required(object, "crv")? {
                "Ed25519" => KeyShape::Ed25519 { x: coordinate(object, "x")? },
                other => return Err(JwkError::Curve { found: shortened(other) }),
            },
            "RSA" => KeyShape::Rsa {
                n: jwk_rsa::modulus(required(object, "n")?)?,
                e: jwk_rsa::exponent(required(object, "e")?)?,
            },
            other => return Err(JwkError::KeyType { found: shortened(other) }),
        };
        let mut key = Self::new(shape)?;
        if let Some(kid) = object.string("kid")? {
            key.kid = Some(Kid::parse(kid).map_err(|_| JwkError::KeyId)?);
        }
        if let Some(name) = object.string("alg")? {
            key.alg = Alg::parse(name);
            key.allowed = key.alg.map_or(AlgSet::NONE, |alg| key.allowed.and(AlgSet::of(&[alg])));
        }
        if object.string("use")?.is_some_and(|usage| usage != "sig") || !may_verify(object)? {
            key.allowed = AlgSet::NONE;
        }
        Ok(key)
    }

    /// A key of these numbers, under the same rules as one that was sent.
    pub fn new(shape: KeyShape) -> Result<Self, JwkError> {
        let allowed = match &shape {
            KeyShape::P256 { .. } => AlgSet::of(&[Alg::Es256]),
            KeyShape::P384 { .. } => AlgSet::of(&[Alg::Es384]),
            KeyShape::Ed25519 { x } => {
                if edwards::is_weak(x) {
                    return Err(JwkError::EdwardsPoint);
                }
                AlgSet::of(&[Alg::EdDsa])
            }
            KeyShape::Rsa { n, e } => {
                jwk_rsa::check(n, e)?;
                AlgSet::of(&[Alg::Ps256, Alg::Rs256])
            }
        };
        Ok(Self { shape, kid: None, alg: None, allowed, kept: Kept::default() })
    }

    /// The same key under a name.
    #[must_use]
    pub fn with_kid(self, kid: Kid) -> Self {
        Self { kid: Some(kid), ..self }
    }

    /// The same key for one algorithm alone; for none when the algorithm does not belong to the key.
    #[must_use]
    pub fn with_alg(self, alg: Alg) -> Self {
        Self { alg: Some(alg), allowed: self.allowed.and(AlgSet::of(&[alg])), ..self }
    }

    /// Its numbers.
    pub const fn shape(&self) -> &KeyShape {
        &self.shape
    }

    /// Its name, where it has one.
    pub const fn kid(&self) -> Option<&Kid> {
        self.kid.as_ref()
    }

    /// The algorithm it says it is for, where it says so.
    pub const fn alg(&self) -> Option<Alg> {
        self.alg
    }

    /// What its type, and its `alg`, `use` and `key_ops` where they are there, all permit.
    pub const fn allowed(&self) -> AlgSet {
        self.allowed
    }

    /// Whether signatures of `alg` may be checked with it.
    pub const fn alg_allowed(&self, alg: Alg) -> bool {
        self.allowed.contains(alg)
    }

    /// Where a backend keeps what it made of the key.
    pub const fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The key as JSON: the required members, and `kid`, `alg` and `use` where it has a name or an algorithm.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = match &self.shape {
            KeyShape::Ed25519 { x } => serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(x) }),
            KeyShape::P256 { x, y } => {
                serde_json::json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            KeyShape::P384 { x, y } => {
                serde_json::json!({ "kty": "EC", "crv": "P-384", "x": encode(x), "y": encode(y) })
            }
            KeyShape::Rsa { n, e } => serde_json::json!({ "kty": "RSA", "n": encode(n), "e": encode(e) }),
        };
        if let Some(members) = json.as_object_mut() {
            if let Some(kid) = &self.kid {
                members.insert("kid".into(), kid.as_str().into());
            }
            if let Some(alg) = self.alg {
                members.insert("alg".into(), alg.name().into());
                members.insert("use".into(), "sig".into());
            }
        }
        json
    }
}

fn required<'a>(object: &'a Object<'_>, name: &'static str) -> Result<&'a str, JwkError> {
    object.string(name)?.ok_or(JwkError::Missing { name })
}

fn coordinate<const N: usize>(object: &Object<'_>, name: &'static str) -> Result<[u8; N], JwkError> {
    decode_exact(required(object, name)?).map_err(|_| JwkError::Coordinate { name })
}

/// RFC 7517 §4.3: absent means anything; values must not repeat.
fn may_verify(object: &Object<'_>) -> Result<bool, JwkError> {
    let Some(value) = object.member("key_ops") else { return Ok(true) };
    let wrong = MemberError { name: "key_ops", wanted: "an array of strings" };
    let mut operations = value.as_strings().ok_or(wrong)?;
    let verifies = operations.contains(&"verify");
    let count = operations.len();
    operations.sort_unstable();
    operations.dedup();
    if operations.len() == count { Ok(verifies) } else { Err(JwkError::KeyOps) }
}

/// What was sent, short enough to be shown.
fn shortened(text: &str) -> Box<str> {
    text.chars().take(32).collect()
}
