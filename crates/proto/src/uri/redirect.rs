//! Where an authorization response may be sent (RFC 6749 §3.1.2).

use std::fmt;

use super::{
    Origin, UriError,
    parts::{Web, check_characters, split_scheme},
};

/// A client's redirection address. Equality is by bytes (RFC 9700 §2.1); [`RedirectUri::permits`] adds the one
/// exception there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RedirectUri(Box<str>);

impl RedirectUri {
    /// Reads one: absolute, without fragment, without credentials, and of a scheme that runs nothing by itself.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        check_characters(text)?;
        let (scheme, rest) = split_scheme(text)?;
        if rest.is_empty() {
            return Err(UriError::Host);
        }
        if rest.contains('#') {
            return Err(UriError::Part("fragment"));
        }
        if FORBIDDEN.iter().any(|forbidden| scheme.eq_ignore_ascii_case(forbidden)) {
            return Err(UriError::Scheme);
        }
        if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            Web::split(text)?;
        }
        Ok(Self(text.into()))
    }

    /// Whether `asked` may be used where this one is registered.
    ///
    /// The bytes must be equal. Only the port of a loopback address may differ, because a native app takes
    /// whichever is free when it starts (RFC 8252 §7.3); `localhost` is a name, not such an address (§8.3).
    pub fn permits(&self, asked: &Self) -> bool {
        self == asked
            || self.without_loopback_port().is_some_and(|ours| Some(ours) == asked.without_loopback_port())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lives; `None` for an app's own scheme.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of_url(&self.0).ok()
    }

    /// Whether it leads back to the machine the browser runs on: `127.0.0.1`, `[::1]` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        self.origin().is_some_and(|origin| origin.is_loopback())
    }

    fn without_loopback_port(&self) -> Option<(&'static str, &str)> {
        let rest = self.0.strip_prefix("http://")?;
        let (host, rest) = LOOPBACK.iter().find_map(|host| Some((*host, rest.strip_prefix(host)?)))?;
        let Some(after) = rest.strip_prefix(':') else {
            return (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((host, rest));
        };
        Some((host, after.trim_start_matches(|c: char| c.is_ascii_digit())))
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const LOOPBACK: [&str; 2] = ["127.0.0.1", "[::1]"];

/// Schemes that a browser runs, or opens as a file, instead of going anywhere.
const FORBIDDEN: [&str; 7] = ["about", "blob", "data", "file", "javascript", "vbscript", "view-source"];
