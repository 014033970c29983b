//! How many signatures a request costs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::StatusCode;
use keybound_crypto::AwsLc;
use keybound_proto::jose::{Alg, BadSignature, Digest, Jwk, Sealer, Verify};
use keybound_resource::Backend;
use serde_json::json;

use super::common::{Client, NOW, World, dpop, request};

/// The real backend, and how often it was asked.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Counting {
    /// Signatures checked since this was last asked.
    fn since(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Digest for Counting {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        AwsLc.sha256(parts)
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        AwsLc.hash_for(alg, message)
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        AwsLc.hmac_sha256(key, parts)
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        AwsLc.sealer(key)
    }
}

impl Verify for Counting {
    fn verify(&self, alg: Alg, key: &Jwk, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.0.fetch_add(1, Ordering::Relaxed);
        AwsLc.verify(alg, key, message, signature)
    }
}

fn counted() -> (World, Counting) {
    let counting = Counting::default();
    let backend = Backend::new(counting.clone(), keybound_crypto::entropy::bytes);
    (World::with(|config| config.backend = backend.clone()), counting)
}

#[tokio::test]
async fn a_token_is_checked_once_and_from_then_on_a_request_costs_one_signature() {
    let (world, counting) = counted();
    let client = Client::new();
    let token = world.token(&client);
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    assert_eq!(counting.since(), 2);
    for _ in 0..10 {
        assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    }
    assert_eq!(counting.since(), 10);
    // Another token of the same client is another token.
    let another = world.token_with(&client, |claims| claims["jti"] = json!("another"));
    assert_eq!(world.get(&client, &another).await.status, StatusCode::OK);
    assert_eq!(counting.since(), 2);
}

#[tokio::test]
async fn what_is_refused_for_its_form_costs_no_signature_and_a_bad_token_is_not_remembered_as_good() {
    let (world, counting) = counted();
    let client = Client::new();
    let token = world.token(&client);
    for garbage in ["", "abc", "a.b.c", &"a".repeat(9000), &token] {
        let answer =
            world.send(request("GET", "/me", &[("authorization", &dpop(&token)), ("dpop", garbage)])).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{garbage}");
        assert_eq!(counting.since(), 0, "{garbage}");
    }
    let expired = world.token_with(&client, |claims| claims["exp"] = json!(NOW - 3600));
    for _ in 0..2 {
        world.get(&client, &expired).await.refused("invalid_token", "token.expired");
        assert_eq!(counting.since(), 2);
    }
    world.still_works().await;
}
