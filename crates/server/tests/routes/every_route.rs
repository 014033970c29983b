//! Every route with every method, asked with nothing at all: what exists, in which dialect, and for whose pages.

use std::{collections::BTreeSet, fmt::Write as _, path::Path};

use axum::body::Body;
use http::{HeaderMap, Request};

use crate::world::World;

const PATHS: [&str; 72] = [
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/webfinger",
    "/activate",
    "/activate/confirm",
    "/api/v2/anomaly/blocks/ips/{id}",
    "/api/v2/client-grants",
    "/api/v2/client-grants/{id}",
    "/api/v2/client-grants/{id}/organizations",
    "/api/v2/clients",
    "/api/v2/clients/{id}",
    "/api/v2/clients/{id}/credentials",
    "/api/v2/clients/{id}/credentials/{credential}",
    "/api/v2/clients/{id}/rotate-secret",
    "/api/v2/connections",
    "/api/v2/connections/{id}",
    "/api/v2/guardian/factors",
    "/api/v2/guardian/factors/{name}",
    "/api/v2/guardian/policies",
    "/api/v2/keys/signing",
    "/api/v2/keys/signing/rotate",
    "/api/v2/keys/signing/{kid}",
    "/api/v2/keys/signing/{kid}/revoke",
    "/api/v2/organizations",
    "/api/v2/organizations/name/{name}",
    "/api/v2/organizations/{id}",
    "/api/v2/organizations/{id}/client-grants",
    "/api/v2/organizations/{id}/client-grants/{grant}",
    "/api/v2/organizations/{id}/enabled_connections",
    "/api/v2/organizations/{id}/enabled_connections/{connection}",
    "/api/v2/organizations/{id}/invitations",
    "/api/v2/organizations/{id}/invitations/{invitation}",
    "/api/v2/organizations/{id}/members",
    "/api/v2/resource-servers",
    "/api/v2/resource-servers/{id}",
    "/api/v2/user-blocks",
    "/api/v2/user-blocks/{id}",
    "/api/v2/users",
    "/api/v2/users-by-email",
    "/api/v2/users/{id}",
    "/api/v2/users/{id}/authenticators",
    "/api/v2/users/{id}/organizations",
    "/approve",
    "/approve/confirm",
    "/authorize",
    "/authorize/resume",
    "/bc-authorize",
    "/dbconnections/signup",
    "/health/live",
    "/health/ready",
    "/mfa/associate",
    "/mfa/authenticators",
    "/mfa/authenticators/{id}",
    "/mfa/challenge",
    "/nothing-here",
    "/oauth/device/code",
    "/oauth/introspect",
    "/oauth/par",
    "/oauth/revoke",
    "/oauth/token",
    "/oidc/logout",
    "/oidc/logout/confirm",
    "/oidc/register",
    "/oidc/register/{id}",
    "/passwordless/start",
    "/u/consent",
    "/u/login",
    "/u/mfa",
    "/u/signup",
    "/userinfo",
    "/v2/logout",
];

/// Of a response, what says which route it was.
fn told(headers: &HeaderMap) -> String {
    let names = ["content-type", "allow", "access-control-allow-origin", "www-authenticate"];
    let mut text = String::new();
    for name in names {
        for value in headers.get_all(name) {
            let _ = write!(text, " · {name}: {}", value.to_str().unwrap());
        }
    }
    text
}

/// Conformance A2.
#[tokio::test]
async fn every_route_answers_in_its_own_dialect() {
    let world = World::new().await;
    let mut contract = String::new();
    for path in PATHS {
        let _ = writeln!(contract, "{path}");
        let asked: Vec<_> =
            path.split('/').map(|step| if step.starts_with('{') { "x" } else { step }).collect();
        let asked = asked.join("/");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let request = Request::builder().method(method).uri(&asked);
            let answer =
                world.send(request.header("origin", "https://any.example").body(Body::empty()).unwrap());
            let answer = answer.await;
            let _ = writeln!(contract, "  {method} {}{}", answer.status.as_u16(), told(&answer.headers));
        }
    }
    insta::assert_snapshot!(contract);
}

/// Where routes are written down.
#[test]
fn no_route_is_left_out() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut routed = BTreeSet::new();
    let files = ["routes.rs", "management/credentials.rs", "management/guardian.rs", "management/mod.rs"];
    for file in files.into_iter().chain(["management/organizations.rs"]) {
        let text = std::fs::read_to_string(sources.join(file)).unwrap();
        let paths = text
            .split(".route(")
            .skip(1)
            .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'));
        routed.extend(paths.map(|(path, _)| path.to_owned()));
    }
    assert!(routed.len() > 15, "{routed:?}");
    let left: Vec<_> = routed.iter().filter(|path| !PATHS.contains(&path.as_str())).collect();
    assert_eq!(left, Vec::<&String>::new());
}
