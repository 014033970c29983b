//! A token to be forgotten (RFC 7009 §2.1).

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

/// A revocation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationRequest {
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

    /// The token of a request about one, and what it is thought to be.
    pub(super) fn read(form: &Form) -> Result<(Secret<String>, Option<Self>), InvalidRequest> {
        let token = Secret::new(form.required("token")?.to_owned());
        Ok((token, form.text("token_type_hint").and_then(Self::parse)))
    }

    /// The same as parameters.
    pub(super) fn write(token: &Secret<String>, hint: Option<Self>) -> Form {
        Form::new().with("token", token.reveal()).with_some("token_type_hint", hint.map(Self::as_str))
    }
}

impl RevocationRequest {
    /// Reads one; only the token must be there.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let (token, hint) = TokenTypeHint::read(form)?;
        Ok(Self { token, hint })
    }

    /// The parameters, as a client sends them; who it is comes on top.
    pub fn to_form(&self) -> Form {
        TokenTypeHint::write(&self.token, self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::FormError;

    fn parse(body: &str) -> Result<RevocationRequest, InvalidRequest> {
        RevocationRequest::parse(&Form::parse(body.as_bytes()).unwrap())
    }

    /// RFC 7009 §2.1.
    #[test]
    fn a_token_is_required_and_a_hint_is_only_a_hint() {
        assert_eq!(parse("client_id=c"), Err(InvalidRequest::Form(FormError::Missing("token"))));
        assert_eq!(parse("token=t&token_type_hint=mac").unwrap().hint, None);
        let request = parse("token=t&token_type_hint=refresh_token").unwrap();
        assert_eq!(request.hint, Some(TokenTypeHint::RefreshToken));
        assert_eq!(request.to_form().encode(), "token=t&token_type_hint=refresh_token");
    }
}
