//! What no endpoint takes, at every endpoint that takes anything: conformance A2 (HTTP) and A3 rows 8 and 15.

use std::{fmt::Write as _, path::Path, sync::atomic::Ordering, time::Duration};

use axum::body::Body;
use http::{Request, StatusCode};
use keybound_server::{Config, config::Registration};

use crate::{
    bodies::{endless, silent},
    wallet::get,
    world::{Answer, M2M, SECRET, World, request},
};

/// Most bytes of a body.
const LIMIT: usize = 64 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Everything that reads parameters: of programs, and of people's browsers.
const FORMS: [&str; 23] = [
    "/oauth/token",
    "/oauth/par",
    "/oauth/device/code",
    "/oauth/revoke",
    "/oauth/introspect",
    "/bc-authorize",
    "/passwordless/start",
    "/mfa/challenge",
    "/mfa/associate",
    "/dbconnections/signup",
    "/authorize",
    "/u/login",
    "/u/signup",
    "/u/reset-password",
    "/u/email-verification",
    "/u/mfa",
    "/u/mfa-enrollment",
    "/u/consent",
    "/activate",
    "/activate/confirm",
    "/approve/confirm",
    "/oidc/logout",
    "/oidc/logout/confirm",
];

/// What reads a document of whoever comes along.
const DOCUMENT: &str = "/oidc/register";

/// What reads parameters from an address.
const QUERIES: [&str; 4] = ["/authorize", "/oidc/logout", "/v2/logout", "/.well-known/webfinger"];

/// Where a client shows who it is.
const CLIENTS: [&str; 8] = [
    "/oauth/token",
    "/oauth/par",
    "/oauth/device/code",
    "/oauth/revoke",
    "/oauth/introspect",
    "/bc-authorize",
    "/passwordless/start",
    "/mfa/challenge",
];

async fn world() -> World {
    let mut config = Config::default();
    config.registration = Registration::Open;
    config.limits.body_time = Duration::from_millis(100);
    World::with(config).await
}

/// Every endpoint with a body, and the media type it takes.
fn endpoints() -> impl Iterator<Item = (&'static str, &'static str)> {
    FORMS.into_iter().map(|path| (path, FORM)).chain([(DOCUMENT, JSON)])
}

async fn sends(world: &World, (path, media): (&str, &str), body: Body) -> Answer {
    world.send(Request::post(path).header("content-type", media).body(body).unwrap()).await
}

/// Refused with that status, with words, and without those of the request.
#[track_caller]
fn refused(answer: &Answer, status: StatusCode, place: &str) {
    let said = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{place}: {said}");
    assert!(!said.is_empty() && !said.contains("hunter2"), "{place}: {said}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{place}");
}

/// RFC 6749 §3.1, §3.2; A3 row 15. What is unknown must not come twice either: somebody may know it later.
/// Conformance AS20.
#[tokio::test]
async fn what_comes_twice_is_refused_at_every_endpoint() {
    let world = world().await;
    for endpoint in endpoints() {
        let twice = match endpoint.1 {
            FORM => "client_id=spa&password=hunter2&password=hunter2",
            _ => r#"{"client_name":"x","password":"hunter2","password":"hunter2"}"#,
        };
        let place = endpoint.0;
        refused(&sends(&world, endpoint, twice.into()).await, StatusCode::BAD_REQUEST, place);
    }
    for path in ["/authorize", "/oauth/par"] {
        let twice = "client_id=spa&response_type=code&dpop_jkt=a&dpop_jkt=hunter2";
        refused(&sends(&world, (path, FORM), twice.into()).await, StatusCode::BAD_REQUEST, path);
    }
    for path in QUERIES {
        let answer = get(&world, &format!("{path}?state=a&state=b"), &[]).await;
        refused(&answer, StatusCode::BAD_REQUEST, path);
    }
}

/// RFC 9110 §15.5.16; A2.
#[tokio::test]
async fn a_body_that_is_no_form_is_refused_at_every_endpoint() {
    let world = world().await;
    for (path, taken) in endpoints() {
        for media in ["text/plain", "application/xml", "multipart/form-data; boundary=x", "form", ""] {
            let answer = sends(&world, (path, media), "client_id=spa&password=hunter2".into()).await;
            refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, &format!("{path} {media}"));
        }
        if taken == FORM {
            let two = Request::post(path).header("content-type", FORM).header("content-type", JSON);
            let answer = world.send(two.body("client_id=spa".into()).unwrap()).await;
            refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, path);
        }
    }
}

