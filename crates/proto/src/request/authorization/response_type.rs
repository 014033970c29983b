//! What the answer of the authorization endpoint is to hold (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types).

/// What the answer is to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResponseType {
    /// A code to redeem.
    #[default]
    Code,
    /// An ID token (OIDC Core §3.2).
    IdToken,
    /// An ID token, and an access token (OIDC Core §3.2).
    IdTokenToken,
    /// An access token (RFC 6749 §4.2).
    Token,
}

impl ResponseType {
    /// Every type there is here. What mixes a code with tokens is none.
    pub const ALL: [Self; 4] = [Self::Code, Self::IdToken, Self::IdTokenToken, Self::Token];

    /// The type of these words, whatever their order (Multiple Response Types §3).
    pub fn parse(text: &str) -> Option<Self> {
        let mut words: Vec<_> = text.split(' ').collect();
        words.sort_unstable();
        let sorted = words.join(" ");
        Self::ALL.into_iter().find(|one| one.as_str() == sorted)
    }

    /// Its words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
            Self::Token => "token",
        }
    }

    /// Whether an ID token comes by the browser.
    pub const fn brings_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken)
    }

    /// Whether an access token comes by the browser.
    pub const fn brings_access_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::Token)
    }

    /// Whether tokens come by the browser, where nothing shows who takes them.
    pub const fn is_implicit(self) -> bool {
        !matches!(self, Self::Code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OAuth 2.0 Multiple Response Types §3.
    #[test]
    fn the_order_of_the_words_says_nothing() {
        for one in ResponseType::ALL {
            assert_eq!(ResponseType::parse(one.as_str()), Some(one));
        }
        assert_eq!(ResponseType::parse("token id_token"), Some(ResponseType::IdTokenToken));
        for unknown in ["", "code id_token", "code token", "none", "token token", "id_token  token", "Code"] {
            assert_eq!(ResponseType::parse(unknown), None, "{unknown}");
        }
    }
}
