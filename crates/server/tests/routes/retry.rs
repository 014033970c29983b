//! The very same request again (sdks.md C13), and replays (RFC 9449 §11.1).

use std::time::{Duration, Instant};

use keybound_proto::time::Lifetime;
use keybound_server::Config;

use crate::{
    wallet::Wallet,
    world::{Answer, SPA, Wish, World, machine, redeem, refresh},
};

async fn twice(world: &World, wallet: &Wallet) -> (Answer, Answer) {
    wallet.sign_in(world).await;
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let first = world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await;
    let second = world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await;
    (first, second)
}

#[tokio::test]
async fn the_same_request_of_a_public_client_gets_the_same_answer() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let (mut first, mut second) = twice(&world, &wallet).await;
    assert_eq!(first.ok(), second.ok());
    // It was asked twice, and counted twice.
    for answer in [&mut first, &mut second] {
        answer.headers.remove("x-ratelimit-remaining").unwrap();
    }
    assert_eq!(first.headers, second.headers);
}

#[tokio::test]
async fn the_answer_is_kept_for_thirty_seconds_and_no_longer() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await.ok();
    world.clock.turn(Lifetime::seconds(31));
    let late = world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await;
    assert!(late.refused(400, "invalid_dpop_proof").contains("proof.replayed"));
}

/// Conformance P37.
#[tokio::test]
async fn the_same_proof_with_another_body_is_a_replay() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await.ok();
    let other = refresh(tokens["refresh_token"].as_str().unwrap(), SPA);
    let began = Instant::now();
    let answer = world.post("/oauth/token", other.clone(), &[("dpop", &proof)]).await;
    assert!(answer.refused(400, "invalid_dpop_proof").contains("proof.replayed"));
    world.clock.turn(Lifetime::seconds(31));
    let answer = world.post("/oauth/token", other, &[("dpop", &proof)]).await;
    assert!(answer.refused(400, "invalid_dpop_proof").contains("proof.replayed"));
    assert!(began.elapsed() < Duration::from_secs(2), "nobody is held for an answer that will not come");
}

/// Conformance P37: switched off, a second use is a replay whoever makes it.
#[tokio::test]
async fn switched_off_the_same_request_is_a_replay() {
    let mut config = Config::default();
    config.token.idempotent_retry = false;
    let (world, wallet) = (World::with(config).await, Wallet::new());
    let (first, second) = twice(&world, &wallet).await;
    first.ok();
    assert!(second.refused(400, "invalid_dpop_proof").contains("proof.replayed"));
}

#[tokio::test]
async fn the_same_request_of_a_confidential_client_is_a_replay() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post("/oauth/token", machine(), &[("dpop", &proof)]).await.ok();
    let again = world.post("/oauth/token", machine(), &[("dpop", &proof)]).await;
    again.refused(400, "invalid_dpop_proof");
}

/// Conformance P42.
#[tokio::test]
async fn of_fifty_identical_requests_one_is_answered_and_the_others_hear_the_same() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let headers = [("dpop", proof.as_str())];
    let tries: Vec<_> = (0..50).map(|_| world.post("/oauth/token", redeem(&code, SPA), &headers)).collect();
    let answers = futures_util::future::join_all(tries).await;
    let bodies: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.ok().to_string()).collect();
    assert_eq!(bodies.len(), 1);
}

/// Conformance P42, for clients whose requests are not kept.
#[tokio::test]
async fn of_fifty_identical_proofs_of_a_confidential_client_one_counts() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    let headers = [("dpop", proof.as_str())];
    let tries: Vec<_> = (0..50).map(|_| world.post("/oauth/token", machine(), &headers)).collect();
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}
