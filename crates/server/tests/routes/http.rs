//! How requests are read (conformance A2, HTTP; A3 rows 15 and 16).

use axum::body::Body;
use http::Request;
use keybound_proto::form::Form;

use crate::{
    bodies::silent,
    wallet::get,
    world::{API, M2M, SECRET, World, machine, request},
};

/// auth0.md §5: JSON and forms on every POST.
#[tokio::test]
async fn a_token_request_may_be_json() {
    let world = World::new().await;
    let body = serde_json::json!({
        "grant_type": "client_credentials", "client_id": M2M, "client_secret": SECRET, "audience": API,
    });
    let json = |body: String| {
        Request::post("/oauth/token")
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    world.send(json(body.to_string())).await.ok();
    let twice = r#"{"grant_type":"client_credentials","grant_type":"password"}"#;
    world.send(json(twice.to_owned())).await.refused(400, "invalid_request");
    world.send(json("[]".to_owned())).await.refused(400, "invalid_request");
    world.send(json("{".to_owned())).await.refused(400, "invalid_request");
}

/// RFC 6749 §3.2; conformance A3 row 11.
#[tokio::test]
async fn a_repeated_parameter_is_refused_an_empty_one_omitted_and_an_unknown_one_ignored() {
    let world = World::new().await;
    let form = machine().encode();
    let repeated = request("/oauth/token", format!("{form}&grant_type=password"), &[]);
    let text = world.send(repeated).await.refused(400, "invalid_request");
    assert!(text.contains("grant_type"), "{text}");
    world.send(request("/oauth/token", format!("{form}&scope=&colour=blue&"), &[])).await.ok();
    let missing = Form::new().with("client_id", M2M).with("client_secret", SECRET);
    let text = world.post("/oauth/token", missing, &[]).await.refused(400, "invalid_request");
    assert_eq!(text, "Missing required parameter: grant_type");
}

/// RFC 9110 §15.5.
#[tokio::test]
async fn methods_types_and_sizes_that_are_not_taken_have_their_statuses() {
    let world = World::new().await;
    let answer = get(&world, "/oauth/token", &[]).await;
    answer.refused(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    let xml =
        Request::post("/oauth/token").header("content-type", "application/xml").body("<a/>".into()).unwrap();
    world.send(xml).await.refused(415, "invalid_request");
    let large = request("/oauth/token", "a".repeat(64 * 1024 + 1), &[]);
    world.send(large).await.refused(413, "invalid_request");
    let announced = Request::post("/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(silent(64 * 1024 + 1));
    world.send(announced.unwrap()).await.refused(413, "invalid_request");
    get(&world, "/nowhere", &[]).await.refused(404, "invalid_request");
}

/// Conformance A2: what every answer says.
#[tokio::test]
async fn every_answer_is_hardened() {
    let world = World::new().await;
    for path in ["/oauth/token", "/.well-known/jwks.json", "/nowhere", "/userinfo"] {
        let answer = get(&world, path, &[]).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(answer.header("strict-transport-security").unwrap().starts_with("max-age="));
    }
}
