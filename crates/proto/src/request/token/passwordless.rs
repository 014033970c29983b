//! A code that was sent to an address of the user's.

use super::{resources, scopes, secret, text, with_resources};
use crate::{form::Form, request::InvalidRequest, scope::Scopes, secret::Secret, uri::Resource};

/// A code the user received, and the address it went to (Auth0's `passwordless/otp`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordlessRequest {
    /// The email address or the telephone number.
    pub username: String,
    /// The code.
    pub otp: Secret<String>,
    /// Which of the two it was.
    pub realm: PasswordlessRealm,
    /// What is asked for.
    pub scopes: Option<Scopes>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

/// The connection a code is sent by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PasswordlessRealm {
    /// To an email address.
    Email,
    /// To a telephone.
    Sms,
}

impl PasswordlessRequest {
    /// Asks for whatever this user gets by default.
    pub fn new(realm: PasswordlessRealm, username: impl Into<String>, otp: Secret<String>) -> Self {
        let (username, resources) = (username.into(), Vec::new());
        Self { username, otp, realm, scopes: None, audience: None, resources }
    }

    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        let reason = "is neither email nor sms";
        let realm = PasswordlessRealm::parse(form.required("realm")?);
        Ok(Self {
            username: form.required("username")?.to_owned(),
            otp: secret(form, "otp")?,
            realm: realm.ok_or(InvalidRequest::Malformed { name: "realm", reason })?,
            scopes: scopes(form)?,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("username", &self.username)
            .with("otp", self.otp.reveal())
            .with("realm", self.realm.as_str())
            .with_some("scope", text(self.scopes.as_ref()).as_deref())
            .with_some("audience", self.audience.as_deref());
        with_resources(form, &self.resources)
    }
}

impl PasswordlessRealm {
    /// The connection of this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Email, Self::Sms].into_iter().find(|realm| realm.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }
}
