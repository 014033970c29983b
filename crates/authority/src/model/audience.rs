//! What the protocol obeys about a resource server.

use keybound_proto::id::ClientId;
use keybound_proto::jose::Alg;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Lifetime;

use super::name::AudienceName;
use super::organization::OrganizationUsage;

/// Whom an access token is for.
#[derive(Clone, Debug)]
pub enum Target {
    /// One API, and the userinfo endpoint too when `openid` is granted.
    Api(Audience),
    /// The userinfo endpoint only.
    Userinfo,
}

impl Target {
    /// The API, unless it is the userinfo endpoint only.
    pub const fn api(&self) -> Option<&Audience> {
        match self {
            Self::Api(audience) => Some(audience),
            Self::Userinfo => None,
        }
    }
}

/// A resource server; what Auth0 calls an API.
#[derive(Clone, Debug)]
pub struct Audience {
    /// How tokens name it.
    pub name: AudienceName,
    /// The scopes it knows.
    pub scopes: Scopes,
    /// How its access tokens are shaped.
    pub dialect: TokenDialect,
    /// Whether its access tokens list permissions.
    pub permissions: Permissions,
    /// Whether what a user may do narrows what a client gets.
    pub roles: RoleEnforcement,
    /// What its access tokens are signed with.
    pub alg: Alg,
    /// How long its access tokens live.
    pub token_lifetime: Lifetime,
    /// The same for clients in a browser.
    pub token_lifetime_for_web: Lifetime,
    /// Whether a client may go on without the user.
    pub offline: OfflineAccess,
    /// Whether refresh tokens are issued for it that end with the session; Auth0's `allow_online_access`.
    pub online: OnlineAccess,
    /// Whether a first-party client needs the user's consent.
    pub consent: FirstPartyConsent,
    /// Whether its access tokens are bound to a key.
    pub proof: ProofPolicy,
    /// Which clients may ask on behalf of users.
    pub users: UserAccess,
    /// Which clients may ask on their own behalf.
    pub machines: MachineAccess,
    /// What is spoken there beyond OAuth.
    pub protocol: Protocol,
}

/// What an API speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// AT Protocol with clients that speak it, and OAuth with the others.
    Atproto,
    /// OAuth.
    #[default]
    OAuth,
}

/// How access tokens are shaped; Auth0's `token_dialect` without its `_authz` half.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenDialect {
    /// `typ` is `JWT`; `azp` and `gty`, no `jti`.
    #[default]
    Auth0,
    /// RFC 9068: `typ` is `at+jwt`; `client_id` and `jti`.
    Rfc9068,
}

/// Whether access tokens carry `permissions`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Permissions {
    /// They list what the user, or the machine, may do.
    List,
    /// They do not.
    #[default]
    Omit,
}

/// Whether what a user may do narrows the scopes a client gets; Auth0's `enforce_policies`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoleEnforcement {
    /// Only scopes the user holds are granted.
    Enforce,
    /// Every scope the API knows is granted.
    #[default]
    Ignore,
}

/// Whether refresh tokens are issued for an audience that end with the browser session they were granted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnlineAccess {
    /// When `online_access` is asked for.
    Allow,
    /// Never.
    #[default]
    Deny,
}

/// Whether refresh tokens are issued for an audience.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OfflineAccess {
    /// When `offline_access` is asked for.
    Allow,
    /// Never.
    #[default]
    Deny,
}

/// Whether a first-party client may skip the consent page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstPartyConsent {
    /// It asks like any other.
    Ask,
    /// It need not ask, as far as it can be told from an impostor.
    #[default]
    Skip,
}

/// Whether an audience wants its tokens bound to a key; Auth0's `proof_of_possession`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProofPolicy {
    /// Bound when the client proves possession, bearer otherwise.
    Allowed,
    /// Never bound: a proof sent is passed over. Refresh tokens are another matter.
    #[default]
    None,
    /// Nothing is bound, and what would have been refused is counted.
    Observed,
    /// Nothing is bound.
    Off,
    /// Bound, or not issued.
    Required(RequiredFor),
}

/// For which clients [`ProofPolicy::Required`] holds; it is [`ProofPolicy::Allowed`] for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequiredFor {
    /// Every client.
    AllClients,
    /// Clients that cannot keep a secret.
    PublicClients,
}

/// Which clients may ask for an audience on behalf of users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserAccess {
    /// Any.
    #[default]
    AllowAll,
    /// None.
    DenyAll,
    /// Those an administrator named.
    RequireClientGrant,
}

/// Which clients may ask for an audience on their own behalf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineAccess {
    /// None.
    DenyAll,
    /// Those an administrator named.
    #[default]
    RequireClientGrant,
}

/// What an administrator allowed a client at an audience.
#[derive(Clone, Debug)]
pub struct ClientGrant {
    /// Its document's id (`cgr_…`).
    pub id: Box<str>,
    /// Who.
    pub client: ClientId,
    /// Where.
    pub audience: AudienceName,
    /// What.
    pub scopes: Scopes,
    /// On whose behalf.
    pub on_behalf_of: OnBehalfOf,
    /// Within which organizations.
    pub organizations: GrantedOrganizations,
}

/// Within which organizations a client may ask on its own behalf; Auth0's `organization_usage` and
/// `allow_any_organization`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantedOrganizations {
    /// Whether one is named.
    pub usage: OrganizationUsage,
    /// Which may be.
    pub which: WhichOrganizations,
}

/// Which organizations a [`ClientGrant`] holds for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhichOrganizations {
    /// Every one.
    Any,
    /// Those an administrator gave the grant to.
    #[default]
    Chosen,
}

/// On whose behalf a [`ClientGrant`] lets a client ask; Auth0's `subject_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBehalfOf {
    /// Its own.
    #[default]
    Itself,
    /// A user's.
    User,
}
