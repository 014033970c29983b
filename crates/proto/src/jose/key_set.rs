//! Keys of an issuer (RFC 7517 §5).

use super::{
    alg::Alg,
    json::{self, JsonError, Limits, Value},
    jwk::Jwk,
};
use crate::id::Kid;

/// Public keys among which a token's `kid` chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Jwk>);

/// Why a document is not a set of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The bytes are not one JSON object.
    #[error("the key set is not a JSON object: {0}")]
    Json(#[from] JsonError),
    /// `keys` is missing or no array.
    #[error("`keys` is not an array")]
    Keys,
    /// More keys than anybody needs.
    #[error("it holds more than {limit} keys")]
    TooMany {
        /// How many are allowed.
        limit: usize,
    },
}

impl KeySet {
    /// Most keys a set may have.
    pub const LIMIT: usize = 128;
    /// Most keys that are tried on one token.
    pub const TRIES: usize = 10;
    /// Most bytes a set may have.
    pub const BYTES: usize = 512 * 1024;

    /// A set of these.
    pub const fn new(keys: Vec<Jwk>) -> Self {
        Self(keys)
    }

    /// Reads a set. Keys we cannot use, or whose private half stands there, are left out (RFC 7517 §5).
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        let limits = Limits { bytes: Self::BYTES, ..json::LIMITS };
        let object = json::object_within(bytes, limits)?;
        let values = object.member("keys").and_then(Value::as_array).ok_or(KeySetError::Keys)?;
        if values.len() > Self::LIMIT {
            return Err(KeySetError::TooMany { limit: Self::LIMIT });
        }
        Ok(Self(values.iter().filter_map(|value| Jwk::read(value.as_object()?).ok()).collect()))
    }

    /// Its keys.
    pub fn keys(&self) -> &[Jwk] {
        &self.0
    }

    /// The keys that may have made a signature of `alg` under this name; without a name, of `alg`.
    ///
    /// Names need not be unique, so there may be several; never more than [`Self::TRIES`].
    pub fn candidates(&self, kid: Option<&Kid>, alg: Alg) -> impl Iterator<Item = &Jwk> {
        candidates(&self.0, kid, alg)
    }

    /// The set as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "keys": self.0.iter().map(Jwk::to_json).collect::<Vec<_>>() })
    }
}

/// Of several keys, those that may have made a signature of `alg` under this name; without a name, of `alg`.
pub(super) fn candidates<'k>(
    keys: impl IntoIterator<Item = &'k Jwk>,
    kid: Option<&Kid>,
    alg: Alg,
) -> impl Iterator<Item = &'k Jwk> {
    let fits = move |key: &&Jwk| key.alg_allowed(alg) && kid.is_none_or(|kid| key.kid() == Some(kid));
    keys.into_iter().filter(fits).take(KeySet::TRIES)
}
