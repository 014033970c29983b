//! What the protocol obeys about a client: a dozen facts, none of them optional.

use std::sync::Arc;

use keybound_proto::id::ClientId;
use keybound_proto::jose::Jwk;
use keybound_proto::request::token::grant;
use keybound_proto::scope::Scopes;
use keybound_proto::secret::Secret;
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::{Origin, RedirectUri};

use super::name::AudienceName;
use super::organization::OrganizationUsage;
use crate::adoption::Adoption;

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

/// How a client shows that it is itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// It does not: a public client.
    None,
    /// With a statement signed by one of its keys (`private_key_jwt`).
    Keys(ClientKeys),
    /// With a secret.
    Secret {
        /// The secret.
        secret: Secret<String>,
        /// The one before it, while that is good.
        previous: Option<PreviousSecret>,
        /// Where it must stand in a request.
        sent: SecretSent,
    },
}

/// A secret that was rotated away, and is still taken for a while.
#[derive(Clone, Debug)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: Secret<String>,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Public keys of a client, each with its end. Copies share what a backend made of them.
#[derive(Clone, Debug, Default)]
pub struct ClientKeys(Arc<[ClientKey]>);

/// A public key of a client.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The key, under its name and for its algorithm.
    pub key: Jwk,
    /// When it ends, where it does.
    pub ends_at: Option<Timestamp>,
}

impl ClientKeys {
    /// Those that have not ended.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Jwk> {
        let live = move |own: &&ClientKey| own.ends_at.is_none_or(|end| now < end);
        self.0.iter().filter(live).map(|own| &own.key)
    }
}

impl FromIterator<ClientKey> for ClientKeys {
    fn from_iter<I: IntoIterator<Item = ClientKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// Whose rules a client goes by where Auth0 and the documents of the IETF differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientProfile {
    /// Auth0's.
    Auth0,
    /// Those of the documents, in their strictest reading.
    Rfc,
}

/// How a client signs its authorization requests (RFC 9101); Auth0's `signed_request_object`.
#[derive(Clone, Debug)]
pub struct RequestObjectPolicy {
    /// Whether one that is not signed is refused.
    pub required: Signing,
    /// With which keys.
    pub keys: ClientKeys,
}

/// Whether a client signs its authorization requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// As it likes.
    Optional,
    /// Always.
    Required,
}

/// Where a client's secret must stand in a request (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretSent {
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
    /// In the body (`client_secret_post`).
    Body,
    /// In either: nobody said which.
    Either,
}

/// Whether a client's proofs carry a nonce of ours (RFC 9449 §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceDemand {
    /// They are not looked at.
    Off,
    /// None is needed, but one that is there must be good.
    Optional,
    /// A good one is needed.
    Required,
}

/// Whether a public client's refresh tokens are bound to the key that was shown (RFC 9449 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RefreshBinding {
    /// They are, as the document demands.
    #[default]
    Bound,
    /// They are not: the client proves the code exchange and cannot prove the refresh. Whoever steals one can use it.
    UnboundDespiteRfc9449,
}

/// How a client's authorization requests come (RFC 9126).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushPolicy {
    /// Whether one that was not pushed is refused; Auth0's `require_pushed_authorization_requests`.
    pub required: Pushing,
    /// How long one that was pushed waits for its browser; Auth0's `par_request_expiry`.
    pub lifetime: Lifetime,
}

/// Whether a client sends its authorization requests ahead (RFC 9126 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushing {
    /// As it likes.
    Optional,
    /// Always.
    Required,
}

/// What can be redeemed at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantKind {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// CIBA Core §4.
    Ciba,
    /// RFC 6749 §4.4.
    ClientCredentials,
    /// RFC 8628 §3.4.
    DeviceCode,
    /// RFC 6749 §4.2: tokens that come by the browser, and are redeemed nowhere.
    Implicit,
    /// The second factor of a sign-in: what came by another channel; a grant of Auth0's own.
    MfaOob,
    /// The same: digits of an authenticator.
    MfaOtp,
    /// The same: a recovery code.
    MfaRecoveryCode,
    /// RFC 6749 §4.3, looking where the tenant looks by default.
    Password,
    /// The same in the connection that is named; a grant of Auth0's own.
    PasswordRealm,
    /// A code that was sent to the user; a grant of Auth0's own.
    Passwordless,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 8693.
    TokenExchange,
}

impl GrantKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::AuthorizationCode,
        Self::Ciba,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::Implicit,
        Self::MfaOob,
        Self::MfaOtp,
        Self::MfaRecoveryCode,
        Self::Password,
        Self::PasswordRealm,
        Self::Passwordless,
        Self::RefreshToken,
        Self::TokenExchange,
    ];

    /// Its name on the wire (`grant_type`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => grant::AUTHORIZATION_CODE,
            Self::Ciba => grant::CIBA,
            Self::ClientCredentials => grant::CLIENT_CREDENTIALS,
            Self::DeviceCode => grant::DEVICE_CODE,
            Self::Implicit => grant::IMPLICIT,
            Self::MfaOob => grant::MFA_OOB,
            Self::MfaOtp => grant::MFA_OTP,
            Self::MfaRecoveryCode => grant::MFA_RECOVERY_CODE,
            Self::Password => grant::PASSWORD,
            Self::PasswordRealm => grant::PASSWORD_REALM,
            Self::Passwordless => grant::PASSWORDLESS_OTP,
            Self::RefreshToken => grant::REFRESH_TOKEN,
            Self::TokenExchange => grant::TOKEN_EXCHANGE,
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of [`GrantKind`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grants(u16);

impl Grants {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// This one as well.
    #[must_use]
    pub const fn with(self, kind: GrantKind) -> Self {
        Self(self.0 | kind.bit())
    }

    /// Whether this one is among them.
    pub const fn allow(self, kind: GrantKind) -> bool {
        self.0 & kind.bit() != 0
    }
}

impl FromIterator<GrantKind> for Grants {
    fn from_iter<I: IntoIterator<Item = GrantKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}

/// How a client's refresh tokens live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshPolicy {
    /// Whether each use brings a new one.
    pub rotation: Rotation,
    /// How long after the sign-in, however much it is used; `None` is for ever.
    pub absolute: Option<Lifetime>,
    /// How long without use; `None` is for ever.
    pub idle: Option<Lifetime>,
}

/// Whether each use of a refresh token brings a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The same token goes on.
    Keep,
    /// A successor takes its place.
    Rotate {
        /// How long a spent token still brings its successor, for a client that lost the answer.
        leeway: Lifetime,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_kind_is_found_by_its_name_on_the_wire() {
        for kind in GrantKind::ALL {
            assert_eq!(GrantKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(GrantKind::parse("urn:unheard-of"), None);
    }

    #[test]
    fn a_set_of_grants_holds_what_was_put_in_and_no_more() {
        let grants = Grants::from_iter([GrantKind::AuthorizationCode, GrantKind::RefreshToken]);
        assert!(grants.allow(GrantKind::AuthorizationCode));
        assert!(grants.allow(GrantKind::RefreshToken));
        assert!(!grants.allow(GrantKind::ClientCredentials));
        assert!(GrantKind::ALL.iter().all(|kind| !Grants::NONE.allow(*kind)));
    }
}
