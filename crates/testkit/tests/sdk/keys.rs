//! Keys: every algorithm, in and out, and proofs made by hand.

use std::sync::Arc;

use http::Request;
use keybound_client::{
    Ambient as _, DpopKey, Prover, Proving, Role, Support,
    http::{Body, Http as _},
    key::{KeyPair, MemoryKeys},
    session::{MemoryStore, Session},
};
use keybound_proto::jose::{Alg, AlgSet};
use keybound_resource::Nonces;

use crate::{
    log,
    world::{World, want},
};

const ALL: [Alg; 4] = [Alg::Es256, Alg::EdDsa, Alg::Es384, Alg::Ps256];

/// RFC 9449 §5.1: where the server says which algorithms it takes, another is not even tried.
#[tokio::test]
async fn the_server_takes_es256_alone_until_it_is_told_otherwise() {
    for algs in [AlgSet::ES256, AlgSet::of(&ALL)] {
        let world = World::set_up(|config| config.proof.algs = algs).await;
        let api = world.api().await;
        for alg in ALL {
            let key = DpopKey::generate_for(alg).unwrap();
            let client = world.client("machine").await.bound_to(key.clone());
            let support = Prover::holding(key).support(client.metadata()).unwrap();
            let asked = world.server.heard_at("/oauth/token").len();
            let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
            let session = session.by_clock(world.time.clone());
            let got = session.token(&want()).await;
            if algs.contains(alg) {
                assert_eq!(support, Support::Yes);
                assert!(got.unwrap().is_bound());
                let answer = session.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await;
                assert_eq!(answer.unwrap().status(), 200, "{alg}");
            } else {
                assert_eq!(support, Support::OtherAlgorithms(vec!["ES256".into()]));
                let error = got.unwrap_err();
                assert_eq!(error.code(), "client.algorithm", "{error}");
                assert_eq!(world.server.heard_at("/oauth/token").len(), asked, "nothing was sent");
            }
        }
    }
}

/// A key that went out of one process and into another goes on with what is bound to it.
#[tokio::test]
async fn a_key_that_was_written_out_and_read_in_goes_on_with_its_tokens() {
    let world = World::new().await;
    let api = world.api().await;
    let pair = KeyPair::generate(Alg::Es256).unwrap();
    let first = world.client("spa").await.bound_to(pair.clone().into());
    let tokens = Arc::new(world.tokens(&first).await);
    let (pem, jwk) = (pair.to_pem().unwrap(), pair.to_jwk().unwrap());
    let read = [
        KeyPair::from_pem(pem.reveal()).unwrap(),
        KeyPair::from_pem(&pem.reveal().replace('\n', "\\n")).unwrap(),
        KeyPair::from_jwk(jwk.reveal()).unwrap(),
        KeyPair::from_pkcs8(pair.to_pkcs8().unwrap().reveal()).unwrap(),
    ];
    for pair in read {
        let client = world.client("spa").await.bound_to(pair.into());
        let fetcher =
            keybound_client::Fetcher::new(&api.url, &client, world.web.clone(), tokens.clone()).unwrap();
        let answer = fetcher.by_clock(world.time.clone()).get("orders").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let private: serde_json::Value = serde_json::from_str(jwk.reveal()).unwrap();
    tracing::info!(?pair, ?first, ?tokens, "seen by Debug");
    assert_eq!(log::told([private["d"].as_str().unwrap(), pem.reveal().as_str()]), None);
    assert!(log::has_heard(&pair.thumbprint().to_string()), "what is public may be seen");
}

/// What `auth0-spa-js` calls the DPoP handle: proofs for whoever sends requests by other means.
#[tokio::test]
async fn proofs_made_by_hand_pass_the_guard_and_learn_its_nonce() {
    let world = World::new().await;
    let api = world.api_where(|guard| guard.nonces = Nonces::Required).await;
    let prover = Prover::kept_in(Arc::new(MemoryKeys::default()), "orders");
    assert!(!prover.is_initialized());
    let client = world.client("machine").await.bound_to(prover.initialize().await.unwrap());
    assert!(prover.is_initialized());
    let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let tokens = session.by_clock(world.time.clone()).token(&want()).await.unwrap();
    prover.check_thumbprint(&tokens.bound_to.unwrap()).unwrap();
    let (url, token) = (format!("{}orders", api.url), tokens.access_token.reveal());
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let proof = prover.prove(&Proving::new("GET", &url).with_token(token), &world.time).await.unwrap();
        let request =
            Request::get(&url).header("authorization", format!("DPoP {token}")).header("dpop", proof);
        let answer = world.web.send(request.body(Body::default()).unwrap()).await.unwrap();
        statuses.push(answer.status().as_u16());
        prover.learn(&url, Role::ResourceServer, answer.headers(), world.time.now()).unwrap();
    }
    assert_eq!(statuses, [401, 200]);
    prover.clear().await.unwrap();
    assert_eq!(prover.public_jwk().unwrap_err().code(), "client.key_missing");
}
