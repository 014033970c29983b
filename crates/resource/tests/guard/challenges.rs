//! RS10 to RS12, RS17, RS24, AS28: what a refused request is told; and A13, what the resource says of itself.

use http::StatusCode;
use keybound_proto::challenge::Scheme;
use keybound_resource::Mode;

use super::common::{AUDIENCE, Client, ISSUER, World, dpop, request};

#[tokio::test]
async fn rs10_a_challenge_lists_the_algorithms() {
    let world = World::with(|config| {
        config.proof_algs = keybound_proto::jose::AlgSet::ES256;
        config.realm = Some("orders".into());
        config.metadata_url = Some("https://api.example.com/.well-known/oauth-protected-resource".into());
    });
    let answer = world.send(request("GET", "/me", &[])).await;
    let challenge = answer.challenge(&Scheme::DPoP).unwrap();
    assert_eq!(challenge.param("algs"), Some("ES256"));
    assert_eq!(challenge.param("realm"), Some("orders"));
    assert_eq!(
        challenge.param("resource_metadata"),
        Some("https://api.example.com/.well-known/oauth-protected-resource")
    );
    world.still_works().await;
}

/// RFC 6750 §3.1.
#[tokio::test]
async fn rs11_without_credentials_there_is_no_error() {
    for (mode, schemes) in [(Mode::DpopRequired, 1), (Mode::DpopOrBearer, 2)] {
        let world = World::with(|config| config.mode = mode);
        for headers in [&[][..], &[("authorization", "Basic YTpi")], &[("authorization", "Negotiate x")]] {
            let answer = world.send(request("GET", "/me", headers)).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            let challenges = answer.challenges();
            assert_eq!(challenges.len(), schemes);
            assert!(challenges.iter().all(|challenge| challenge.param("error").is_none()));
            assert!(answer.header("dpop-nonce").is_none());
        }
        world.still_works().await;
    }
}

/// RFC 9110 §11.7.1: those are credentials for a proxy, and we are none.
#[tokio::test]
async fn as28_proxy_credentials_are_no_credentials() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let proof = client.proof(&world, "GET", "/me", &token);
    let answer =
        world.send(request("GET", "/me", &[("proxy-authorization", &dpop(&token)), ("dpop", &proof)])).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.challenge(&Scheme::DPoP).unwrap().param("error"), None);
    world.still_works().await;
}

#[tokio::test]
async fn rs12_the_error_stands_in_the_challenge_of_the_scheme_that_was_used() {
    let world = World::with(|config| config.mode = Mode::DpopOrBearer);
    let answer = world.send(request("GET", "/me", &[("authorization", "Bearer x")])).await;
    let schemes: Vec<_> = answer.challenges().iter().map(|c| (c.scheme().clone(), c.error_code())).collect();
    let invalid = Some(keybound_proto::code::ErrorCode::InvalidToken);
    assert_eq!(schemes, [(Scheme::Bearer, invalid), (Scheme::DPoP, None)]);
    let answer = world.send(request("GET", "/me", &[("authorization", "DPoP x")])).await;
    let schemes: Vec<_> = answer.challenges().iter().map(|c| (c.scheme().clone(), c.error_code())).collect();
    let invalid = Some(keybound_proto::code::ErrorCode::InvalidDpopProof);
    assert_eq!(schemes, [(Scheme::DPoP, invalid), (Scheme::Bearer, None)]);
    world.still_works().await;
}

#[tokio::test]
async fn rs17_too_little_scope_is_403_with_the_scope_it_takes() {
    let world = World::new();
    let client = Client::new();
    let get = async |token: &str| {
        let proof = client.proof(&world, "GET", "/orders", token);
        world.send(request("GET", "/orders", &[("authorization", &dpop(token)), ("dpop", &proof)])).await
    };
    let poor = world.token_with(&client, |claims| claims["scope"] = "openid".into());
    let answer = get(&poor).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let challenge = answer.challenge(&Scheme::DPoP).unwrap();
    assert_eq!(challenge.param("error"), Some("insufficient_scope"));
    assert_eq!(challenge.param("scope"), Some("read:orders"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = get(&world.token(&client)).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "orders of alice"));
}

#[tokio::test]
async fn rs17_a_guard_may_ask_for_scopes_of_every_request() {
    let world = World::with(|config| {
        config.scopes = keybound_proto::scope::Scopes::parse("read:orders openid").unwrap();
    });
    let client = Client::new();
    let poor = world.token_with(&client, |claims| claims["scope"] = "openid".into());
    let answer = world.get(&client, &poor).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.challenge(&Scheme::DPoP).unwrap().param("scope"), Some("read:orders openid"));
    world.still_works().await;
}

#[tokio::test]
async fn rs24_a_refusal_is_never_kept_by_a_cache() {
    let world = World::new();
    for headers in [&[][..], &[("authorization", "DPoP x")], &[("authorization", "DPoP x y")]] {
        assert_eq!(
            world.send(request("GET", "/me", headers)).await.header("cache-control"),
            Some("no-store")
        );
    }
    world.still_works().await;
}

/// Conformance A3.
#[tokio::test]
async fn what_a_stranger_sent_cannot_break_out_of_a_challenge() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let odd = keybound_proto::uri::Htu::parse("https://api.example.com/'%22,%20x=").unwrap();
    let proof = client.proof_with(world.now(), "GET\", error=\"none", odd.as_str(), &token, None);
    let answer =
        world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)])).await;
    answer.refused("invalid_dpop_proof", "proof.htm_mismatch");
    assert_eq!(answer.challenges().len(), 1);
    world.still_works().await;
}

/// RFC 9728 §2; A13.
#[tokio::test]
async fn the_resource_describes_itself() {
    for (mode, required) in [(Mode::DpopRequired, true), (Mode::DpopOrBearer, false)] {
        let world = World::with(|config| config.mode = mode);
        let metadata: serde_json::Value =
            serde_json::from_str(&world.guard.metadata().unwrap().to_json()).unwrap();
        assert_eq!(metadata["resource"], AUDIENCE);
        assert_eq!(metadata["authorization_servers"], serde_json::json!([ISSUER]));
        assert_eq!(metadata["bearer_methods_supported"], serde_json::json!(["header"]));
        assert_eq!(metadata["dpop_bound_access_tokens_required"], required);
        assert!(metadata["dpop_signing_alg_values_supported"].as_array().unwrap().contains(&"ES256".into()));
    }
}
