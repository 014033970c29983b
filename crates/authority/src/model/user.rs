//! What the protocol obeys about a person.

use keybound_proto::id::Subject;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Timestamp;

use super::name::{AudienceName, ConnectionName};

/// A person.
#[derive(Clone, Debug)]
pub struct User {
    /// How tokens name them (`auth0|…`).
    pub subject: Subject,
    /// Where they come from.
    pub connection: ConnectionName,
    /// Whether they may sign in.
    pub standing: Standing,
    /// What is known of them.
    pub profile: Profile,
    /// What they may do, by audience.
    pub permissions: Vec<Permission>,
    /// How AT Protocol names them.
    pub did: Option<Subject>,
}

impl User {
    /// What they may do at an audience.
    pub fn permissions_at(&self, audience: &AudienceName) -> Option<&Scopes> {
        self.permissions.iter().find(|held| held.audience == *audience).map(|held| &held.scopes)
    }
}

/// Whether a person may sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// They may.
    #[default]
    Active,
    /// An administrator shut them out.
    Blocked,
}

/// What a person may do at one audience.
#[derive(Clone, Debug)]
pub struct Permission {
    /// Where.
    pub audience: AudienceName,
    /// What.
    pub scopes: Scopes,
}

/// What is known of a person (OIDC Core §5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Full name.
    pub name: Option<Box<str>>,
    /// What friends say.
    pub nickname: Option<Box<str>>,
    /// First name.
    pub given_name: Option<Box<str>>,
    /// Last name.
    pub family_name: Option<Box<str>>,
    /// The name they sign in with, where the connection has such names.
    pub username: Option<Box<str>>,
    /// Address of a picture.
    pub picture: Option<Box<str>>,
    /// Where mail reaches them.
    pub email: Option<Box<str>>,
    /// Whether they showed that it does.
    pub email_verified: bool,
    /// Where calls reach them.
    pub phone_number: Option<Box<str>>,
    /// Whether they showed that they do.
    pub phone_verified: bool,
    /// When this last changed.
    pub updated_at: Timestamp,
}
