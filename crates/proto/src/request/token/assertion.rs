//! A statement of somebody the server trusts.

use super::{resources, scopes, secret, text, with_resources};
use crate::{form::Form, request::InvalidRequest, scope::Scopes, secret::Secret, uri::Resource};

/// A signed statement about a user to redeem (RFC 7523 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionRequest {
    /// The statement, a JWT.
    pub assertion: Secret<String>,
    /// What is asked for.
    pub scopes: Option<Scopes>,
    /// Where the token is to be used (RFC 8707 §2).
    pub resources: Vec<Resource>,
}

impl AssertionRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self { assertion: secret(form, "assertion")?, scopes: scopes(form)?, resources: resources(form)? })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("assertion", self.assertion.reveal())
            .with_some("scope", text(self.scopes.as_ref()).as_deref());
        with_resources(form, &self.resources)
    }
}
