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

impl RevocationRequest {
    /// Reads one; only the token must be there.
    pub fn parse(form: &Form) -> Result<Self, InvalidRequest> {
        let token = Secret::new(form.required("token")?.to_owned());
        let hint = match form.text("token_type_hint") {
            Some("access_token") => Some(TokenTypeHint::AccessToken),
            Some("refresh_token") => Some(TokenTypeHint::RefreshToken),
            _ => None,
        };
        Ok(Self { token, hint })
    }

    /// The parameters, as a client sends them; who it is comes on top.
    pub fn to_form(&self) -> Form {
        let hint = self.hint.map(|hint| match hint {
            TokenTypeHint::AccessToken => "access_token",
            TokenTypeHint::RefreshToken => "refresh_token",
        });
        Form::new().with("token", self.token.reveal()).with_some("token_type_hint", hint)
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
