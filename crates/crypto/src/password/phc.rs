//! The text form of a password hash.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

use super::pool::Cost;

/// Why a password could be neither hashed nor compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The stored text is not a hash of argon2id that we read.
    #[error("the stored password hash is not one of argon2id")]
    Hash,
    /// The stored hash asks for more memory or time than we spend.
    #[error("the stored password hash costs more than is spent here")]
    TooCostly,
    /// The password is too long to be hashed.
    #[error("the password is longer than {} bytes", super::Pool::LONGEST)]
    TooLong,
}

/// `$argon2id$v=19$m=…,t=…,p=…$salt$hash`
pub(super) struct Phc {
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, PasswordError> {
        read(text)
            .filter(|phc| matches!(phc.salt.len(), 8..=64) && matches!(phc.hash.len(), 16..=64))
            .ok_or(PasswordError::Hash)
    }
}

fn read(text: &str) -> Option<Phc> {
    let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
    let (cost, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let mut numbers = cost.split(',');
    let memory = number(numbers.next()?, "m=")?;
    let passes = number(numbers.next()?, "t=")?;
    let lanes = number(numbers.next()?, "p=")?;
    if numbers.next().is_some() {
        return None;
    }
    Some(Phc {
        cost: Cost { memory, passes, lanes },
        salt: STANDARD_NO_PAD.decode(salt).ok()?,
        hash: STANDARD_NO_PAD.decode(hash).ok()?,
    })
}

/// Decimal digits without a sign or leading zeros.
fn number(text: &str, name: &str) -> Option<u32> {
    let digits = text.strip_prefix(name)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok() } else { None }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { memory, passes, lanes } = self.cost;
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        write!(f, "$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
    }
}
