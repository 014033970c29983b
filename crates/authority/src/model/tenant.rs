//! What the protocol obeys about a tenant.

use keybound_proto::id::TenantId;
use keybound_proto::time::Lifetime;
use keybound_proto::uri::Issuer;

use super::name::{AudienceName, ConnectionName};

/// One authorization server with its own users, clients and audiences.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Which.
    pub id: TenantId,
    /// How its tokens name it, byte for byte.
    pub issuer: Issuer,
    /// What a request that names no audience asks for; `None` means the user's own profile only.
    pub default_audience: Option<AudienceName>,
    /// The API that speaks AT Protocol, whose clients name none; `None` where none does.
    pub atproto: Option<AudienceName>,
    /// Where a password grant that names no connection looks.
    pub default_directory: Option<ConnectionName>,
    /// How long things live.
    pub lifetimes: Lifetimes,
    /// Where a browser may be sent after logout when no client is named.
    pub logout_urls: Vec<Box<str>>,
    /// Whether first-party clients on this machine must ask for consent.
    pub localhost_consent: LocalhostConsent,
    /// Whether organizations go by their names as well as by their ids.
    pub organization_names: OrganizationNames,
}

/// How long a tenant's things live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// An authorization code (RFC 6749 §4.1.2: at most ten minutes).
    pub code: Lifetime,
    /// A browser session, however much it is used.
    pub session: Lifetime,
    /// A browser session that is not used.
    pub session_idle: Lifetime,
    /// An access token for nothing but the user's own profile.
    pub userinfo_token: Lifetime,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Lifetime::seconds(60),
            session: Lifetime::seconds(7 * 86_400),
            session_idle: Lifetime::seconds(3 * 86_400),
            userinfo_token: Lifetime::seconds(86_400),
        }
    }
}

/// Whether requests may name an organization by its name, and tokens say it (`org_name`); Auth0's
/// `allow_organization_name_in_authentication_api`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrganizationNames {
    /// Only ids are.
    #[default]
    Kept,
    /// Names are too.
    Told,
}

/// Whether a first-party client whose callback is on this machine must ask for consent.
///
/// Anybody can listen on a loopback address, so Auth0 always asks. A tenant made for development may say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LocalhostConsent {
    /// As Auth0: a loopback callback proves nothing about who is first-party.
    #[default]
    Ask,
    /// A loopback callback is as good as another.
    Skip,
}
