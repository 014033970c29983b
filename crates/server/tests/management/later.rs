//! What Auth0 has and this server does not: never a bare 404.

use http::Method;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn lists_that_tools_look_at_are_empty_in_the_way_they_ask() {
    let world = World::new().await;
    for (path, told) in [
        ("flows", json!([])),
        ("flows?take=50", json!({ "flows": [] })),
        (
            "forms?per_page=50&include_totals=true",
            json!({ "start": 0, "limit": 50, "total": 0, "forms": [] }),
        ),
        ("flows/vault/connections?page=0", json!([])),
        ("event-streams", json!({ "eventStreams": [] })),
        ("user-attribute-profiles?take=10", json!({ "user_attribute_profiles": [] })),
        ("network-acls", json!([])),
        ("self-service-profiles", json!([])),
    ] {
        assert_eq!(world.get(path).await.ok(), told, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_done_is_refused_by_name_to_who_may_ask() {
    let world = World::new().await;
    for (method, path) in [
        (Method::POST, "forms"),
        (Method::DELETE, "flows/x"),
        (Method::GET, "supplemental-signals"),
        (Method::POST, "keys/encryption/x"),
        (Method::GET, "nothing-that-anybody-has"),
        (Method::PATCH, "organizations/%2e%2e%2fx/groups/y/roles/z"),
    ] {
        let answer = world.root(method, path, Some(json!({}))).await;
        let (status, code) = (answer.status.as_u16(), &answer.body["errorCode"]);
        assert_eq!((status, code), (403, &json!("feature_not_enabled")), "{path}: {}", answer.body);
    }
    let missing = world.get("connections/con_x/scim-configuration").await;
    assert_eq!((missing.status.as_u16(), &missing.body["errorCode"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn who_asks_and_what_they_may_comes_before_what_there_is() {
    let world = World::new().await;
    let token = world.administrator(&["read:users"]).await;
    let answer = world.with(&token, Method::POST, "keys/encryption/x", Some(json!({}))).await;
    let message = "Insufficient scope, expected any of: update:encryption_keys";
    answer.refused(403, message, Some("insufficient_scope"));
    let answer = world.with(&token, Method::GET, "flows", None).await;
    answer.refused(403, "Insufficient scope, expected any of: read:flows", Some("insufficient_scope"));
    for (method, path) in [
        (Method::GET, "flows"),
        (Method::GET, "nothing-that-anybody-has"),
        (Method::POST, "keys/encryption/x"),
    ] {
        let answer = world.with("nobody", method, path, None).await;
        assert_eq!(answer.status, 401, "{path}: {}", Value::to_string(&answer.body));
    }
}
