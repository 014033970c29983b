//! Who issued something (`iss`, RFC 8414 §2).

use std::fmt;

use super::{Origin, UriError, parts::Web};

/// An authorization server's name. Two are equal when their bytes are: `https://a.example` and
/// `https://a.example/` are two issuers (RFC 9207 §2.4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer {
    text: Box<str>,
    origin: Origin,
}

impl Issuer {
    /// Reads one: `http` or `https`, without query and fragment. Nothing about it is changed.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let web = Web::split(text)?;
        if web.query.is_some() {
            return Err(UriError::Part("query"));
        }
        if web.fragment.is_some() {
            return Err(UriError::Part("fragment"));
        }
        Ok(Self { text: text.into(), origin: Origin::of(&web) })
    }

    /// Its text, byte for byte as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where it lives.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Without a path, the other of the two ways to write it: with or without its last slash. It is another issuer.
    pub fn twin(&self) -> Option<Self> {
        let (bare, has_slash) = match self.text.strip_suffix('/') {
            Some(bare) => (bare, true),
            None => (&*self.text, false),
        };
        let has_path = bare.split_once("://").is_none_or(|(_, rest)| rest.contains('/'));
        let text = if has_slash { bare.to_owned() } else { format!("{bare}/") };
        (!has_path).then(|| Self { text: text.into(), origin: self.origin.clone() })
    }

    /// An address below it, with exactly one slash between the two.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{}", self.text.trim_end_matches('/'), path.trim_start_matches('/'))
    }

    /// Where OpenID Connect Discovery §4 looks for its metadata.
    pub fn openid_configuration(&self) -> String {
        self.join(".well-known/openid-configuration")
    }

    /// Where RFC 8414 §3.1 looks for its metadata: the well-known part goes between host and path.
    pub fn oauth_metadata(&self) -> String {
        self.inserted("oauth-authorization-server")
    }

    /// Where RFC 8414 §5 lets a server of OpenID Connect keep its metadata too, inserted as OAuth's are. The same as
    /// [`openid_configuration`](Self::openid_configuration) for an issuer without a path.
    pub fn openid_configuration_inserted(&self) -> String {
        self.inserted("openid-configuration")
    }

    fn inserted(&self, name: &str) -> String {
        let after_scheme = self.text.find("://").map_or(0, |at| at + 3);
        let rest = self.text.get(after_scheme..).unwrap_or_default();
        let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
        format!("{}/.well-known/{name}{}", self.origin, path.trim_end_matches('/'))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
