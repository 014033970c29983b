//! What a token is, where that is not plain from the grant (RFC 8693 §3).

use std::fmt;

/// What a token is, as RFC 8693 §3 names it. How it is presented is another thing: [`super::TokenType`].
///
/// ```
/// use keybound_proto::response::token::TokenKind;
///
/// let kind = TokenKind::parse("urn:ietf:params:oauth:token-type:access_token");
/// assert_eq!(kind, TokenKind::AccessToken);
/// assert_eq!(TokenKind::parse("https://shop.example/legacy").as_str(), "https://shop.example/legacy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// For a resource server; opaque to others.
    AccessToken,
    /// A statement about a user for another company's server (Identity Assertion Authorization Grant §4.3).
    IdJag,
    /// Says who a user is (OpenID Connect Core §2).
    IdToken,
    /// A JWT of whatever use.
    Jwt,
    /// For the token endpoint.
    RefreshToken,
    /// A SAML 1.1 assertion.
    Saml1,
    /// A SAML 2.0 assertion.
    Saml2,
    /// Something that two parties have a name for: a URI, by RFC 8693 §3.
    Other(String),
}

impl TokenKind {
    const NAMED: [(Self, &'static str); 7] = [
        (Self::AccessToken, "urn:ietf:params:oauth:token-type:access_token"),
        (Self::IdJag, "urn:ietf:params:oauth:token-type:id-jag"),
        (Self::IdToken, "urn:ietf:params:oauth:token-type:id_token"),
        (Self::Jwt, "urn:ietf:params:oauth:token-type:jwt"),
        (Self::RefreshToken, "urn:ietf:params:oauth:token-type:refresh_token"),
        (Self::Saml1, "urn:ietf:params:oauth:token-type:saml1"),
        (Self::Saml2, "urn:ietf:params:oauth:token-type:saml2"),
    ];

    /// The kind of this name, compared byte for byte.
    pub fn parse(name: &str) -> Self {
        let found = Self::NAMED.into_iter().find(|&(_, own)| own == name);
        found.map_or_else(|| Self::Other(name.to_owned()), |(kind, _)| kind)
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(name) => name,
            kind => Self::NAMED.iter().find(|(own, _)| own == kind).map_or("", |&(_, name)| name),
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8693 §3.
    #[test]
    fn every_kind_has_one_name_and_is_read_back_by_it() {
        for (kind, name) in TokenKind::NAMED {
            assert_eq!(kind.as_str(), name);
            assert_eq!(TokenKind::parse(name), kind);
        }
        let shouted = TokenKind::parse("URN:IETF:PARAMS:OAUTH:TOKEN-TYPE:JWT");
        assert_eq!(shouted, TokenKind::Other("URN:IETF:PARAMS:OAUTH:TOKEN-TYPE:JWT".into()));
    }
}
