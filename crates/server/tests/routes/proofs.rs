//! Bad proofs at the token endpoint: the kinds of refusal, and that none of them costs anything.
//!
//! Each row of conformance A1.1 is tested where proofs are checked; here is what the server makes of them.

use keybound_proto::{
    jose::{Alg, AlgSet},
    time::Timestamp,
};
use keybound_server::{Config, config::Database};

use crate::{
    wallet::{Wallet, get},
    world::{SPA, Wish, World, machine, redeem, request},
};

/// Conformance A1.1 as the token endpoint tells it, AS03, A0 rule 4.
#[tokio::test]
async fn a_bad_proof_is_refused_with_its_reason_and_the_code_survives() {
    let (world, wallet) = (World::new().await, Wallet::new());
    wallet.sign_in(&world).await;
    let code = world.code(&Wish::default()).await;
    let good = |now| wallet.proof(now, "POST", "/oauth/token", None);
    let now = world.now();
    let flipped = format!("{}A", &good(now)[..good(now).len() - 2]);
    let rows = [
        (String::new(), "proof.empty"),
        ("abc".to_owned(), "proof.malformed"),
        (format!("{}, {}", good(now), good(now)), "proof.several"),
        (wallet.proof(now, "GET", "/oauth/token", None), "proof.htm_mismatch"),
        (wallet.proof(now, "POST", "/oauth/revoke", None), "proof.htu_mismatch"),
        (flipped, "proof."),
        (Wallet::of(Alg::Es384).proof(now, "POST", "/oauth/token", None), "proof.alg_unsupported"),
        ("a".repeat(9000), "proof.too_long"),
    ];
    for (proof, reason) in rows {
        let answer = world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await;
        let text = answer.refused(400, "invalid_dpop_proof");
        assert!(text.starts_with("DPoP proof refused: ") && text.contains(reason), "{reason}: {text}");
        assert!(answer.challenges().is_empty());
    }
    let two = [("dpop", good(now)), ("dpop", good(now))];
    let two: Vec<_> = two.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = world.send(request("/oauth/token", redeem(&code, SPA).encode(), &two)).await;
    assert!(answer.refused(400, "invalid_dpop_proof").contains("proof.several"));
    wallet.ask(&world, redeem(&code, SPA)).await.ok();
}

/// Conformance AS01: what is announced is what is taken, and nothing else, by default and as configured.
#[tokio::test]
async fn the_algorithms_that_are_announced_are_those_that_are_taken() {
    for taken in [AlgSet::ES256, AlgSet::of(&[Alg::Es256, Alg::EdDsa, Alg::Ps256])] {
        let mut config = Config::default();
        config.proof.algs = taken;
        let world = World::with(config).await;
        let metadata = get(&world, "/.well-known/openid-configuration", &[]).await.ok();
        let announced = metadata["dpop_signing_alg_values_supported"].as_array().unwrap();
        assert!(announced.contains(&"ES256".into()) && !announced.contains(&"none".into()));
        for alg in Alg::ALL {
            let answer = Wallet::of(alg).ask(&world, machine()).await;
            match announced.contains(&alg.name().into()) {
                true => _ = answer.ok(),
                false => {
                    assert!(answer.refused(400, "invalid_dpop_proof").contains("proof.alg_unsupported"));
                }
            }
        }
    }
}

/// RFC 9449 §8; conformance AS14: never two nonces in one answer, whatever was asked.
#[tokio::test]
async fn no_answer_brings_more_than_one_nonce() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let challenged = wallet.ask(&world, redeem(&code, SPA)).await;
    let tokens = wallet.ask(&world, redeem(&code, SPA)).await;
    let access = tokens.ok()["access_token"].as_str().unwrap().to_owned();
    let refused = world.post("/oauth/token", machine(), &[("dpop", "abc")]).await;
    let resource = wallet.call(&world, "/userinfo", &access).await;
    let stolen =
        get(&world, "/userinfo", &[("authorization", &format!("DPoP {access}")), ("dpop", "abc")]).await;
    assert_eq!(challenged.headers.get_all("dpop-nonce").iter().count(), 1);
    for answer in [tokens, refused, resource, stolen] {
        assert!(answer.headers.get_all("dpop-nonce").iter().count() <= 1, "{}", answer.status);
    }
}

/// Conformance P29 and P06: our own name is the reference, whatever a stranger writes; a header's name has no case.
#[tokio::test]
async fn a_proof_is_for_the_issuer_whatever_the_request_says_of_its_host() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let spoofs = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    for (name, value) in spoofs {
        let evil = wallet.proof_at(world.now(), "POST", "https://evil.example/oauth/token", None);
        let answer = world.post("/oauth/token", machine(), &[("dpop", &evil), (name, value)]).await;
        assert!(answer.refused(400, "invalid_dpop_proof").contains("proof.htu_mismatch"), "{name}");
        let good = wallet.proof(world.now(), "POST", "/oauth/token", None);
        world.post("/oauth/token", machine(), &[("DPOP", &good), (name, value)]).await.ok();
    }
}

/// RFC 9449 §11.1: a good nonce makes a wrong clock harmless; conformance P31.
#[tokio::test]
async fn a_wrong_clock_is_harmless_once_there_is_a_nonce() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let wrong = Timestamp::from_unix(world.now().as_unix() - 86_400);
    let proof = wallet.proof(wrong, "POST", "/oauth/token", None);
    let answer = world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await;
    answer.refused(400, "use_dpop_nonce");
    wallet.learn(&answer);
    let proof = wallet.proof(wrong, "POST", "/oauth/token", None);
    world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await.ok();
}

/// Conformance AS12 and AS13.
#[tokio::test]
async fn a_nonce_of_somebody_else_is_answered_with_one_of_ours() {
    let (world, other) = (World::new().await, World::new().await);
    let wallet = Wallet::new();
    wallet.sign_in(&other).await;
    let code = world.code(&Wish::default()).await;
    wallet.ask(&world, redeem(&code, SPA)).await.refused(400, "use_dpop_nonce");
    wallet.ask(&world, redeem(&code, SPA)).await.ok();
}

/// Conformance P43: what may have been used before the memory began is not accepted, nor called a replay.
#[tokio::test]
async fn a_proof_from_before_a_restart_is_answered_with_a_nonce() {
    let folder = tempfile::tempdir().unwrap();
    let config = || {
        let path = folder.path().join("keybound.db");
        let mut config = Config::default();
        config.database = Database::Sqlite(path);
        config
    };
    let (first, wallet) = (World::with(config()).await, Wallet::new());
    let proof = wallet.proof(first.now(), "POST", "/oauth/token", None);
    first.post("/oauth/token", machine(), &[("dpop", &proof)]).await.ok();
    drop(first);
    let second = World::again(config()).await;
    let answer = second.post("/oauth/token", machine(), &[("dpop", &proof)]).await;
    answer.refused(400, "use_dpop_nonce");
    wallet.learn(&answer);
    wallet.ask(&second, machine()).await.ok();
}
