//! What the protocol obeys about a client: a dozen facts, none of them optional.

mod credential;
mod grant;
mod policy;

use keybound_proto::id::ClientId;
use keybound_proto::scope::Scopes;
use keybound_proto::time::Lifetime;
use keybound_proto::uri::{Origin, RedirectUri};

use super::name::AudienceName;
use super::organization::OrganizationUsage;
use crate::adoption::Adoption;

pub use self::credential::{ClientKey, ClientKeys, Credential, PreviousSecret, SecretSent};
pub use self::grant::{GrantKind, Grants};
pub use self::policy::{
    NonceDemand, PushPolicy, Pushing, RefreshBinding, RefreshPolicy, RequestObjectPolicy, Rotation, Signing,
};

/// Who asks for tokens; what Auth0 calls an application.
#[derive(Clone, Debug)]
pub struct Client {
    /// Which.
    pub id: ClientId,
    /// What people call it.
    pub name: Box<str>,
    /// Where it runs.
    pub kind: ClientKind,
    /// Whose it is.
    pub party: Party,
    /// Where what is known of it stands.
    pub source: Source,
    /// How it shows that it is itself.
    pub credential: Credential,
    /// Where it publishes its keys (`jwks_uri`), where they are not registered: what it signs is held against those.
    pub keys_at: Option<Box<str>>,
    /// Whose rules it goes by, where they differ.
    pub profile: ClientProfile,
    /// What it may redeem at the token endpoint.
    pub grants: Grants,
    /// All that it may ask for, where it says so itself (RFC 7591 §2, `scope`).
    pub may_ask: Option<Scopes>,
    /// Where users may be sent back to.
    pub callbacks: Vec<RedirectUri>,
    /// Pages that may hear an answer by `web_message`, and call endpoints across origins.
    pub web_origins: Vec<Origin>,
    /// Pages that may call endpoints across origins, and no more.
    pub cross_origins: Vec<Origin>,
    /// Where a browser may be sent after logout.
    pub logout_urls: Vec<Box<str>>,
    /// Where it hears that a session ended (OpenID Connect Back-Channel Logout §2.2).
    pub backchannel_logout: Option<Box<str>>,
    /// How far it has come with bound tokens; Auth0's `require_proof_of_possession` is the last rung.
    pub adoption: Adoption,
    /// Whether its proofs carry a nonce of ours.
    pub nonces: NonceDemand,
    /// Whether its refresh tokens are bound to the key it showed, where they would be.
    pub refresh_binding: RefreshBinding,
    /// The API it is itself: what is meant for that, it may exchange. Auth0's `resource_server_identifier`.
    pub api: Option<AudienceName>,
    /// How long its ID tokens live.
    pub id_token_lifetime: Lifetime,
    /// How its refresh tokens live.
    pub refresh: RefreshPolicy,
    /// What else its refresh tokens bring; Auth0's `refresh_token.policies`, for multi-resource refresh tokens.
    pub elsewhere: Vec<Elsewhere>,
    /// How its authorization requests come (RFC 9126).
    pub pushes: PushPolicy,
    /// How it signs them (RFC 9101).
    pub request_objects: RequestObjectPolicy,
    /// Whether its users sign in to organizations; Auth0's `organization_usage`.
    pub organizations: OrganizationUsage,
}

/// An audience beside the one first granted for which a client's refresh tokens bring access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Which.
    pub audience: AudienceName,
    /// What they may bring there.
    pub scopes: Scopes,
}

impl Client {
    /// Whether it can keep a secret (RFC 6749 §2.1).
    pub const fn confidentiality(&self) -> Confidentiality {
        match self.credential {
            Credential::None => Confidentiality::Public,
            Credential::Keys(_) | Credential::Secret { .. } => Confidentiality::Confidential,
        }
    }

    /// Whether it cannot keep a secret.
    pub const fn is_public(&self) -> bool {
        matches!(self.confidentiality(), Confidentiality::Public)
    }
}

impl Client {
    /// The same client, now that it is known which keys it publishes.
    #[must_use]
    pub fn with_published(mut self, keys: ClientKeys) -> Self {
        if let Credential::Keys(own) = &mut self.credential {
            *own = keys.clone();
        }
        self.request_objects.keys = keys;
        self
    }
}

/// Whether a client can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidentiality {
    /// It can, and proves so.
    Confidential,
    /// It cannot.
    Public,
}

/// Where a client runs; Auth0's `app_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientKind {
    /// In a browser (`spa`).
    Browser,
    /// Nowhere a user is (`non_interactive`).
    Machine,
    /// On a user's device (`native`).
    Native,
    /// On a web server (`regular_web`), or nobody said.
    Web,
}

/// Whose a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The tenant's own.
    First,
    /// Somebody else's: users are always asked.
    Third,
}

/// Where what is known of a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// At an address that is its name: it describes itself (OAuth Client ID Metadata Document).
    Document,
    /// With us: it was registered.
    Register,
}

/// Whose rules a client goes by where Auth0 and the documents of the IETF differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProfile {
    /// Auth0's.
    Auth0,
    /// Those of the documents, in their strictest reading.
    Rfc,
}
