//! What nobody means well by, at every operation of the Management API: ids, bodies and queries. Every refusal is
//! Auth0's, and nothing is changed by any.

use axum::body::Body;
use http::{Method, StatusCode};
use keybound_api::operation::{self, Operation};
use serde_json::{Value, json};

use crate::world::{Answer, World};

#[cfg(test)]
pub(crate) mod asked {
    use super::*;

    /// Every operation that takes a scope.
    pub(crate) fn rows() -> Vec<&'static Operation> {
        operation::all().filter(|row| !row.guard.scopes().is_empty()).collect()
    }

    /// Those that take JSON.
    pub(crate) fn with_bodies() -> Vec<&'static Operation> {
        let takes = |row: &&Operation| {
            matches!(
                row.body,
                operation::Body::Kind(..) | operation::Body::Maybe(..) | operation::Body::Shape(_)
            )
        };
        rows().into_iter().filter(takes).collect()
    }

    /// The path below `/api/v2/`, with one name for all that stand in it.
    pub(crate) fn path(row: &Operation, name: &str) -> String {
        let path = row.path.strip_prefix("/api/v2/").unwrap();
        let steps = path.split('/').map(|step| if step.starts_with('{') { name } else { step });
        steps.collect::<Vec<_>>().join("/")
    }

    pub(crate) fn method(row: &Operation) -> Method {
        row.method.as_str().parse().unwrap()
    }

    /// A refusal, in Auth0's shape.
    #[track_caller]
    pub(crate) fn refused(answer: &Answer, what: &str) {
        let status = answer.status;
        assert!(status.is_client_error(), "{what}: {status} {}", answer.body);
        assert_eq!(answer.body["statusCode"], status.as_u16(), "{what}: {}", answer.body);
        assert!(answer.body["error"].is_string() && answer.body["message"].is_string(), "{what}");
    }

    /// How much there is of what these requests speak of.
    pub(crate) async fn inventory(world: &World) -> Vec<(&'static str, Value)> {
        let mut all = Vec::new();
        for list in
            ["clients", "connections", "resource-servers", "client-grants", "users", "roles", "organizations"]
        {
            all.push((list, world.get(list).await.ok()));
        }
        all
    }
}

/// Percent-encoded slashes and pipes, what climbs, what is no text, what ends texts, what turns them around, SQL, and
/// more than anything is called.
const NAMES: [&str; 10] = [
    "auth0%7C..%2F..%2Fclients",
    "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd",
    "x%00y",
    "%FF%FE",
    "%E2%80%AExyz",
    "'%20OR%20'1'%3D'1",
    "x%22%3B%20DROP%20TABLE%20users%3B--",
    "%25",
    "auth0%7C%7C%7C",
    "{id}",
];

#[tokio::test]
async fn a_name_that_nothing_has_finds_nothing_whatever_is_in_it() {
    let world = World::new().await;
    let before = asked::inventory(&world).await;
    let long = "a".repeat(4_096);
    for row in asked::rows().into_iter().filter(|row| row.names().next().is_some()) {
        for name in NAMES.into_iter().map(|name| name.replace(['{', '}'], "%7B")).chain([long.clone()]) {
            let path = asked::path(row, &name);
            let method = asked::method(row);
            let body = (method != Method::GET).then(|| json!({}));
            let answer = world.root(method.clone(), &path, body).await;
            // What is not there may be taken away, and of nobody there is nothing to list.
            let idle = method == Method::DELETE || method == Method::GET;
            if !(idle && answer.status.is_success()) {
                asked::refused(&answer, &format!("{method} {path}"));
            }
        }
    }
    assert_eq!(asked::inventory(&world).await, before);
}

#[tokio::test]
async fn a_body_that_is_no_object_of_the_kind_changes_nothing() {
    let world = World::new().await;
    let before = asked::inventory(&world).await;
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: [&[u8]; 11] = [
        b"",
        b"7",
        b"\"text\"",
        b"{",
        b"{}{}",
        b"{\"name\":\"a\",\"name\":\"b\"}",
        b"{\"__proto__\":{\"admin\":true},\"nobody knows this\":1}",
        b"\xFF\xFE{}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":\"a\",\"app_metadata\":{\"plan\":[\"\\u0000\"]}}",
        deep.as_bytes(),
    ];
    for row in asked::with_bodies() {
        let (method, path) = (asked::method(row), asked::path(row, "x"));
        for body in bodies {
            let answer = world.sends(method.clone(), &path, Body::from(body.to_vec())).await;
            let may_be_empty = body.is_empty() && matches!(row.body, operation::Body::Maybe(..));
            // A page around a sign-in is a text.
            let may_be_text = body == b"\"text\"" && path == "branding/templates/universal-login";
            if !((may_be_empty || may_be_text) && answer.status.is_success()) {
                let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
                asked::refused(&answer, &format!("{method} {path} {shown}"));
            }
        }
    }
    assert_eq!(asked::inventory(&world).await, before);
}

#[tokio::test]
async fn no_operation_takes_more_than_a_megabyte_or_another_kind_of_body() {
    let world = World::new().await;
    let large = format!("{{\"name\":\"{}\"}}", "a".repeat(1 << 20));
    for row in asked::with_bodies() {
        let (method, path) = (asked::method(row), asked::path(row, "x"));
        let answer = world.sends(method.clone(), &path, Body::from(large.clone())).await;
        let fit = [StatusCode::PAYLOAD_TOO_LARGE, StatusCode::NOT_FOUND];
        assert!(fit.contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.body);
        let answer = world.said_to_be("text/plain", method.clone(), &path, r#"{"name":"a"}"#).await;
        asked::refused(&answer, &format!("{method} {path} as text"));
    }
}

#[tokio::test]
async fn a_parameter_that_an_operation_does_not_have_is_refused_by_name() {
    let world = World::new().await;
    for row in asked::rows().into_iter().filter(|row| row.method == operation::Method::Get) {
        let path = asked::path(row, "x");
        let answer = world.get(&format!("{path}?nobody_knows_this=1")).await;
        asked::refused(&answer, &path);
        let message = "Query validation error: 'Additional properties not allowed: nobody_knows_this'.";
        answer.refused(400, message, Some("invalid_query_string"));
    }
}
