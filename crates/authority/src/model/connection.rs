//! What the protocol obeys about a way to log in.

use keybound_proto::id::ClientId;
use keybound_proto::time::Lifetime;

use super::client::Client;
use super::name::ConnectionName;
use crate::login::password::PasswordPolicy;

/// A database of users with passwords, kept here. Other strategies come with later issues.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its document's id (`con_…`).
    pub id: Box<str>,
    /// How clients and events name it.
    pub name: ConnectionName,
    /// Who may use it.
    pub enabled_for: EnabledFor,
    /// What a password must be.
    pub password_policy: PasswordPolicy,
    /// Whether strangers may make an account.
    pub signup: Signup,
    /// Whether users have a name beside their email.
    pub usernames: Usernames,
    /// Whether an account is locked after too many failures.
    pub brute_force_protection: BruteForceProtection,
}

/// Users who sign in by a code that is sent to their address: Auth0's strategy `email`.
#[derive(Clone, Debug)]
pub struct ByEmail {
    /// Its document's id (`con_…`).
    pub id: Box<str>,
    /// How clients and events name it.
    pub name: ConnectionName,
    /// Who may use it.
    pub enabled_for: EnabledFor,
    /// Whether a stranger who shows the code has an account from then on.
    pub signup: Signup,
    /// Whether an account is locked after too many failures.
    pub brute_force_protection: BruteForceProtection,
    /// How many digits a code has.
    pub digits: u32,
    /// How long it can be used.
    pub lifetime: Lifetime,
}

/// Which clients' users a connection serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnabledFor {
    /// Every client's.
    All,
    /// These clients'.
    These(Vec<ClientId>),
}

impl EnabledFor {
    /// Whether this client's users are among them.
    pub fn serves(&self, client: &Client) -> bool {
        match self {
            Self::All => true,
            Self::These(clients) => clients.contains(&client.id),
        }
    }
}

/// Whether strangers may make an account; Auth0's `disable_signup` the right way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signup {
    /// They may not.
    Closed,
    /// They may.
    #[default]
    Open,
}

/// Whether users have a name beside their email; Auth0's `requires_username`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Usernames {
    /// Email alone.
    #[default]
    None,
    /// Both are asked for at sign-up; either signs in.
    Required,
}

/// Whether failures lock an account for an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BruteForceProtection {
    /// They do not.
    Off,
    /// They do.
    #[default]
    On,
}
