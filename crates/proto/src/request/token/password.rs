//! A user's own password, told to the client: what all the rest was made to avoid.

use super::{resources, scopes, secret, text, with_resources};
use crate::{form::Form, request::InvalidRequest, scope::Scopes, secret::Secret, uri::Resource};

/// A user's name and password (RFC 6749 §4.3.2). RFC 9700 §2.4: this must not be used. Auth0 has it nevertheless,
/// and with a realm as a grant of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRequest {
    /// What the user calls himself.
    pub username: String,
    /// What nobody else should know.
    pub password: Secret<String>,
    /// The connection the user belongs to, where it is not the tenant's own choice.
    pub realm: Option<String>,
    /// What is asked for.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

impl PasswordRequest {
    /// Asks for whatever this user gets by default.
    pub fn new(username: impl Into<String>, password: Secret<String>) -> Self {
        let (username, resources) = (username.into(), Vec::new());
        Self { username, password, realm: None, scopes: None, audience: None, resources }
    }

    pub(super) fn read(form: &Form, realm: Option<String>) -> Result<Self, InvalidRequest> {
        Ok(Self {
            username: form.required("username")?.to_owned(),
            password: secret(form, "password")?,
            realm,
            scopes: scopes(form)?,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("username", &self.username)
            .with("password", self.password.reveal())
            .with_some("realm", self.realm.as_deref())
            .with_some("scope", text(self.scopes.as_ref()).as_deref())
            .with_some("audience", self.audience.as_deref());
        with_resources(form, &self.resources)
    }
}
