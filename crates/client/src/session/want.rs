//! What a token is wanted for.

use keybound_proto::scope::Scopes;

/// Which access token is wanted. The default is the one that logging in brought, or that the client gets without
/// naming anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Want {
    pub(crate) audience: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) organization: Option<String>,
}

/// When a token is asked for anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Renew {
    /// When there is none, or its time is nearly over.
    #[default]
    WhenDue,
    /// Now, whatever there is.
    Now,
}

impl Want {
    /// One for this API.
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// One with at least these scopes. Their order does not matter.
    ///
    /// A server that grants less is [`ClientError::ScopesMissing`](crate::ClientError::ScopesMissing). What is asked
    /// about the user (`openid`, `profile`, `email`, `offline_access` and the like) is never missing: servers differ
    /// in whether they tell it.
    #[must_use]
    pub fn scopes(self, scopes: &Scopes) -> Self {
        let mut scopes: Vec<String> = scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self { scopes, ..self }
    }

    /// One within this organization.
    #[must_use]
    pub fn organization(self, organization: impl Into<String>) -> Self {
        Self { organization: Some(organization.into()), ..self }
    }

    /// The API, where one was named.
    pub fn wanted_audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }

    /// The scopes, sorted.
    pub fn wanted_scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The organization, where one was named.
    pub fn wanted_organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// The scopes as a request has them; `None` for all there are.
    pub(crate) fn as_scopes(&self) -> Option<Scopes> {
        if self.scopes.is_empty() {
            return None;
        }
        Scopes::parse(&self.scopes.join(" ")).ok()
    }

    /// Whether a token that was wanted for `other` and carries `granted` serves as well.
    pub(crate) fn is_served_by(&self, other: &Self, granted: Option<&Scopes>) -> bool {
        self.audience == other.audience
            && self.organization == other.organization
            && self.scopes.iter().all(|scope| match granted {
                Some(granted) if granted.contains(scope) => true,
                // RFC 6749 §5.1: a server that says nothing granted what was asked for.
                None => other.scopes.contains(scope),
                Some(_) => is_of_user(scope) && other.scopes.contains(scope),
            })
    }

    /// Which of the scopes were not granted.
    pub(crate) fn missing_in(&self, granted: Option<&Scopes>) -> Vec<String> {
        let Some(granted) = granted else { return Vec::new() };
        let missing = |scope: &&String| !granted.contains(scope) && !is_of_user(scope);
        self.scopes.iter().filter(missing).cloned().collect()
    }
}

/// Whether a scope asks for something about the user, or for a refresh token, and so for nothing the access token
/// has to show. Some servers tell the scopes of the API alone, and these are then not missing: whether there is an
/// ID token or a refresh token is seen by looking.
fn is_of_user(scope: &str) -> bool {
    OF_USER.contains(&scope)
}

/// OIDC Core §5.4, §11; Auth0's `online_access`.
const OF_USER: [&str; 7] =
    ["address", "email", "offline_access", "online_access", "openid", "phone", "profile"];
