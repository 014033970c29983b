//! Descriptions that must say exactly what Auth0 says, since programs look for them.

use std::borrow::Cow;

use keybound_authority::{Refusal, model::client::GrantKind};

/// auth0-spa-js looks for "invalid refresh token" in lower case.
pub(super) const UNKNOWN_REFRESH: &str = "Unknown or invalid refresh token.";
pub(super) const UNKNOWN_DEVICE: &str = "Invalid or expired device code.";
pub(super) const UNKNOWN_MFA: &str = "Malformed mfa_token";
pub(super) const UNKNOWN_CODE: &str = "Invalid authorization code";
/// C18: the text the SDKs' issue trackers know.
pub(super) const OTHER_KEY: &str = "DPoP proof thumbprints don't match";
pub(super) const NONCE: &str = "Authorization server requires nonce in DPoP proof";
/// RFC 9449 §9, in the same words.
pub(super) const NONCE_AT_RESOURCE: &str = "Resource server requires nonce in DPoP proof";

/// That a code or a refresh token is not good, without saying which of the reasons it was.
pub(super) const fn unknown(grant: GrantKind) -> &'static str {
    match grant {
        GrantKind::Ciba => "Invalid or expired auth_req_id",
        GrantKind::DeviceCode => UNKNOWN_DEVICE,
        GrantKind::MfaOob | GrantKind::MfaOtp | GrantKind::MfaRecoveryCode => UNKNOWN_MFA,
        GrantKind::RefreshToken => UNKNOWN_REFRESH,
        GrantKind::TokenExchange => "Invalid subject token",
        _ => UNKNOWN_CODE,
    }
}

/// The descriptions that name what was asked for.
pub(super) fn named(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::GrantNotAllowed { grant } => {
            format!("Grant type '{}' not allowed for the client.", grant.as_str()).into()
        }
        Refusal::UnknownAudience { audience } => {
            format!("Service not enabled within domain: {}", audience.as_str()).into()
        }
        Refusal::NoClientGrant { audience } => format!(
            "Client is not authorized to access resource server \"{}\". You need to create a client grant \
             associated to this API.",
            audience.as_str()
        )
        .into(),
        Refusal::ScopeNotGranted { scopes } => {
            format!("Client has not been granted scopes: {}", scopes.to_string().replace(' ', ", ")).into()
        }
        // Auth0's words.
        Refusal::NoDirectory => "Authorization server not configured with default connection.".into(),
        Refusal::ScopeWider { scopes } => format!("requested scopes not granted: {scopes}").into(),
        other => other.to_string().into(),
    }
}
