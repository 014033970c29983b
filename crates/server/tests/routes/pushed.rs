//! Proofs at `/oauth/par` (RFC 9449 §10.1; conformance AS21, AS22, AS23).

use http::Request;
use keybound_proto::form::Form;

use crate::{
    wallet::Wallet,
    world::{Answer, CALLBACK, SPA, World},
};

const PATH: &str = "/oauth/par";
/// The S256 challenge of RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn ask() -> Form {
    Form::new()
        .with("client_id", SPA)
        .with("response_type", "code")
        .with("redirect_uri", CALLBACK)
        .with("scope", "openid")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
}

/// Sends it with a proof of that key, and once more when a nonce is demanded.
async fn proved(world: &World, wallet: &Wallet, form: &Form) -> Answer {
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    let answer = world.post(PATH, form.clone(), &[("dpop", &proof)]).await;
    wallet.learn(&answer);
    if answer.status != 400 || answer.json()["error"] != "use_dpop_nonce" {
        return answer;
    }
    assert!(answer.challenges().is_empty());
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    world.post(PATH, form.clone(), &[("dpop", &proof)]).await
}

/// Conformance AS21.
#[tokio::test]
async fn the_key_named_and_the_key_shown_must_be_one() {
    let (world, wallet, other) = (World::new().await, Wallet::new(), Wallet::new());
    let own = wallet.thumbprint().to_string();
    assert_eq!(world.post(PATH, ask().with("dpop_jkt", &own), &[]).await.status, 201);
    assert_eq!(proved(&world, &wallet, &ask()).await.status, 201);
    assert_eq!(proved(&world, &wallet, &ask().with("dpop_jkt", &own)).await.status, 201);
    let both = proved(&world, &other, &ask().with("dpop_jkt", &own)).await;
    assert!(both.refused(400, "invalid_request").contains("dpop_jkt"));
}

/// Conformance AS22, P49: each proof serves one endpoint, once.
#[tokio::test]
async fn a_bad_proof_pushes_nothing() {
    let (world, wallet) = (World::new().await, Wallet::new());
    proved(&world, &wallet, &ask()).await;
    for (proof, reason) in [
        ("abc".to_owned(), "proof.malformed"),
        (wallet.proof(world.now(), "GET", PATH, None), "proof.htm_mismatch"),
        (wallet.proof(world.now(), "POST", "/oauth/token", None), "proof.htu_mismatch"),
    ] {
        let answer = world.post(PATH, ask(), &[("dpop", &proof)]).await;
        assert!(answer.refused(400, "invalid_dpop_proof").contains(reason), "{reason}");
    }
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    assert_eq!(world.post(PATH, ask(), &[("dpop", &proof)]).await.status, 201);
    let again = world.post(PATH, ask(), &[("dpop", &proof)]).await;
    assert!(again.refused(400, "invalid_dpop_proof").contains("proof.replayed"));
}

/// What is refused for another reason has not spent its proof.
#[tokio::test]
async fn a_request_that_is_refused_leaves_its_proof_unused() {
    let (world, wallet) = (World::new().await, Wallet::new());
    proved(&world, &wallet, &ask()).await;
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    let bad = ask().with("prompt", "none login");
    world.post(PATH, bad, &[("dpop", &proof)]).await.refused(400, "invalid_request");
    assert_eq!(world.post(PATH, ask(), &[("dpop", &proof)]).await.status, 201);
}

/// RFC 9126 §2: `POST` alone; conformance A6.
#[tokio::test]
async fn a_request_is_pushed_by_post_alone() {
    let world = World::new().await;
    for method in ["GET", "PUT", "DELETE"] {
        let request = Request::builder().method(method).uri(PATH).body(axum::body::Body::empty()).unwrap();
        assert_eq!(world.send(request).await.status, 405, "{method}");
    }
}
