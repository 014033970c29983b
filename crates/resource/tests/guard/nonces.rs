//! RS13, RS14, P31, P43: nonces of the resource server.

use http::StatusCode;
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{NonceKeys, NoncePurpose},
    secret::Secret,
    time::Timestamp,
};
use keybound_resource::{Guard, Nonces, Replay, WhenFull};

use super::common::{Answer, Client, NOW, ORIGIN, World, config, dpop, request, router, send};

async fn get(world: &World, client: &Client, token: &str, nonce: Option<&str>) -> Answer {
    at(world, client, token, nonce, world.now()).await
}

async fn at(world: &World, client: &Client, token: &str, nonce: Option<&str>, now: Timestamp) -> Answer {
    let proof = client.proof_with(now, "GET", &format!("{ORIGIN}/me"), token, nonce);
    world.send(request("GET", "/me", &[("authorization", &dpop(token)), ("dpop", &proof)])).await
}

/// C9 of the SDK contract: 401, the scheme, the error, and exactly one nonce.
#[tokio::test]
async fn rs13_a_required_nonce_is_asked_for_and_then_accepted() {
    let world = World::with(|config| {
        config.nonces = Nonces::Required;
        config.nonce_secret = Some(Secret::new([1; 32]));
    });
    let client = Client::new();
    let token = world.token(&client);
    let answer = get(&world, &client, &token, None).await;
    answer.refused("use_dpop_nonce", "proof.nonce_missing");
    let nonce = answer.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(get(&world, &client, &token, Some(&nonce)).await.status, StatusCode::OK);

    let foreign = NonceKeys::new(Secret::new([1; 32]), NoncePurpose::AuthorizationServer, 0);
    let foreign = foreign.mint(world.now(), &AwsLc);
    for bad in ["made-up", foreign.as_str()] {
        let answer = get(&world, &client, &token, Some(bad)).await;
        answer.refused("use_dpop_nonce", "proof.nonce_unknown");
        let fresh = answer.header("dpop-nonce").unwrap().to_owned();
        assert_eq!(get(&world, &client, &token, Some(&fresh)).await.status, StatusCode::OK);
    }
    world.clock.advance(3601);
    let token = world.token(&client);
    get(&world, &client, &token, Some(&nonce)).await.refused("use_dpop_nonce", "proof.nonce_expired");
    let fresh = get(&world, &client, &token, None).await.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(get(&world, &client, &token, Some(&fresh)).await.status, StatusCode::OK);
}

/// RFC 9449 §8.2.
#[tokio::test]
async fn rs14_a_fresh_nonce_comes_with_the_answer_when_it_is_time() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let first = get(&world, &client, &token, None).await;
    assert_eq!(first.status, StatusCode::OK);
    let nonce = first.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(get(&world, &client, &token, Some(&nonce)).await.header("dpop-nonce"), None);
    world.clock.advance(1801);
    let later = get(&world, &client, &token, Some(&nonce)).await;
    assert_eq!(later.status, StatusCode::OK);
    let renewed = later.header("dpop-nonce").unwrap().to_owned();
    assert_ne!(renewed, nonce);
    // The previous one is still good.
    assert_eq!(get(&world, &client, &token, Some(&nonce)).await.status, StatusCode::OK);
    assert_eq!(get(&world, &client, &token, Some(&renewed)).await.header("dpop-nonce"), None);
}

#[tokio::test]
async fn p31_a_wrong_clock_is_helped_by_a_nonce() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let wrong = Timestamp::from_unix(NOW - 7200);
    let answer = at(&world, &client, &token, None, wrong).await;
    answer.refused("use_dpop_nonce", "proof.iat_too_old");
    assert!(answer.body.contains("7200 s behind"), "{}", answer.body);
    let nonce = answer.header("dpop-nonce").unwrap().to_owned();
    assert_eq!(at(&world, &client, &token, Some(&nonce), wrong).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_nonces_a_wrong_clock_is_only_refused() {
    let world = World::with(|config| config.nonces = Nonces::Off);
    let client = Client::new();
    let token = world.token(&client);
    let answer = at(&world, &client, &token, None, Timestamp::from_unix(NOW - 61)).await;
    answer.refused("invalid_dpop_proof", "proof.iat_too_old");
    assert_eq!(answer.header("dpop-nonce"), None);
    let answer = get(&world, &client, &token, None).await;
    assert_eq!((answer.status, answer.header("dpop-nonce")), (StatusCode::OK, None));
}

#[tokio::test]
async fn p43_a_restart_does_not_let_a_proof_be_used_twice() {
    let secret = || Some(Secret::new([7; 32]));
    let world = World::with(|config| config.nonce_secret = secret());
    let client = Client::new();
    let token = world.token(&client);
    let nonce = get(&world, &client, &token, None).await.header("dpop-nonce").unwrap().to_owned();
    let plain = client.proof_with(world.now(), "GET", &format!("{ORIGIN}/me"), &token, None);
    let nonced = client.proof_with(world.now(), "GET", &format!("{ORIGIN}/me"), &token, Some(&nonce));
    let headers = |proof: &str| request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", proof)]);
    for proof in [&plain, &nonced] {
        assert_eq!(world.send(headers(proof)).await.status, StatusCode::OK);
        world.send(headers(proof)).await.refused("invalid_dpop_proof", "proof.replayed");
    }
    // The process ends and begins again: same secret, same keys, empty memory.
    let mut again = config();
    again.nonce_secret = secret();
    again.clock = world.clock.clone();
    let restarted = router(&std::sync::Arc::new(Guard::new(again, world.keys.clone())));
    for proof in [&plain, &nonced] {
        let answer = send(&restarted, headers(proof)).await;
        answer.refused("use_dpop_nonce", "proof.before_restart");
        let fresh = answer.header("dpop-nonce").unwrap();
        let retry = client.proof_with(world.now(), "GET", &format!("{ORIGIN}/me"), &token, Some(fresh));
        assert_eq!(send(&restarted, headers(&retry)).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_full_memory_refuses_or_demands_a_nonce_and_lets_nothing_be_used_twice() {
    for when_full in [WhenFull::Refuse, WhenFull::DemandNonce] {
        let world = World::with(|config| {
            config.nonces = Nonces::Optional;
            config.replay = Replay::Memory { capacity: 3, when_full };
        });
        let client = Client::new();
        let token = world.token(&client);
        let proofs: Vec<_> = (0..4).map(|_| client.proof(&world, "GET", "/me", &token)).collect();
        let use_ = async |proof: &str| {
            world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", proof)])).await
        };
        for proof in &proofs[..3] {
            assert_eq!(use_(proof).await.status, StatusCode::OK);
        }
        let answer = use_(&proofs[3]).await;
        if when_full == WhenFull::Refuse {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert!(answer.challenges().is_empty());
        } else {
            answer.refused("use_dpop_nonce", "proof.memory_full");
            assert!(answer.header("dpop-nonce").is_some());
        }
        use_(&proofs[0]).await.refused("invalid_dpop_proof", "proof.replayed");
        world.clock.advance(100);
        world.still_works().await;
    }
}
