//! A request about a token: that it be forgotten (RFC 7009 §2.1), or what it is good for (RFC 7662 §2.1).

use super::InvalidRequest;
use crate::{form::Form, secret::Secret};

/// Where to look first for a token; a wrong hint costs a second look and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenTypeHint {
    /// `access_token`
    AccessToken,
    /// `refresh_token`
    RefreshToken,
}

/// A token that something is to be done with: which, the endpoint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutToken {
    /// The token, of whatever kind it is.
    pub token: Secret<String>,
    /// What the client thinks it is; an unknown hint is no hint.
    pub hint: Option<TokenTypeHint>,
}

impl TokenTypeHint {
    /// Reads the name; one that is not known is no hint.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::AccessToken, Self::RefreshToken].into_iter().find(|hint| hint.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

impl AboutToken {
    /// Reads one; only the token must be there.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let token = Secret::new(form.required("token")?.to_owned());
        Ok(Self { token, hint: form.text("token_type_hint").and_then(TokenTypeHint::parse) })
    }

    /// The parameters, as a client sends them; who it is comes on top.
    pub fn to_form(&self) -> Form {
        let hint = self.hint.map(TokenTypeHint::as_str);
        Form::new().with("token", self.token.reveal()).with_some("token_type_hint", hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormError;

    fn parse(body: &str) -> Result<AboutToken, InvalidRequest> {
        AboutToken::parse(&Form::parse(body.as_bytes()).unwrap())
    }

    /// RFC 7009 §2.1; RFC 7662 §2.1.
    #[test]
    fn a_token_is_required_and_a_hint_is_only_a_hint() {
        assert_eq!(parse("client_id=c"), Err(InvalidRequest::Form(FormError::Missing("token"))));
        assert_eq!(parse("token_type_hint=access_token"), parse("client_id=c"));
        assert_eq!(parse("token=t&token_type_hint=mac").unwrap().hint, None);
        let request = parse("token=t&token_type_hint=refresh_token").unwrap();
        assert_eq!(request.hint, Some(TokenTypeHint::RefreshToken));
        assert_eq!(request.to_form().encode(), "token=t&token_type_hint=refresh_token");
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for hint in [None, Some(TokenTypeHint::AccessToken), Some(TokenTypeHint::RefreshToken)] {
            let asked = AboutToken { token: Secret::new("a.b.c".to_owned()), hint };
            assert_eq!(AboutToken::parse(&asked.to_form()), Ok(asked));
        }
    }
}
