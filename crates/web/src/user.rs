//! Who is signed in.

use keybound_proto::{id::Subject, token::id::IdClaims};
use serde_json::{Map, Value};

/// The user of a session, as the checked ID token of the login described them.
///
/// As an extractor it answers 401 where nobody is signed in; `Option<User>` lets everybody pass, and
/// [`OrLogin<User>`](crate::OrLogin) sends them to the login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(Map<String, Value>);

impl User {
    /// What the ID token says of the user, without what it says of itself.
    pub(crate) fn of(claims: &IdClaims) -> Self {
        let mut user = claims.profile.clone();
        user.remove(CEILING);
        user.insert("sub".to_owned(), claims.subject.as_str().into());
        let organization = [("org_id", &claims.organization), ("org_name", &claims.organization_name)];
        for (name, value) in organization {
            user.extend(value.as_deref().map(|value| (name.to_owned(), value.into())));
        }
        Self(user)
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let claims = value.as_object()?;
        Subject::parse(claims.get("sub")?.as_str()?).ok()?;
        Some(Self(claims.clone()))
    }

    /// `sub`: the name under which the authorization server knows them, and that never changes.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// A claim that is text: `name`, `email`, `org_id`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Every claim.
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.0
    }

    /// As `/auth/profile` tells it to the browser.
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

/// Auth0's claim for when the session at the authorization server ends: a matter between servers.
pub(crate) const CEILING: &str = "session_expiry";
