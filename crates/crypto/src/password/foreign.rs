//! Passwords that were hashed elsewhere: what people bring along when they move. Each is compared once, and then hashed
//! our way.
//!
//! Two forms are stored: a bcrypt hash as it is, and the object that Auth0's imports call `custom_password_hash`.

mod encoded;
mod sums;

use std::num::NonZeroU32;

use argon2::{Algorithm, Argon2, Version};
use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac, pbkdf2};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use self::{
    encoded::{Encoding, bytes, password},
    sums::Sum,
};
use super::{phc::PasswordError, pool::Cost};

/// A hash that was made elsewhere, read and found to cost no more than is spent here.
pub(super) struct Foreign {
    how: How,
    encoding: Encoding,
}

enum How {
    Argon2 { kind: Algorithm, cost: Cost, salt: Vec<u8>, hash: Vec<u8> },
    Bcrypt(Box<str>),
    Hmac { sum: Sum, key: Vec<u8>, hash: Vec<u8> },
    Pbkdf2 { sum: Sum, rounds: NonZeroU32, salt: Vec<u8>, hash: Vec<u8> },
    Plain { sum: Sum, prefix: Vec<u8>, suffix: Vec<u8>, hash: Vec<u8> },
    Scrypt { params: scrypt::Params, salt: Vec<u8>, hash: Vec<u8> },
}

impl Foreign {
    /// Reads what is stored.
    pub(super) fn parse(stored: &str) -> Result<Self, PasswordError> {
        if stored.starts_with("$2") {
            return Ok(Self { how: bcrypt_of(stored)?, encoding: Encoding::Utf8 });
        }
        let object: Map<String, Value> = serde_json::from_str(stored).map_err(|_| PasswordError::Hash)?;
        Self::read(&object).ok_or(PasswordError::Hash)?
    }

    fn read(object: &Map<String, Value>) -> Option<Result<Self, PasswordError>> {
        let known =
            ["algorithm", "hash", "salt", "password", "keylen", "cost", "blockSize", "parallelization"];
        if object.keys().any(|name| !known.contains(&name.as_str())) {
            return None;
        }
        let name = object.get("algorithm")?.as_str()?;
        let hash = object.get("hash")?;
        let value = hash.get("value")?.as_str()?;
        let encoding = match object.get("password").and_then(|password| password.get("encoding")) {
            Some(named) => Encoding::parse(named.as_str()?)?,
            None => Encoding::Utf8,
        };
        let salt = match object.get("salt") {
            Some(salt) => Some(Salt::read(salt)?),
            None => None,
        };
        let how = match name {
            "argon2" if salt.is_none() => argon2_of(value),
            "bcrypt" if salt.is_none() && encoding == Encoding::Utf8 => bcrypt_of(value),
            "hmac" if salt.is_none() => hmac_of(hash),
            "ldap" if salt.is_none() => ldap_of(value),
            "pbkdf2" if salt.is_none() => pbkdf2_of(value),
            "scrypt" => scrypt_of(object, hash, salt?),
            sum => plain_of(Sum::parse(sum)?, hash, salt),
        };
        Some(how.map(|how| Self { how, encoding }))
    }

    /// Whether the password is the one that was hashed.
    pub(super) fn is(&self, given: &[u8]) -> Result<bool, PasswordError> {
        let Some(given) = password(given, self.encoding) else { return Ok(false) };
        let given = given.as_slice();
        Ok(match &self.how {
            How::Argon2 { kind, cost, salt, hash } => {
                let params = cost.parameters(hash.len())?;
                same(hash, |out| {
                    let argon = Argon2::new(*kind, Version::V0x13, params);
                    argon.hash_password_into(given, salt, out).is_ok()
                })
            }
            How::Bcrypt(hash) => bcrypt::verify(given, hash).map_err(|_| PasswordError::Hash)?,
            How::Hmac { sum, key, hash } => {
                let key = hmac::Key::new(sum.mac().ok_or(PasswordError::Hash)?, key);
                hmac::verify(&key, given, hash).is_ok()
            }
            How::Pbkdf2 { sum, rounds, salt, hash } => {
                let algorithm = sum.stretched().ok_or(PasswordError::Hash)?;
                pbkdf2::verify(algorithm, *rounds, salt, given, hash).is_ok()
            }
            How::Plain { sum, prefix, suffix, hash } => {
                let computed = Zeroizing::new(sum.of(&[prefix, given, suffix]));
                verify_slices_are_equal(&computed, hash).is_ok()
            }
            How::Scrypt { params, salt, hash } => {
                same(hash, |out| scrypt::scrypt(given, salt, params, out).is_ok())
            }
        })
    }
}

