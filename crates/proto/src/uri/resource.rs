//! Which resource a token is for (RFC 8707 §2).

use std::fmt;

use super::{
    UriError,
    parts::{check_characters, split_scheme},
};

/// A resource's name in the shape of an absolute URI. Equality is by bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(Box<str>);

impl Resource {
    /// Reads one: absolute, without fragment (RFC 8707 §2).
    pub fn parse(text: &str) -> Result<Self, UriError> {
        check_characters(text)?;
        let (_, rest) = split_scheme(text)?;
        if rest.is_empty() {
            return Err(UriError::Host);
        }
        if rest.contains('#') {
            return Err(UriError::Part("fragment"));
        }
        Ok(Self(text.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
