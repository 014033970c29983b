//! Which pages may read our answers (conformance A29, AS25; sdks.md §0.4).

use axum::body::Body;
use http::Request;

use crate::{
    wallet::{Wallet, get},
    world::{Answer, ORIGIN, SPA, Wish, World, redeem},
};

const EXPOSED: &str = "access-control-expose-headers";
const ALLOWED: &str = "access-control-allow-origin";

async fn preflight(world: &World, path: &str, origin: &str) -> Answer {
    let request = Request::options(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "auth0-client,dpop");
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_preflight_of_a_registered_origin_may_ask_for_dpop() {
    let world = World::new().await;
    for path in ["/oauth/token", "/oauth/revoke", "/userinfo"] {
        let answer = preflight(&world, path, ORIGIN).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header(ALLOWED), Some(ORIGIN));
        let headers = answer.header("access-control-allow-headers").unwrap();
        for name in ["dpop", "authorization", "content-type", "auth0-client"] {
            assert!(headers.split(", ").any(|own| own == name), "{name}");
        }
        assert!(answer.header("access-control-max-age").is_some());
        assert_eq!(answer.header("vary"), Some("origin"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
}

#[tokio::test]
async fn to_a_page_of_no_registered_origin_nothing_is_told() {
    let world = World::new().await;
    for origin in ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"] {
        let answer = preflight(&world, "/oauth/token", origin).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header(ALLOWED), None);
        assert_eq!(answer.header("access-control-allow-headers"), None);
    }
}

/// sdks.md §0.4: without the first two, `UseDpopNonceError` at once.
#[tokio::test]
async fn refusals_and_failures_carry_the_headers_too() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let challenge =
        world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof), ("origin", ORIGIN)]).await;
    challenge.refused(400, "use_dpop_nonce");
    let get_token = get(&world, "/oauth/token", &[("origin", ORIGIN)]).await;
    assert_eq!(get_token.status, 405);
    let large = Request::post("/oauth/token")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", ORIGIN);
    let large = world.send(large.body(Body::from(vec![b'a'; 70_000])).unwrap()).await;
    assert_eq!(large.status, 413);
    let unauthorized = get(&world, "/userinfo", &[("origin", ORIGIN)]).await;
    assert_eq!(unauthorized.status, 401);
    for answer in [challenge, get_token, large, unauthorized] {
        assert_eq!(answer.header(ALLOWED), Some(ORIGIN), "{answer:?}");
        let exposed = answer.header(EXPOSED).unwrap();
        assert!(exposed.starts_with("DPoP-Nonce, WWW-Authenticate"), "{exposed}");
    }
}

/// FAPI 2.0 §5.3.2.2: none where a person looks; conformance A22.
#[tokio::test]
async fn pages_for_people_carry_no_cors_headers() {
    let world = World::new().await;
    for path in ["/authorize", "/v2/logout", "/oidc/logout"] {
        let answer = get(&world, path, &[("origin", ORIGIN)]).await;
        assert_eq!(answer.header(ALLOWED), None, "{path}");
    }
}

#[tokio::test]
async fn an_app_registered_a_moment_ago_works() {
    let world = World::new().await;
    let new = "https://new.example";
    assert_eq!(preflight(&world, "/oauth/token", new).await.header(ALLOWED), None);
    let doc = serde_json::json!({
        "client_id": "new", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": ["https://new.example/back"],
    });
    world.put::<keybound_store::documents::Clients>("new", doc).await;
    world.clock.turn(keybound_proto::time::Lifetime::seconds(1));
    assert_eq!(preflight(&world, "/oauth/token", new).await.header(ALLOWED), Some(new));
}
