//! A question about a token (RFC 7662 §2.1).

use super::{InvalidRequest, revocation::TokenTypeHint};
use crate::{form::Form, secret::Secret};

/// A question whether a token is good, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntrospectionRequest {
    /// The token, of whatever kind it is.
    pub token: Secret<String>,
    /// What it is thought to be; an unknown hint is no hint.
    pub hint: Option<TokenTypeHint>,
}

impl IntrospectionRequest {
    /// Reads one; only the token must be there.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let (token, hint) = TokenTypeHint::read(form)?;
        Ok(Self { token, hint })
    }

    /// The parameters, as whoever asks sends them; who that is comes on top.
    pub fn to_form(&self) -> Form {
        TokenTypeHint::write(&self.token, self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7662 §2.1.
    #[test]
    fn what_is_asked_is_read_as_it_was_written() {
        let token = Secret::new("a.b.c".to_owned());
        for hint in [None, Some(TokenTypeHint::AccessToken), Some(TokenTypeHint::RefreshToken)] {
            let asked = IntrospectionRequest { token: token.clone(), hint };
            assert_eq!(IntrospectionRequest::parse(&asked.to_form()), Ok(asked));
        }
        assert!(IntrospectionRequest::parse(&Form::new().with("token_type_hint", "access_token")).is_err());
    }
}
