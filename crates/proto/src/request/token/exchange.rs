//! One token for another (RFC 8693).

use super::{resources, scopes, secret, text, with_resources};
use crate::{
    form::Form, request::InvalidRequest, response::token::TokenKind, scope::Scopes, secret::Secret,
    uri::Resource,
};

/// A token to exchange (RFC 8693 §2.1). Auth0's Custom Token Exchange adds the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeRequest {
    /// Speaks for the one on whose behalf the request is made.
    pub subject: GivenToken,
    /// Speaks for the one who acts, where that is another.
    pub actor: Option<GivenToken>,
    /// What kind of token is wanted; the server chooses where nothing is said.
    pub requested: Option<TokenKind>,
    /// What is asked for.
    pub scopes: Option<Scopes>,
    /// Where the token is to be used. RFC 8693 lets it be repeated; no server we know of takes more than one.
    pub audience: Option<String>,
    /// The same as an address; may be several.
    pub resources: Vec<Resource>,
    /// Within which organization.
    pub organization: Option<String>,
}

/// A token that is shown, and what kind it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenToken {
    /// The token.
    pub token: Secret<String>,
    /// Its kind; without it the server could take it for another.
    pub kind: TokenKind,
}

impl ExchangeRequest {
    /// Asks for whatever the server gives for this token.
    pub const fn of(subject: GivenToken) -> Self {
        Self {
            subject,
            actor: None,
            requested: None,
            scopes: None,
            audience: None,
            resources: Vec::new(),
            organization: None,
        }
    }

    pub(super) fn read(form: &Form) -> Result<Self, InvalidRequest> {
        let kind = |name| Ok::<_, InvalidRequest>(TokenKind::parse(form.required(name)?));
        let subject = GivenToken { token: secret(form, "subject_token")?, kind: kind("subject_token_type")? };
        let actor = match (form.secret("actor_token"), form.text("actor_token_type")) {
            (Some(token), _) => Some(GivenToken { token, kind: kind("actor_token_type")? }),
            (None, None) => None,
            (None, Some(_)) => {
                let reason = "is there, and actor_token is not";
                return Err(InvalidRequest::Malformed { name: "actor_token_type", reason });
            }
        };
        Ok(Self {
            subject,
            actor,
            requested: form.text("requested_token_type").map(TokenKind::parse),
            scopes: scopes(form)?,
            audience: form.text("audience").map(str::to_owned),
            resources: resources(form)?,
            organization: form.text("organization").map(str::to_owned),
        })
    }

    pub(super) fn write(&self, form: Form) -> Form {
        let form = form
            .with("subject_token", self.subject.token.reveal())
            .with("subject_token_type", self.subject.kind.as_str());
        let form = match &self.actor {
            Some(actor) => {
                form.with("actor_token", actor.token.reveal()).with("actor_token_type", actor.kind.as_str())
            }
            None => form,
        };
        let form = form
            .with_some("requested_token_type", self.requested.as_ref().map(TokenKind::as_str))
            .with_some("scope", text(self.scopes.as_ref()).as_deref())
            .with_some("audience", self.audience.as_deref())
            .with_some("organization", self.organization.as_deref());
        with_resources(form, &self.resources)
    }
}