/// RFC 9110 §15.5.14; A2: of what is too long no more is read than the limit and the piece that went beyond it.
/// Conformance A6.
#[tokio::test]
async fn no_endpoint_reads_more_than_64_kib() {
    let world = world().await;
    for endpoint in endpoints() {
        let place = endpoint.0;
        let large = sends(&world, endpoint, "a".repeat(LIMIT + 1).into()).await;
        refused(&large, StatusCode::PAYLOAD_TOO_LARGE, place);
        let announced = sends(&world, endpoint, silent(LIMIT as u64 + 1)).await;
        refused(&announced, StatusCode::PAYLOAD_TOO_LARGE, place);
        let (body, pulled) = endless();
        refused(&sends(&world, endpoint, body).await, StatusCode::PAYLOAD_TOO_LARGE, place);
        let pulled = pulled.load(Ordering::Relaxed);
        assert!(pulled <= LIMIT + 2 * 1024, "{place} read {pulled} bytes");
    }
}

/// RFC 9110 §15.5.9.
#[tokio::test]
async fn no_endpoint_waits_for_a_body_that_does_not_come() {
    let world = world().await;
    for endpoint in endpoints() {
        let place = endpoint.0;
        let answer = sends(&world, endpoint, silent(20)).await;
        refused(&answer, StatusCode::REQUEST_TIMEOUT, place);
    }
}

/// A2: as many members as fit, as deep as fits, and ten times as many in an address, where no body's limit holds.
#[tokio::test]
async fn a_hundred_thousand_members_are_refused_at_every_endpoint() {
    let world = world().await;
    let named = |count: usize, (before, after): (&str, &str)| {
        (0..count).fold(String::new(), |mut text, n| {
            let _ = write!(text, "{before}a{n}{after}");
            text
        })
    };
    let form = named(7_000, ("", "=1&"));
    let json = format!("{{{}\"a\":1}}", named(6_000, ("\"", "\":1,")));
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    assert!([&form, &json, &deep].into_iter().all(|body| body.len() <= LIMIT));
    for (path, taken) in endpoints() {
        if taken == FORM {
            let answer = sends(&world, (path, FORM), form.clone().into()).await;
            refused(&answer, StatusCode::BAD_REQUEST, path);
        }
        for body in [&json, &deep] {
            let answer = sends(&world, (path, JSON), body.clone().into()).await;
            refused(&answer, StatusCode::BAD_REQUEST, path);
        }
    }
    // Hyper takes no address of more than 64 KiB, but the routes do not rely on it.
    let many = named(7_000, ("", "=1&"));
    for path in QUERIES {
        refused(&get(&world, &format!("{path}?{many}"), &[]).await, StatusCode::BAD_REQUEST, path);
    }
}

/// RFC 6749 §2.3; A3 row 8: each two of the three ways, and then one of them alone.
#[tokio::test]
async fn a_client_that_authenticates_twice_is_refused_at_every_endpoint() {
    let world = world().await;
    let basic = ("authorization", "Basic bTJtOnMzY3JldC1vZi1hLW1hY2hpbmU=");
    let secret = format!("client_id={M2M}&client_secret={SECRET}");
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let assertion = format!("client_assertion_type={kind}&client_assertion=a.b.c");
    for path in CLIENTS {
        for (body, headers) in [
            (secret.clone(), &[basic][..]),
            (assertion.clone(), &[basic]),
            (format!("{secret}&{assertion}"), &[]),
        ] {
            let said = world.send(request(path, body, headers)).await.refused(400, "invalid_request");
            assert!(said.contains("more than one way"), "{path}: {said}");
        }
        let answer = world.send(request(path, secret.clone(), &[])).await;
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!said.contains("more than one way"), "{path}: {said}");
    }
}

/// `/userinfo` reads no body: it takes no parameters.
#[test]
fn no_endpoint_is_left_out() {
    let routes = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes.rs");
    let text = std::fs::read_to_string(routes).unwrap();
    let posted = text.split(".route(\"").skip(1).filter_map(|route| {
        let (path, handlers) = route.split_once('"')?;
        handlers.lines().next()?.contains("post(").then_some(path)
    });
    let posted: Vec<_> = posted.filter(|path| *path != "/userinfo").collect();
    assert!(posted.len() >= FORMS.len(), "{posted:?}");
    let left: Vec<_> = posted.iter().filter(|path| !FORMS.contains(path) && **path != DOCUMENT).collect();
    assert_eq!(left, Vec::<&&str>::new());
}
