//! Request parameters, whether they came as a form, a query or a JSON object.
//!
//! RFC 6749 §3.1 and §3.2: a parameter without a value counts as omitted, an unknown one is ignored, and none
//! may come twice. Readers take what they know by name; nothing here knows any name.

mod json;
mod multipart;
mod urlencoded;

pub use multipart::{Multipart, MultipartError};

use std::fmt;

use crate::{jose::json::JsonError, secret::Secret};

/// Why a request's parameters cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// A `%` is not followed by two hexadecimal digits, or the text is not UTF-8, or it holds NUL.
    #[error("the parameters are not percent-encoded UTF-8")]
    Encoding,
    /// The body is not one JSON object.
    #[error("the body is not a JSON object: {0}")]
    Json(#[from] JsonError),
    /// A JSON member is an object or an array.
    #[error("the parameter {0} is not a string, a number or a boolean")]
    Nested(String),
    /// The same parameter came twice.
    #[error("the parameter {0} was sent more than once")]
    Repeated(String),
    /// A parameter without which the request means nothing.
    #[error("the parameter {0} is missing")]
    Missing(&'static str),
    /// More parameters than [`Form::LIMIT`].
    #[error("more than {limit} parameters were sent", limit = Form::LIMIT)]
    TooMany,
}

/// Parameters of one request, each at most once.
///
/// Values are kept secret until asked for, since some are: `Debug` prints the names alone.
#[derive(Clone, Default)]
pub struct Form {
    fields: Vec<(String, Secret<String>)>,
    bare: Vec<String>,
}

impl Form {
    /// Most parameters one request may have.
    pub const LIMIT: usize = 128;

    /// Reads `application/x-www-form-urlencoded`: a body, or a query without its `?`.
    pub fn parse(encoded: &[u8]) -> Result<Self, FormError> {
        Self::parse_repeatable(encoded, &[])
    }

    /// Reads the same, and lets the named parameters come more than once, as RFC 8707 §2 does `resource`.
    pub fn parse_repeatable(encoded: &[u8], repeatable: &[&str]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for pair in encoded.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = urlencoded::pair(pair)?;
            form.add(name, value, repeatable)?;
        }
        Ok(form)
    }

    /// Reads a JSON object whose members are strings, numbers or booleans; `null` counts as omitted.
    ///
    /// The members must differ after their escapes are resolved, or which of two is meant would be a guess.
    pub fn from_json(body: &[u8]) -> Result<Self, FormError> {
        json::parse(body, &[])
    }

    /// Reads the same, but for the named members: whoever knows what they hold reads them from the body itself.
    pub fn from_json_without(body: &[u8], others: &[&str]) -> Result<Self, FormError> {
        json::parse(body, others)
    }

    /// Makes one of known parameters, as clients do.
    ///
    /// ```
    /// use keybound_proto::form::Form;
    ///
    /// let form = Form::new().with("grant_type", "refresh_token").with("scope", "openid email");
    /// assert_eq!(form.encode(), "grant_type=refresh_token&scope=openid+email");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter; the caller names each once.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), Secret::new(value.to_owned())));
        self
    }

    /// Adds a parameter when there is one.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same without these parameters.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        self.fields.retain(|(name, _)| !names.contains(&name.as_str()));
        self.bare.retain(|name| !names.contains(&name.as_str()));
        self
    }

    /// As `application/x-www-form-urlencoded`.
    pub fn encode(&self) -> String {
        urlencoded::encode(self.pairs())
    }

    /// The value, or `None` when the parameter is absent or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs().find(|&(own, _)| own == name).map(|(_, value)| value)
    }

    /// The value, or a refusal that names the parameter.
    pub fn required(&self, name: &'static str) -> Result<&str, FormError> {
        self.text(name).ok_or(FormError::Missing(name))
    }

    /// The value, kept secret.
    pub fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.text(name).map(|value| Secret::new(value.to_owned()))
    }

    /// Every value of a parameter that may be repeated.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs().filter(move |&(own, _)| own == name).map(|(_, value)| value)
    }

    /// Whether the parameter was named at all, if only as a bare key (Auth0's `federated`).
    pub fn names(&self, name: &str) -> bool {
        self.bare.iter().any(|own| own == name) || self.text(name).is_some()
    }

    /// Every parameter with a value, in the order sent.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.reveal().as_str()))
    }

    /// The names of parameters without a value, in the order sent.
    pub fn bare(&self) -> impl Iterator<Item = &str> {
        self.bare.iter().map(String::as_str)
    }

    /// Takes a parameter in, as the rules for repeated and empty ones have it.
    fn add(&mut self, name: String, value: String, repeatable: &[&str]) -> Result<(), FormError> {
        if self.fields.len() + self.bare.len() >= Self::LIMIT {
            return Err(FormError::TooMany);
        }
        if value.is_empty() {
            self.bare.push(name);
            return Ok(());
        }
        if !repeatable.contains(&name.as_str()) && self.text(&name).is_some() {
            return Err(FormError::Repeated(shown(&name)));
        }
        self.fields.push((name, Secret::new(value)));
        Ok(())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name)).finish()
    }
}

/// A peer's parameter name, short and tame enough to be shown in a refusal.
fn shown(name: &str) -> String {
    name.chars()
        .take(40)
        .map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' { c } else { '?' })
        .collect()
}

#[cfg(test)]
mod tests;
