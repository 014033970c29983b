//! A client known by the address of its own description (OAuth Client ID Metadata Document §3).

use std::fmt;

use super::{UriError, parts::Web};
use crate::id::{ClientId, IdError};

/// Where a client describes itself; at servers that read it there, this is the client's name.
///
/// ```
/// use keybound_proto::uri::DocumentUrl;
///
/// let name = DocumentUrl::parse("https://app.example/client.json")?.client_id()?;
/// assert_eq!(name.as_str(), "https://app.example/client.json");
/// assert!(DocumentUrl::parse("https://app.example/a/../client.json").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentUrl(Box<str>);

impl DocumentUrl {
    /// Reads one: `https`, with a path that has no dot segments, without fragment and user name.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let web = Web::split(text)?;
        if web.scheme != "https" {
            return Err(UriError::Scheme);
        }
        if web.fragment.is_some() {
            return Err(UriError::Part("fragment"));
        }
        let dots = |segment: &str| {
            matches!(segment.to_ascii_lowercase().as_str(), "." | ".." | "%2e" | "%2e%2e" | ".%2e" | "%2e.")
        };
        if web.path.is_empty() || web.path.split('/').any(dots) {
            return Err(UriError::Part("path without a name or with dot segments"));
        }
        Ok(Self(text.into()))
    }

    /// The name, as a server that reads such documents takes it.
    pub fn client_id(&self) -> Result<ClientId, IdError> {
        ClientId::parse(&self.0)
    }

    /// Whose it is: the host that answers for it, without the port.
    pub fn host(&self) -> String {
        Web::split(&self.0).map_or_else(|_| String::new(), |web| web.host.into_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Client ID Metadata Document §3; conformance A19.
    #[test]
    fn a_client_is_named_by_an_address_that_has_one_spelling() {
        for good in ["https://app.example/c", "https://app.example/", "https://app.example:8443/a/b?c=d"] {
            assert_eq!(DocumentUrl::parse(good).unwrap().client_id().unwrap().as_str(), good);
        }
        let host = |text| DocumentUrl::parse(text).unwrap().host();
        assert_eq!(
            (host("https://App.example:8443/c"), host("https://[::1]/c")),
            ("app.example".into(), "[::1]".into())
        );
        for bad in [
            "http://app.example/c",
            "https://app.example",
            "https://app.example/c#f",
            "https://ada@app.example/c",
            "https://app.example/./c",
            "https://app.example/a/..",
            "https://app.example/%2E%2e/c",
            "app",
        ] {
            assert!(DocumentUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
