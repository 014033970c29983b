//! RS18, RS22, P29, P37, P42, P49: proofs at a router.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
};

use axum::Router;
use http::StatusCode;
use keybound_proto::{
    dpop::{Claim, ReplayKey},
    time::Timestamp,
    uri::Origin,
};
use keybound_resource::{Guard, Replay, ReplayLost, SharedReplay};

use super::common::{Client, World, config, dpop, request, router, send};

#[tokio::test]
async fn p37_a_proof_is_used_once() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let proof = client.proof(&world, "GET", "/me", &token);
    let again = || request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)]);
    assert_eq!(world.send(again()).await.status, StatusCode::OK);
    for _ in 0..3 {
        world.send(again()).await.refused("invalid_dpop_proof", "proof.replayed");
    }
    world.still_works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p42_of_fifty_identical_proofs_at_once_exactly_one_passes() {
    let world = Arc::new(World::new());
    let client = Client::new();
    let token = world.token(&client);
    for _ in 0..5 {
        let proof = client.proof(&world, "GET", "/me", &token);
        let mut answers = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (world, credentials, proof) = (Arc::clone(&world), dpop(&token), proof.clone());
            answers.spawn(async move {
                world
                    .send(request("GET", "/me", &[("authorization", &credentials), ("dpop", &proof)]))
                    .await
                    .status
            });
        }
        let passed = answers.join_all().await.into_iter().filter(|status| *status == StatusCode::OK).count();
        assert_eq!(passed, 1);
    }
    world.still_works().await;
}

/// A memory beside the processes, as a database would be.
#[derive(Debug, Default)]
struct Beside {
    seen: Mutex<HashMap<[u8; 32], Timestamp>>,
    lost: std::sync::atomic::AtomicBool,
}

impl SharedReplay for Beside {
    fn claim<'a>(
        &'a self,
        key: &'a ReplayKey,
        until: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<Claim, ReplayLost>> + Send + 'a>> {
        Box::pin(async move {
            if self.lost.load(std::sync::atomic::Ordering::Relaxed) {
                return Err(ReplayLost);
            }
            let before = self.seen.lock().unwrap().insert(*key.as_bytes(), until);
            Ok(if before.is_none() { Claim::First } else { Claim::Again })
        })
    }
}

#[tokio::test]
async fn rs22_two_replicas_that_share_a_memory_let_a_proof_pass_once() {
    let beside = Arc::new(Beside::default());
    let replay = Replay::Shared(Arc::<Beside>::clone(&beside));
    let world = World::with(|config| config.replay = replay.clone());
    let mut second = config();
    second.clock = world.clock.clone();
    second.replay = replay;
    let second = router(&Arc::new(Guard::new(second, world.keys.clone())));
    let client = Client::new();
    let token = world.token(&client);
    let proof = client.proof(&world, "GET", "/me", &token);
    let again = || request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)]);
    assert_eq!(send(&second, again()).await.status, StatusCode::OK);
    world.send(again()).await.refused("invalid_dpop_proof", "proof.replayed");
    send(&second, again()).await.refused("invalid_dpop_proof", "proof.replayed");
    world.still_works().await;

    beside.lost.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = world.get(&client, &token).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    beside.lost.store(false, std::sync::atomic::Ordering::Relaxed);
    world.still_works().await;
}

#[tokio::test]
async fn rs18_every_method_is_proved_by_its_own_name() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "POST", "PURGE"] {
        let send = async |proved: &str| {
            let proof = client.proof(&world, proved, "/me", &token);
            world.send(request(method, "/me", &[("authorization", &dpop(&token)), ("dpop", &proof)])).await
        };
        assert_eq!(send(method).await.status, StatusCode::OK, "{method}");
        for other in ["GET", "POST", &method.to_lowercase()] {
            if other != method {
                send(other).await.refused("invalid_dpop_proof", "proof.htm_mismatch");
            }
        }
    }
}

#[tokio::test]
async fn p49_a_proof_for_one_path_is_refused_at_another() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let paths = ["/me", "/orders", "/deep/me", "/deep/%6De", "/deep/a%2Fb", "/deep/a/b"];
    for (at, wanted) in paths.iter().enumerate() {
        for (made_for, path) in paths.iter().enumerate() {
            let proof = client.proof(&world, "GET", path, &token);
            let answer = world
                .send(request("GET", wanted, &[("authorization", &dpop(&token)), ("dpop", &proof)]))
                .await;
            let same = at == made_for
                || (wanted.contains("/deep/") && [2, 3].contains(&at) && [2, 3].contains(&made_for));
            assert_eq!(answer.status == StatusCode::OK, same, "{path} at {wanted}: {answer:?}");
        }
    }
}

/// The reference is what we were told our name is; nothing a stranger writes changes it.
#[tokio::test]
async fn p29_forwarded_headers_and_host_change_nothing() {
    let world = World::new();
    let client = Client::new();
    let token = world.token(&client);
    let spoofs = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-original-url", "/evil"),
    ];
    for (name, value) in spoofs {
        let evil = client.proof_with(world.now(), "GET", "https://evil.example/me", &token, None);
        let answer = world
            .send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &evil), (name, value)]))
            .await;
        answer.refused("invalid_dpop_proof", "proof.htu_mismatch");
        let good = client.proof(&world, "GET", "/me", &token);
        let answer = world
            .send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", &good), (name, value)]))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn p29_a_path_that_a_proxy_or_a_router_cut_is_made_whole() {
    let world = World::with(|config| {
        config.prefix = "/api".into();
        config.origins.push(Origin::parse("https://second.example").unwrap());
    });
    let nested = Router::new().nest("/v1", world.app.clone());
    let client = Client::new();
    let token = world.token(&client);
    for url in ["https://api.example.com/api/v1/me", "https://second.example/api/v1/me"] {
        let proof = client.proof_with(world.now(), "GET", url, &token, None);
        let answer =
            send(&nested, request("GET", "/v1/me", &[("authorization", &dpop(&token)), ("dpop", &proof)]))
                .await;
        assert_eq!(answer.status, StatusCode::OK, "{url}: {answer:?}");
    }
    for url in
        ["https://api.example.com/v1/me", "https://api.example.com/me", "https://third.example/api/v1/me"]
    {
        let proof = client.proof_with(world.now(), "GET", url, &token, None);
        let answer =
            send(&nested, request("GET", "/v1/me", &[("authorization", &dpop(&token)), ("dpop", &proof)]))
                .await;
        answer.refused("invalid_dpop_proof", "proof.htu_mismatch");
    }
}
