//! Where something lives: scheme, host and port (RFC 6454 §4).

use std::fmt;

use super::{UriError, parts::Web};

/// A scheme, a host and a port, in normal form: `https://api.example.com`, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// Reads one. A single slash after it is tolerated; anything more is not an origin, and neither is `null`.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let web = Web::split(text)?;
        if !matches!(web.path, "" | "/") {
            return Err(UriError::Part("path"));
        }
        if web.query.is_some() {
            return Err(UriError::Part("query"));
        }
        if web.fragment.is_some() {
            return Err(UriError::Part("fragment"));
        }
        Ok(Self::of(&web))
    }

    /// The origin of any `http` or `https` address.
    pub fn of_url(url: &str) -> Result<Self, UriError> {
        Web::split(url).map(|web| Self::of(&web))
    }

    /// Its text, as a browser writes it in an `Origin` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there is protected by TLS.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// Whether it is the machine that asks: `127.0.0.1`, `[::1]` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        Web::split(&self.0).is_ok_and(|web| matches!(&*web.host, "127.0.0.1" | "[::1]" | "localhost"))
    }

    /// Whether what is sent there is seen by nobody on the way: TLS, or the machine itself.
    pub fn is_private(&self) -> bool {
        self.is_secure() || self.is_loopback()
    }

    /// Its host, without the port.
    pub fn host(&self) -> &str {
        let (_, authority) = self.0.split_once("://").unwrap_or_default();
        let end = authority.rfind(':').filter(|&end| !authority.ends_with(']') && end > 0);
        end.and_then(|end| authority.get(..end)).unwrap_or(authority)
    }

    pub(super) fn of(web: &Web<'_>) -> Self {
        let mut text = String::with_capacity(web.host.len() + 16);
        web.write_origin(&mut text);
        Self(text.into_boxed_str())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
