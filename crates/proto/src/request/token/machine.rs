//! What a client gets for itself.

use super::{resources, scopes, text, with_resources};
use crate::{form::Form, request::InvalidRequest, scope::Scopes, uri::Resource};

/// A machine asks on its own behalf (RFC 6749 §4.4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineRequest {
    /// What is asked for; `None` is all that an administrator granted.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
    /// Within which organization.
    pub organization: Option<String>,
}

impl MachineRequest {
    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        Ok(Self {
            scopes: scopes(form)?,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
            organization: form.text("organization").map(str::to_owned),
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with_some("scope", text(self.scopes.as_ref()).as_deref())
            .with_some("audience", self.audience.as_deref())
            .with_some("organization", self.organization.as_deref());
        with_resources(form, &self.resources)
    }
}
