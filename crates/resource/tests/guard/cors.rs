//! A29, RS18: browsers of other origins.

use http::StatusCode;
use keybound_proto::uri::Origin;
use keybound_resource::Cors;

use super::common::{Client, World, dpop, request};

const PAGE: &str = "https://app.example.com";

fn shared() -> World {
    World::with(|config| config.cors = Some(Cors::only(vec![Origin::parse(PAGE).unwrap()])))
}

#[tokio::test]
async fn rs18_a_preflight_needs_no_credentials() {
    let world = shared();
    let ask = [
        ("origin", PAGE),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,dpop,content-type"),
    ];
    let answer = world.send(request("OPTIONS", "/orders", &ask)).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type, dpop"));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(answer.header("access-control-max-age").is_some());
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    // Not a preflight: an OPTIONS request like any other.
    let answer = world.send(request("OPTIONS", "/me", &[("origin", PAGE)])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    world.still_works().await;
}

#[tokio::test]
async fn a_preflight_passes_to_the_service_where_cors_is_left_to_it() {
    let world = World::new();
    let ask = [("origin", PAGE), ("access-control-request-method", "GET")];
    let answer = world.send(request("OPTIONS", "/orders", &ask)).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.challenges().is_empty());
    let with_token =
        [("origin", PAGE), ("access-control-request-method", "GET"), ("authorization", "DPoP x")];
    assert_eq!(world.send(request("OPTIONS", "/orders", &with_token)).await.status, StatusCode::UNAUTHORIZED);
    world.still_works().await;
}

#[tokio::test]
async fn a29_nonce_and_challenge_are_exposed_on_errors_too() {
    let world = shared();
    let client = Client::new();
    let token = world.token(&client);
    let get = async |path: &str, credentials: &str, origin: &str| {
        let proof = client.proof(&world, "GET", path, &token);
        world
            .send(request(
                "GET",
                path,
                &[("origin", origin), ("authorization", credentials), ("dpop", &proof)],
            ))
            .await
    };
    let good = dpop(&token);
    for (path, credentials, status) in [
        ("/me", good.as_str(), StatusCode::OK),
        ("/fails", good.as_str(), StatusCode::INTERNAL_SERVER_ERROR),
        ("/me", "DPoP x", StatusCode::UNAUTHORIZED),
        ("/me", "DPoP", StatusCode::BAD_REQUEST),
        ("/me", "Basic x", StatusCode::UNAUTHORIZED),
    ] {
        let answer = get(path, credentials, PAGE).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("DPoP-Nonce") && exposed.contains("WWW-Authenticate"));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
    for stranger in
        ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com"]
    {
        let answer = get("/me", &good, stranger).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{stranger}");
        assert_eq!(answer.header("access-control-expose-headers"), None);
    }
}

#[tokio::test]
async fn every_origin_may_be_allowed_but_never_null() {
    let world = World::with(|config| config.cors = Some(Cors::any()));
    let answer = world.send(request("GET", "/me", &[("origin", "https://any.example")])).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://any.example"));
    let answer = world.send(request("GET", "/me", &[("origin", "null")])).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
    world.still_works().await;
}
