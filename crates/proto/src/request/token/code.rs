//! A code the browser brought.

use super::{resources, secret, with_resources};
use crate::{form::Form, pkce::CodeVerifier, request::InvalidRequest, secret::Secret, uri::Resource};

/// A code to redeem (RFC 6749 §4.1.3, RFC 7636 §4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeRequest {
    /// The code.
    pub code: Secret<String>,
    /// The address the code came by, byte for byte; OAuth 2.1 lets it be left out.
    pub redirect_uri: Option<String>,
    /// The other half of the PKCE challenge.
    pub verifier: Option<CodeVerifier>,
    /// Resources asked for out of those granted (RFC 8707 §2.2).
    pub resources: Vec<Resource>,
}

impl CodeRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self {
            code: secret(form, "code")?,
            redirect_uri: form.text("redirect_uri").map(str::to_owned),
            verifier: form.text("code_verifier").map(CodeVerifier::parse).transpose()?,
            resources: resources(form)?,
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("code", self.code.reveal())
            .with_some("redirect_uri", self.redirect_uri.as_deref())
            .with_some("code_verifier", self.verifier.as_ref().map(CodeVerifier::reveal));
        with_resources(form, &self.resources)
    }
}