/// Whether what is computed into a buffer of that length is the same.
fn same(hash: &[u8], compute: impl FnOnce(&mut [u8]) -> bool) -> bool {
    let mut computed = Zeroizing::new(vec![0; hash.len()]);
    compute(&mut computed) && verify_slices_are_equal(&computed, hash).is_ok()
}

struct Salt {
    value: Vec<u8>,
    suffix: bool,
}

impl Salt {
    fn read(salt: &Value) -> Option<Self> {
        let value = bytes(salt, "utf8").filter(|value| value.len() <= LONGEST)?;
        match salt.get("position").map(Value::as_str) {
            None | Some(Some("prefix")) => Some(Self { value, suffix: false }),
            Some(Some("suffix")) => Some(Self { value, suffix: true }),
            Some(_) => None,
        }
    }
}

/// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`, and the same of the other two kinds.
fn argon2_of(text: &str) -> Result<How, PasswordError> {
    let kinds = [
        ("$argon2id$", Algorithm::Argon2id),
        ("$argon2i$", Algorithm::Argon2i),
        ("$argon2d$", Algorithm::Argon2d),
    ];
    let of_kind = |(start, kind): (&str, Algorithm)| text.strip_prefix(start).map(|rest| (kind, rest));
    let (kind, rest) = kinds.into_iter().find_map(of_kind).ok_or(PasswordError::Hash)?;
    let phc = super::phc::Phc::parse(&format!("$argon2id${rest}"))?;
    phc.cost.parameters(phc.hash.len())?;
    Ok(How::Argon2 { kind, cost: phc.cost, salt: phc.salt, hash: phc.hash })
}

/// `$2b$10$…`, of 2^4 to 2^14 rounds.
fn bcrypt_of(text: &str) -> Result<How, PasswordError> {
    let parts: Vec<&str> = text.split('$').collect();
    let ["", version, cost, rest] = parts.as_slice() else { return Err(PasswordError::Hash) };
    let letters = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'/');
    if !["2a", "2b", "2x", "2y"].contains(version) || rest.len() != 53 || !rest.bytes().all(letters) {
        return Err(PasswordError::Hash);
    }
    match cost.parse::<u32>() {
        Ok(4..=14) if cost.len() == 2 => Ok(How::Bcrypt(text.into())),
        Ok(_) => Err(PasswordError::TooCostly),
        Err(_) => Err(PasswordError::Hash),
    }
}

fn hmac_of(hash: &Value) -> Result<How, PasswordError> {
    let read = || {
        let sum = Sum::parse(hash.get("digest")?.as_str()?)?;
        sum.mac()?;
        let key = bytes(hash.get("key")?, "utf8").filter(|key| key.len() <= LONGEST)?;
        Some(How::Hmac { sum, key, hash: of_length(bytes(hash, "hex")?, sum.length())? })
    };
    read().ok_or(PasswordError::Hash)
}

/// RFC 2307 §5.3: `{SSHA}` and base64 of the sum and, after it, the salt that was put after the password.
fn ldap_of(text: &str) -> Result<How, PasswordError> {
    let read = || {
        let (scheme, rest) = text.strip_prefix('{')?.split_once('}')?;
        let scheme = scheme.to_ascii_lowercase();
        let name = match scheme.as_str() {
            "smd5" => "md5",
            "ssha" | "sha" => "sha1",
            other => other.strip_prefix('s').filter(|_| other.starts_with("ssha")).unwrap_or(other),
        };
        let sum = Sum::parse(name).filter(|sum| *sum != Sum::Md4)?;
        let all = encoded::decode(rest, "base64")?;
        let (hash, suffix) = all.split_at_checked(sum.length())?;
        let salted = scheme.starts_with("ss") || scheme == "smd5";
        if salted == suffix.is_empty() || suffix.len() > LONGEST {
            return None;
        }
        Some(How::Plain { sum, prefix: Vec::new(), suffix: suffix.into(), hash: hash.into() })
    };
    read().ok_or(PasswordError::Hash)
}

