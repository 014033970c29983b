//! What was granted.

use keybound_proto::{
    jose::Thumbprint,
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
};

/// Tokens, and what is known of them without looking inside: an access token is opaque to its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For resource servers.
    pub access_token: Secret<String>,
    /// The key it must be used with; `None` for a token that whoever holds it may use.
    pub bound_to: Option<Thumbprint>,
    /// When its time is over, by our clock, as far as the server said.
    pub expires: Option<Timestamp>,
    /// For the next one.
    pub refresh_token: Option<Secret<String>>,
    /// Who the user is; unbelieved until it is checked.
    pub id_token: Option<Secret<String>>,
    /// What was granted: what the server said, or else what was asked for.
    pub scopes: Option<Scopes>,
}

impl Tokens {
    /// Whether it takes a key to use them.
    pub const fn is_bound(&self) -> bool {
        self.bound_to.is_some()
    }

    /// Whether the access token will still be good after `margin`.
    pub fn is_fresh(&self, now: Timestamp, margin: Lifetime) -> bool {
        self.expires.is_none_or(|expires| now.plus(margin) < expires)
    }
}
