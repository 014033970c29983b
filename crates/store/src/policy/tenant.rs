//! The tenant itself.

use keybound_authority::model::name::{AudienceName, ConnectionName};
use keybound_authority::model::tenant::{
    EndSession, Lifetimes, LocalhostConsent, Logout, OrganizationNames, Registration, RevocationReach,
    SessionCookie, TakenAccount, Tenant, UnnamedLogout,
};
use keybound_proto::id::TenantId;
use keybound_proto::time::Lifetime;
use keybound_proto::uri::Issuer;
use serde::Deserialize;

use super::read;
use crate::documents::{Document, Tenants};
use crate::error::StoreError;

/// What the protocol obeys about a tenant; without settings, the defaults.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn tenant(
    id: TenantId,
    issuer: Issuer,
    settings: Option<&Document<Tenants>>,
) -> Result<Tenant, StoreError> {
    let wrote: Wrote<'_> = match settings {
        Some(document) => read(document)?,
        None => Wrote::default(),
    };
    let default = Lifetimes::default();
    let flags = wrote.flags.unwrap_or_default();
    Ok(Tenant {
        id,
        issuer,
        default_audience: wrote.default_audience.and_then(|name| AudienceName::parse(name).ok()),
        atproto: None,
        default_directory: wrote.default_directory.and_then(|name| ConnectionName::parse(name).ok()),
        lifetimes: Lifetimes {
            session: length(wrote.session_lifetime, wrote.session_lifetime_in_minutes, default.session),
            session_idle: length(
                wrote.idle_session_lifetime,
                wrote.idle_session_lifetime_in_minutes,
                default.session_idle,
            ),
            ..default
        },
        logout_urls: wrote.allowed_logout_urls.unwrap_or_default().into_iter().map(Into::into).collect(),
        localhost_consent: match flags.skip_consent_on_localhost {
            Some(true) => LocalhostConsent::Skip,
            _ => LocalhostConsent::Ask,
        },
        organization_names: match wrote.allow_organization_name_in_authentication_api {
            Some(true) => OrganizationNames::Told,
            _ => OrganizationNames::Kept,
        },
        registration: flags.enable_dynamic_client_registration.map(|open| match open {
            true => Registration::Open,
            false => Registration::Closed,
        }),
        logout: Logout {
            endpoint: match wrote.oidc_logout.and_then(|said| said.rp_logout_end_session_endpoint_discovery) {
                Some(false) => EndSession::Kept,
                _ => EndSession::Told,
            },
            unnamed: match wrote.sessions.and_then(|said| said.oidc_logout_prompt_enabled) {
                Some(false) => UnnamedLogout::Obeyed,
                _ => UnnamedLogout::Asked,
            },
        },
        session_cookie: match wrote.session_cookie.and_then(|said| said.mode) {
            Some("non-persistent") => SessionCookie::Transient,
            _ => SessionCookie::Persistent,
        },
        taken_account: match flags.enable_public_signup_user_exists_error {
            Some(false) => TakenAccount::Kept,
            _ => TakenAccount::Told,
        },
        revocation: match flags.revoke_refresh_token_grant {
            Some(true) => RevocationReach::Grant,
            _ => RevocationReach::Family,
        },
    })
}

#[derive(Default, Deserialize)]
struct Wrote<'d> {
    default_audience: Option<&'d str>,
    default_directory: Option<&'d str>,
    session_lifetime: Option<u32>,
    session_lifetime_in_minutes: Option<u32>,
    idle_session_lifetime: Option<u32>,
    idle_session_lifetime_in_minutes: Option<u32>,
    #[serde(borrow)]
    allowed_logout_urls: Option<Vec<&'d str>>,
    flags: Option<WroteFlags>,
    oidc_logout: Option<WroteLogout>,
    sessions: Option<WroteSessions>,
    #[serde(borrow)]
    session_cookie: Option<WroteCookie<'d>>,
    allow_organization_name_in_authentication_api: Option<bool>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct WroteFlags {
    enable_dynamic_client_registration: Option<bool>,
    enable_public_signup_user_exists_error: Option<bool>,
    revoke_refresh_token_grant: Option<bool>,
    /// Ours: Auth0 has no such flag.
    skip_consent_on_localhost: Option<bool>,
}

#[derive(Deserialize)]
struct WroteLogout {
    rp_logout_end_session_endpoint_discovery: Option<bool>,
}

#[derive(Deserialize)]
struct WroteSessions {
    oidc_logout_prompt_enabled: Option<bool>,
}

#[derive(Deserialize)]
struct WroteCookie<'d> {
    mode: Option<&'d str>,
}

/// Minutes win over hours, being the more exact.
fn length(hours: Option<u32>, minutes: Option<u32>, default: Lifetime) -> Lifetime {
    match (minutes, hours) {
        (Some(minutes), _) => Lifetime::seconds(minutes.saturating_mul(60)),
        (None, Some(hours)) => Lifetime::seconds(hours.saturating_mul(3_600)),
        (None, None) => default,
    }
}
