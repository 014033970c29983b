//! `/oauth/revoke` (RFC 7009; conformance A11; sdks.md C15).

use keybound_proto::form::Form;
use keybound_server::{Config, config::Proving};
use keybound_store::events;
use serde_json::Value;

use crate::{
    wallet::Wallet,
    world::{Answer, OTHER_SPA, SECRET, SPA, WEB, Wish, World, redeem, refresh},
};

const PATH: &str = "/oauth/revoke";

fn revoke(token: &str, client: &str) -> Form {
    Form::new().with("client_id", client).with("token", token).with("token_type_hint", "refresh_token")
}

fn token(tokens: &serde_json::Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

/// RFC 7009 §2.2.
#[tokio::test]
async fn a_revoked_token_ends_its_family_and_the_answer_is_empty() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let answer = world.post("/oauth/revoke", revoke(token(&tokens), SPA), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    wallet.token(&world, refresh(token(&tokens), SPA)).await.refused(403, "invalid_grant");
}

/// RFC 7009 §2.2; go-auth0 sends JSON.
#[tokio::test]
async fn what_is_unknown_is_revoked_already() {
    let world = World::new().await;
    for unknown in ["nothing", "a.b.c"] {
        assert_eq!(world.post("/oauth/revoke", revoke(unknown, SPA), &[]).await.status, 200);
    }
    let json = http::Request::post("/oauth/revoke").header("content-type", "application/json; charset=utf-8");
    let json = json.body(format!(r#"{{"client_id":"{SPA}","token":"nothing"}}"#).into()).unwrap();
    assert_eq!(world.send(json).await.status, 200);
    let nothing = Form::new().with("client_id", SPA);
    world.post("/oauth/revoke", nothing, &[]).await.refused(400, "invalid_request");
    world.post("/oauth/revoke", revoke("x", "nobody"), &[]).await.refused(401, "invalid_client");
}

/// RFC 7009 §2.1.
#[tokio::test]
async fn a_token_of_another_client_is_left_alone() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    assert_eq!(world.post("/oauth/revoke", revoke(token(&tokens), OTHER_SPA), &[]).await.status, 200);
    wallet.token(&world, refresh(token(&tokens), SPA)).await.ok();
}

/// A thief who finds a spent token must not end what its owner goes on with.
#[tokio::test]
async fn a_spent_token_revokes_nothing() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let second = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    assert_eq!(world.post("/oauth/revoke", revoke(token(&first), SPA), &[]).await.status, 200);
    wallet.token(&world, refresh(token(&second), SPA)).await.ok();
}

#[tokio::test]
async fn a_confidential_client_must_say_who_it_is() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let tokens = wallet.token(&world, redeem(&code, WEB).with("client_secret", SECRET)).await.ok();
    world.post("/oauth/revoke", revoke(token(&tokens), WEB), &[]).await.refused(401, "invalid_client");
    let known = revoke(token(&tokens), WEB).with("client_secret", SECRET);
    assert_eq!(world.post("/oauth/revoke", known, &[]).await.status, 200);
    let again = refresh(token(&tokens), WEB).with("client_secret", SECRET);
    wallet.token(&world, again).await.refused(403, "invalid_grant");
}

/// A proof as the wallet has learnt to make it, with the nonce of its sign-in.
async fn proved(world: &World, wallet: &Wallet, form: Form) -> Answer {
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    world.post(PATH, form, &[("dpop", &proof)]).await
}

async fn newest(world: &World) -> (String, Option<String>, Option<String>) {
    let entry = events::newest(&world.app.store, &world.app.tenant.id, 0, 1).await.unwrap().remove(0);
    (entry.kind.into(), entry.reason.map(String::from), entry.subject.map(String::from))
}

fn refused_event(reason: &str) -> (String, Option<String>, Option<String>) {
    ("f".to_owned(), Some(reason.to_owned()), Some(crate::world::USER.to_owned()))
}

/// A thief who has learnt a nonce; the owner's tokens.
async fn owner_and_thief(world: &World) -> (Wallet, Wallet, Value) {
    let (owner, thief) = (Wallet::new(), Wallet::new());
    thief.sign_in(world).await;
    let tokens = owner.sign_in(world).await;
    (owner, thief, tokens)
}

