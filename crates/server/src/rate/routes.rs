//! Which limits a route meets, the wider one first.

use crate::config::Limited::{
    self, Authentication, Documents, KeyRotation, Management, Passwordless, Registration, Token,
};

/// The limits of a route. Probes have none: whoever asks whether a server lives must hear it.
pub(super) fn limits(route: &str) -> &'static [Limited] {
    match route {
        "/api/v2/openapi.json" => &[Documents],
        "/api/v2/keys/signing/rotate" => &[Management, KeyRotation],
        "/oauth/token" => &[Authentication, Token],
        "/oidc/register" | "/oidc/register/{id}" => &[Authentication, Registration],
        "/passwordless/start" => &[Authentication, Passwordless],
        _ if route.starts_with("/api/v2/") => &[Management],
        _ if route.starts_with("/.well-known/") => &[Documents],
        _ if route.starts_with("/health/") => &[],
        _ => &[Authentication],
    }
}
