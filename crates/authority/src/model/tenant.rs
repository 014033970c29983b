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
    /// Whether clients register themselves; `None` where nobody said.
    pub registration: Option<Registration>,
    /// How people leave.
    pub logout: Logout,
    /// Whether a browser forgets its session when it is closed.
    pub session_cookie: SessionCookie,
    /// What a sign-up for an account that is there already is told.
    pub taken_account: TakenAccount,
    /// What goes with a refresh token that is revoked.
    pub revocation: RevocationReach,
}

/// Whether clients register themselves; Auth0's `enable_dynamic_client_registration`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// Administrators register them.
    #[default]
    Closed,
    /// Anybody may, and becomes somebody else's client (RFC 7591 §3).
    Open,
}

/// How people leave by RP-Initiated Logout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Logout {
    /// Whether discovery tells where; Auth0's `rp_logout_end_session_endpoint_discovery`.
    pub endpoint: EndSession,
    /// Whether those are asked whom the request does not name; Auth0's `oidc_logout_prompt_enabled`.
    pub unnamed: UnnamedLogout,
}

/// Whether discovery tells where people are signed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndSession {
    /// It does.
    #[default]
    Told,
    /// It does not: the endpoint is there all the same.
    Kept,
}

/// What becomes of a logout that does not show that it was asked for by somebody who knows the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnnamedLogout {
    /// The person is asked (RP-Initiated Logout §2): any page may send a browser here.
    #[default]
    Asked,
    /// They are signed out, whoever sent them.
    Obeyed,
}

/// How long a browser keeps the cookie of a session; Auth0's `session_cookie.mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionCookie {
    /// As long as the session lives.
    #[default]
    Persistent,
    /// Until it is closed, and the session no longer than it lives.
    Transient,
}

/// What a sign-up by an application's own form is told where the account is there already; Auth0's
/// `enable_public_signup_user_exists_error`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakenAccount {
    /// That it is.
    #[default]
    Told,
    /// That the sign-up is invalid, and no more.
    Kept,
}

/// What goes with a refresh token that its client revokes; Auth0's `revoke_refresh_token_grant`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationReach {
    /// Its family.
    #[default]
    Family,
    /// Everything the user granted the client.
    Grant,
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
