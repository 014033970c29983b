//! What the protocol obeys about a way to log in.

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

/// Which clients' users a connection serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnabledFor {
    /// Every client's.
    All,
    /// These clients'.
    These(Vec<keybound_proto::id::ClientId>),
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