/// RFC 9449 §4.3, §11.1: what is sent is judged, and a bad one revokes nothing.
#[tokio::test]
async fn a_proof_that_is_sent_is_judged_in_full_before_anything_is_revoked() {
    let world = World::new().await;
    let (owner, _, tokens) = owner_and_thief(&world).await;
    let form = || revoke(token(&tokens), SPA);
    world.post(PATH, form(), &[("dpop", "junk")]).await.refused(400, "invalid_dpop_proof");
    let elsewhere = owner.proof(world.now(), "POST", "/oauth/token", None);
    let text = world.post(PATH, form(), &[("dpop", &elsewhere)]).await.refused(400, "invalid_dpop_proof");
    assert!(text.contains("proof.htu_mismatch"), "{text}");
    let method = owner.proof(world.now(), "GET", PATH, None);
    let text = world.post(PATH, form(), &[("dpop", &method)]).await.refused(400, "invalid_dpop_proof");
    assert!(text.contains("proof.htm_mismatch"), "{text}");
    let fresh = Wallet::new().proof(world.now(), "POST", PATH, None);
    let challenge = world.post(PATH, form(), &[("dpop", &fresh)]).await;
    challenge.refused(400, "use_dpop_nonce");
    assert!(challenge.header("dpop-nonce").is_some());
    let used = owner.proof(world.now(), "POST", PATH, None);
    assert_eq!(world.post(PATH, revoke("unknown", SPA), &[("dpop", &used)]).await.status, 200);
    let text = world.post(PATH, form(), &[("dpop", &used)]).await.refused(400, "invalid_dpop_proof");
    assert!(text.contains("proof.replayed"), "{text}");
    owner.token(&world, refresh(token(&tokens), SPA)).await.ok();
}

/// C18; RFC 9449 §5.
#[tokio::test]
async fn another_key_than_the_tokens_revokes_nothing_and_is_recorded() {
    let world = World::new().await;
    let (owner, thief, tokens) = owner_and_thief(&world).await;
    let text = proved(&world, &thief, revoke(token(&tokens), SPA)).await.refused(400, "invalid_grant");
    assert_eq!(text, "DPoP proof thumbprints don't match");
    assert_eq!(newest(&world).await, refused_event("grant.wrong_key"));
    let successor = owner.token(&world, refresh(token(&tokens), SPA)).await.ok();
    proved(&world, &thief, revoke(token(&tokens), SPA)).await.refused(400, "invalid_grant");
    owner.token(&world, refresh(token(&successor), SPA)).await.ok();
}

#[tokio::test]
async fn with_the_right_key_a_spent_token_ends_its_family_too() {
    let world = World::new().await;
    let (owner, _, tokens) = owner_and_thief(&world).await;
    let successor = owner.token(&world, refresh(token(&tokens), SPA)).await.ok();
    let answer = proved(&world, &owner, revoke(token(&tokens), SPA)).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    assert_eq!(newest(&world).await.0, "srrt");
    owner.token(&world, refresh(token(&successor), SPA)).await.refused(403, "invalid_grant");
}

/// RFC 7009 §2.2: the answer is the same, and the log says what it was.
#[tokio::test]
async fn what_revokes_nothing_is_answered_as_done_and_recorded() {
    let world = World::new().await;
    let (owner, _, tokens) = owner_and_thief(&world).await;
    assert_eq!(world.post(PATH, revoke(token(&tokens), OTHER_SPA), &[]).await.status, 200);
    assert_eq!(newest(&world).await, refused_event("grant.not_yours"));
    owner.token(&world, refresh(token(&tokens), SPA)).await.ok();
    assert_eq!(world.post(PATH, revoke(token(&tokens), SPA), &[]).await.status, 200);
    assert_eq!(newest(&world).await, refused_event("grant.reused"));
}

/// `[dpop] revocation = "proof"`.
#[tokio::test]
async fn where_a_proof_is_owed_nobody_revokes_a_bound_token_without_its_key() {
    let mut config = Config::default();
    config.proof.revocation = Proving::Required;
    let world = World::with(config).await;
    let (owner, thief, tokens) = owner_and_thief(&world).await;
    let text = world.post(PATH, revoke(token(&tokens), SPA), &[]).await.refused(400, "invalid_dpop_proof");
    assert!(text.contains("send one by that key in the DPoP header"), "{text}");
    assert_eq!(newest(&world).await, refused_event("grant.key_missing"));
    proved(&world, &thief, revoke(token(&tokens), SPA)).await.refused(400, "invalid_grant");
    assert_eq!(world.post(PATH, revoke("unknown", SPA), &[]).await.status, 200);
    let tokens = owner.token(&world, refresh(token(&tokens), SPA)).await.ok();
    assert_eq!(proved(&world, &owner, revoke(token(&tokens), SPA)).await.status, 200);
    owner.token(&world, refresh(token(&tokens), SPA)).await.refused(403, "invalid_grant");
}

#[tokio::test]
async fn where_a_proof_is_owed_a_confidential_client_still_revokes_by_its_secret() {
    let mut config = Config::default();
    config.proof.revocation = Proving::Required;
    let (world, wallet) = (World::with(config).await, Wallet::new());
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let tokens = wallet.token(&world, redeem(&code, WEB).with("client_secret", SECRET)).await.ok();
    let form = revoke(token(&tokens), WEB).with("client_secret", SECRET);
    assert_eq!(world.post(PATH, form, &[]).await.status, 200);
    let again = refresh(token(&tokens), WEB).with("client_secret", SECRET);
    wallet.token(&world, again).await.refused(403, "invalid_grant");
}
