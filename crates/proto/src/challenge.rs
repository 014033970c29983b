//! `WWW-Authenticate` for `DPoP` and `Bearer`, written and read (RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1).

mod read;

use std::fmt;

use crate::{code::ErrorCode, jose::AlgSet, scope::Scopes};

/// How credentials are presented. The names are compared without regard to case (RFC 9110 §11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// HTTP Basic, as a token endpoint offers it to clients (RFC 7617).
    Basic,
    /// Bearer tokens (RFC 6750).
    Bearer,
    /// Tokens bound to a key (RFC 9449).
    DPoP,
    /// One we only pass over, in lower case.
    Other(Box<str>),
}

impl Scheme {
    /// The scheme of this name, in whatever case it is written.
    pub fn parse(name: &str) -> Self {
        match name {
            name if name.eq_ignore_ascii_case("basic") => Self::Basic,
            name if name.eq_ignore_ascii_case("bearer") => Self::Bearer,
            name if name.eq_ignore_ascii_case("dpop") => Self::DPoP,
            name => Self::Other(name.to_ascii_lowercase().into()),
        }
    }

    /// Its name as we write it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Basic => "Basic",
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
            Self::Other(name) => name,
        }
    }
}

/// What a server asks for: a scheme and its parameters.
///
/// Values are written as quoted strings of the characters RFC 6750 §3 allows; whatever else a value holds is
/// replaced, so that no value can end the string, the parameter, or the header.
///
/// ```
/// use keybound_proto::{challenge::{Challenge, Scheme}, code::ErrorCode, jose::AlgSet};
///
/// let challenge = Challenge::new(Scheme::DPoP).error(ErrorCode::UseDpopNonce).algs(AlgSet::ES256);
/// assert_eq!(challenge.to_string(), r#"DPoP error="use_dpop_nonce", algs="ES256""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: Scheme,
    params: Vec<(Box<str>, String)>,
}

impl Challenge {
    /// A challenge without parameters.
    pub const fn new(scheme: Scheme) -> Self {
        Self { scheme, params: Vec::new() }
    }

    /// Reads every challenge of one or many header lines.
    ///
    /// What cannot be read ends the reading of its line; the challenges complete before it still count, since
    /// a client that gave up on them could be made to miss a nonce.
    pub fn read<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Vec<Self> {
        headers.into_iter().flat_map(read::line).collect()
    }

    /// The protection space.
    #[must_use]
    pub fn realm(self, realm: &str) -> Self {
        self.with("realm", realm)
    }

    /// Why the credentials were refused. Left out when there were none (RFC 6750 §3.1).
    #[must_use]
    pub fn error(self, code: ErrorCode) -> Self {
        self.with("error", code.as_str())
    }

    /// The same for a developer to read.
    #[must_use]
    pub fn description(self, text: &str) -> Self {
        self.with("error_description", text)
    }

    /// The scope this needs.
    #[must_use]
    pub fn scope(self, scopes: &Scopes) -> Self {
        self.with("scope", &scopes.to_string())
    }

    /// The algorithms a proof may use (RFC 9449 §7.1).
    #[must_use]
    pub fn algs(self, algs: AlgSet) -> Self {
        self.with("algs", &algs.to_string())
    }

    /// Where the resource describes itself (RFC 9728 §5.1).
    #[must_use]
    pub fn resource_metadata(self, url: &str) -> Self {
        self.with("resource_metadata", url)
    }

    /// Sets any parameter; a second value of one name replaces the first.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.params.retain(|(own, _)| &**own != name);
        self.params.push((name.into(), value.chars().map(tame).collect()));
        self
    }

    /// Its scheme.
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// A parameter's value; names are compared without regard to case (RFC 9110 §11.2).
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The error it names, when it names one we know.
    pub fn error_code(&self) -> Option<ErrorCode> {
        self.param("error").and_then(ErrorCode::parse)
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.scheme.as_str())?;
        for (at, (name, value)) in self.params.iter().enumerate() {
            let before = if at == 0 { " " } else { ", " };
            write!(f, "{before}{name}=\"")?;
            value.chars().map(tame).try_for_each(|c| write!(f, "{c}"))?;
            f.write_str("\"")?;
        }
        Ok(())
    }
}

/// RFC 6750 §3: `%x20-21 / %x23-5B / %x5D-7E`, and the nearest of those for what is not.
const fn tame(c: char) -> char {
    match c {
        '"' => '\'',
        '\\' => '/',
        '\n' | '\r' | '\t' => ' ',
        ' '..='~' => c,
        _ => '?',
    }
}

#[cfg(test)]
mod tests;
