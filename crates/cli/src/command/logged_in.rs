//! Who is logged in under a profile, and where: what the other commands need to know without asking anybody.

use keybound_client::{
    proto::token::id::IdClaims,
    session::{StoreError, Want},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kept::Kept;
use crate::{error::Failure, exit::Exit, output::tame};

/// A login, as it is remembered. Tokens and keys are kept elsewhere; nothing here is of use to a thief.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LoggedIn {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) audience: Option<String>,
    pub(super) organization: Option<String>,
    /// What was asked for, to be asked again at the next login.
    pub(super) asked: String,
    /// What was granted.
    pub(super) scope: Option<String>,
    /// The certificate that was to be trusted besides the system's.
    pub(super) trust: Option<std::path::PathBuf>,
    pub(super) subject: Option<String>,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    /// The session at the server, to end that one and no other.
    pub(super) session: Option<String>,
    /// The thumbprint of the key everything is bound to.
    pub(super) bound_to: String,
    /// When, in seconds since 1970.
    pub(super) since: i64,
    /// Whether there is a refresh token.
    pub(super) renews: bool,
}

impl LoggedIn {
    /// The login of this profile.
    pub(super) async fn read(kept: &Kept) -> Result<Option<Self>, Failure> {
        let found = kept.logins().load(&kept.profile).await.map_err(|error| unusable(kept, &error))?;
        let Some(bytes) = found else { return Ok(None) };
        serde_json::from_slice(bytes.reveal()).map(Some).map_err(|_| {
            Failure::new(Exit::Store, format!("read the login {}: another version wrote it", kept.profile))
                .hint("`keybound login` writes it anew")
        })
    }

    /// Remembers it.
    pub(super) async fn keep(&self, kept: &Kept) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Failure::new(Exit::Failed, format!("write down the login: {error}")))?;
        kept.logins().save(&kept.profile, &bytes).await.map_err(|error| unusable(kept, &error))
    }

    /// Forgets it.
    pub(super) async fn forget(kept: &Kept) -> Result<(), Failure> {
        kept.logins().remove(&kept.profile).await.map_err(|error| unusable(kept, &error))
    }

    /// Which token the login itself brought.
    pub(super) fn want(&self) -> Want {
        let want = match &self.audience {
            Some(audience) => Want::default().audience(audience),
            None => Want::default(),
        };
        match &self.organization {
            Some(organization) => want.organization(organization),
            None => want,
        }
    }

    /// What an ID token says about the person.
    pub(super) fn claimed(self, claims: &IdClaims) -> Self {
        let text = |name: &str| claims.profile.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            subject: Some(claims.subject.as_str().to_owned()),
            name: text("name"),
            email: text("email"),
            session: claims.session.clone(),
            ..self
        }
    }

    /// The person, in one line.
    pub(super) fn person(&self) -> String {
        let subject = self.subject.clone().unwrap_or_else(|| "somebody the server does not name".to_owned());
        match (&self.name, &self.email) {
            (Some(name), Some(email)) if name != email => format!("{name} <{email}>"),
            (_, Some(text)) | (Some(text), None) => text.clone(),
            (None, None) => subject,
        }
    }

    /// For programs.
    pub(super) fn as_json(&self, profile: &str) -> Value {
        json!({
            "profile": profile,
            "subject": self.subject,
            "name": self.name,
            "email": self.email,
            "issuer": self.issuer,
            "client_id": self.client_id,
            "audience": self.audience,
            "organization": self.organization,
            "scope": self.scope,
            "bound_to": self.bound_to,
            "since": self.since,
            "renews": self.renews,
        })
    }

    /// For people, as a table.
    pub(super) fn as_text(&self, kept: &Kept) -> String {
        let none = || "none was named".to_owned();
        let mut rows = vec![
            ("person", self.person()),
            ("subject", self.subject.clone().unwrap_or_else(none)),
            ("server", self.issuer.clone()),
            ("client", self.client_id.clone()),
            ("audience", self.audience.clone().unwrap_or_else(none)),
            ("scopes", self.scope.clone().unwrap_or_else(none)),
            ("bound to", self.bound_to.clone()),
            ("kept in", kept.place()),
        ];
        if let Some(organization) = &self.organization {
            rows.insert(4, ("organization", organization.clone()));
        }
        if kept.profile != "default" {
            rows.insert(0, ("profile", kept.profile.clone()));
        }
        rows.into_iter().map(|(name, value)| format!("{name:<14}{}\n", tame(&value))).collect()
    }
}

/// Nobody is logged in, or not any more.
pub(super) fn nobody(kept: &Kept) -> Failure {
    let profile = match kept.profile.as_str() {
        "default" => String::new(),
        name => format!(" --profile {name}"),
    };
    Failure::new(Exit::NobodyLoggedIn, format!("find a login: nobody is logged in as {:?}", kept.profile))
        .hint(format!(
            "`keybound login{profile}` logs a person in; AUTH0_CLIENT_SECRET lets the client ask for itself"
        ))
}

/// The folder or the keyring cannot be used.
pub(super) fn unusable(kept: &Kept, error: &StoreError) -> Failure {
    Failure::new(Exit::Store, format!("use {}: {error}", kept.place()))
        .hint("choose another folder with --store DIR, or `chown` and `chmod 700` this one")
}