/// `$pbkdf2-sha512$i=100000,l=64$salt$hash`
fn pbkdf2_of(text: &str) -> Result<How, PasswordError> {
    let read = || {
        let mut parts = text.strip_prefix("$pbkdf2-")?.split('$');
        let sum = Sum::parse(parts.next()?)?;
        sum.stretched()?;
        let (rounds, length) = parts.next()?.split_once(',')?;
        let rounds: u32 = rounds.strip_prefix("i=")?.parse().ok()?;
        let length: usize = length.strip_prefix("l=")?.parse().ok()?;
        let salt = encoded::decode(parts.next()?, "base64")?;
        let hash = of_length(encoded::decode(parts.next()?, "base64")?, length)?;
        let whole = parts.next().is_none() && (8..=512).contains(&hash.len()) && salt.len() <= LONGEST;
        Some((sum, NonZeroU32::new(rounds).filter(|_| whole)?, salt, hash))
    };
    let (sum, rounds, salt, hash) = read().ok_or(PasswordError::Hash)?;
    let blocks = hash.len().div_ceil(sum.length()) as u64;
    if u64::from(rounds.get()) * blocks > MOST_ROUNDS {
        return Err(PasswordError::TooCostly);
    }
    Ok(How::Pbkdf2 { sum, rounds, salt, hash })
}

/// RFC 7914: `cost` is N, `blockSize` r, `parallelization` p; Node's defaults, as at Auth0.
fn scrypt_of(object: &Map<String, Value>, hash: &Value, salt: Salt) -> Result<How, PasswordError> {
    let number = |name: &str, usual: u64| object.get(name).map_or(Some(usual), Value::as_u64);
    let read = || {
        let (n, r) = (number("cost", 16_384)?, number("blockSize", 8)?);
        let (p, length) = (number("parallelization", 1)?, number("keylen", 64)?);
        let hash = of_length(bytes(hash, "hex")?, usize::try_from(length).ok()?)?;
        ((8..=512).contains(&hash.len()) && n.is_power_of_two() && n > 1).then_some((n, r, p, hash))
    };
    let (n, r, p, hash) = read().ok_or(PasswordError::Hash)?;
    if r == 0 || p == 0 {
        return Err(PasswordError::Hash);
    }
    // 128 N r bytes, and as much work p times.
    let memory = n.saturating_mul(r).saturating_mul(128);
    if memory > MOST_MEMORY || memory.saturating_mul(p) > 4 * MOST_MEMORY {
        return Err(PasswordError::TooCostly);
    }
    let (r, p) = (u32::try_from(r).unwrap_or(u32::MAX), u32::try_from(p).unwrap_or(u32::MAX));
    let log = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
    let params = scrypt::Params::new(log, r, p).map_err(|_| PasswordError::Hash)?;
    Ok(How::Scrypt { params, salt: salt.value, hash })
}

fn plain_of(sum: Sum, hash: &Value, salt: Option<Salt>) -> Result<How, PasswordError> {
    let hash =
        bytes(hash, "hex").and_then(|hash| of_length(hash, sum.length())).ok_or(PasswordError::Hash)?;
    let (prefix, suffix) = match salt {
        Some(Salt { value, suffix: true }) => (Vec::new(), value),
        Some(Salt { value, suffix: false }) => (value, Vec::new()),
        None => (Vec::new(), Vec::new()),
    };
    Ok(How::Plain { sum, prefix, suffix, hash })
}

fn of_length(hash: Vec<u8>, length: usize) -> Option<Vec<u8>> {
    (hash.len() == length).then_some(hash)
}

/// Most bytes a salt or key may have.
const LONGEST: usize = 1_024;

/// Most rounds of PBKDF2: a second or so.
const MOST_ROUNDS: u64 = 2_000_000;

/// Most memory scrypt may ask for: 64 MiB.
const MOST_MEMORY: u64 = 64 << 20;

#[cfg(test)]
mod tests;
