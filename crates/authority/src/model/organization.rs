//! What the protocol obeys about an organization: people of one of the tenant's customers.

use super::connection::Signup;
use super::name::{OrganizationId, OrganizationName};

/// A customer of the tenant's, whose people are its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Which (`org_id`).
    pub id: OrganizationId,
    /// What addresses call it (`org_name`).
    pub name: OrganizationName,
    /// What people call it.
    pub display_name: Box<str>,
    /// Whether clients that are not the tenant's own may name it.
    pub third_parties: ThirdParties,
}

/// Whether clients that are not the tenant's own may name an organization; Auth0's `third_party_client_access`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThirdParties {
    /// They may.
    #[default]
    Allowed,
    /// They may not.
    Blocked,
}

/// Whether organizations are named; Auth0's `organization_usage`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrganizationUsage {
    /// One may be.
    Allow,
    /// None may be.
    #[default]
    Deny,
    /// One must be.
    Require,
}

/// How an organization takes in those who come by one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Whether signing in makes a member.
    pub joining: Joining,
    /// Whether strangers may make an account.
    pub signup: Signup,
}

/// Whether signing in makes a member; Auth0's `assign_membership_on_login`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Joining {
    /// Members are named by an administrator, or invited.
    #[default]
    ByName,
    /// Whoever signs in becomes one.
    OnLogin,
}

/// Whether a user belongs to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// They do.
    Member,
    /// They do not.
    Stranger,
}

/// An organization, as it stands to one user at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residence {
    /// Which.
    pub organization: Organization,
    /// How it takes in those who come the way this user came; `None` when it does not.
    pub entrance: Option<Entrance>,
    /// Whether they belong to it.
    pub membership: Membership,
}

/// An invitation to become a member, as its ticket opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Whom it was sent to, in lower case.
    pub email: Box<str>,
    /// By which connection they are to come, where the one who invites cares: its document's id.
    pub connection: Option<Box<str>>,
}
