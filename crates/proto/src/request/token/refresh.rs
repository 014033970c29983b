//! The token that stands for a login that was.

use super::{resources, scopes, secret, text, with_resources};
use crate::{form::Form, request::InvalidRequest, scope::Scopes, secret::Secret, uri::Resource};

/// A refresh token to redeem (RFC 6749 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRequest {
    /// The refresh token.
    pub token: Secret<String>,
    /// What is asked for; `None` is all that was granted.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name another API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

impl RefreshRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self {
            token: secret(form, "refresh_token")?,
            scopes: scopes(form)?,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("refresh_token", self.token.reveal())
            .with_some("scope", text(self.scopes.as_ref()).as_deref())
            .with_some("audience", self.audience.as_deref());
        with_resources(form, &self.resources)
    }
}
