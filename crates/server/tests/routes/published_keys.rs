//! Clients whose keys are at an address of theirs: `jwks_uri` (OIDC Dynamic Client Registration §2, RFC 7591 §2).

use keybound_crypto::{SigningKey, entropy};
use keybound_proto::{form::Form, jose::Alg, time::Lifetime};
use keybound_store::documents::{ClientGrants, Clients};
use serde_json::{Value, json};

use crate::{
    keys_at::KeysAt,
    signing::{key, signed},
    world::{API, Answer, CALLBACK, ISSUER, World},
};

const ID: &str = "publishing";
const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn furnish(world: &World, id: &str, address: &str) {
    let client = json!({
        "client_id": id, "name": id, "app_type": "regular_web", "callbacks": [CALLBACK], "jwks_uri": address,
        "grant_types": ["client_credentials", "authorization_code"],
    });
    world.put::<Clients>(id, client).await;
    let grant = json!({ "client_id": id, "audience": API, "scope": ["read:orders"] });
    world.put::<ClientGrants>(&format!("cgr_{id}"), grant).await;
}

async fn begin() -> (World, KeysAt, SigningKey) {
    let (world, at, key) = (World::new().await, KeysAt::open().await, key(Alg::Es256));
    at.publish(&[&key]);
    furnish(&world, ID, &at.url).await;
    (world, at, key)
}

fn assertion(world: &World, id: &str, key: &SigningKey) -> String {
    let now = world.now().as_unix();
    let claims = json!({
        "iss": id, "sub": id, "aud": ISSUER, "jti": entropy::token::<16>(), "iat": now, "exp": now + 60,
    });
    signed(key, "JWT", &claims)
}

fn asserting(form: Form, assertion: &str) -> Form {
    form.with("client_assertion_type", KIND).with("client_assertion", assertion)
}

async fn token(world: &World, id: &str, key: &SigningKey) -> Answer {
    let form = Form::new().with("grant_type", "client_credentials").with("audience", API);
    world.post("/oauth/token", asserting(form, &assertion(world, id, key)), &[]).await
}

#[track_caller]
fn refused(answer: &Answer) {
    let said = answer.refused(401, "invalid_client");
    assert_eq!(said, "no key of the client signed the client assertion");
}

/// RFC 7523 §3; the keys are fetched once for many requests.
#[tokio::test]
async fn a_client_signs_with_a_key_that_it_publishes() {
    let (world, at, key) = begin().await;
    for _ in 0..3 {
        token(&world, ID, &key).await.ok();
    }
    assert_eq!(at.asked(), 1);
    let form = Form::new().with("token", "unknown");
    let revoked = world.post("/oauth/revoke", asserting(form, &assertion(&world, ID, &key)), &[]).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(at.asked(), 1);
}

/// A new key works within half a minute, and whoever invents names of keys makes us ask no more often than that.
#[tokio::test]
async fn a_new_key_is_found_and_invented_ones_make_us_ask_twice_a_minute() {
    let (world, at, first) = begin().await;
    token(&world, ID, &first).await.ok();
    for _ in 0..5 {
        refused(&token(&world, ID, &key(Alg::Es256)).await);
    }
    assert_eq!(at.asked(), 1, "it was asked a moment ago");
    let second = key(Alg::Ps256);
    at.publish(&[&first, &second]);
    world.clock.turn(Lifetime::seconds(31));
    token(&world, ID, &second).await.ok();
    assert_eq!(at.asked(), 2);
    for _ in 0..5 {
        refused(&token(&world, ID, &key(Alg::Es256)).await);
    }
    token(&world, ID, &first).await.ok();
    assert_eq!(at.asked(), 2);
}

/// RFC 7517 §4.5: a name proves nothing; a key is its publisher's alone.
#[tokio::test]
async fn the_keys_of_one_client_are_not_those_of_another() {
    let (world, _, mine) = begin().await;
    let (there, other) = (KeysAt::open().await, key(Alg::Es256));
    there.publish(&[&other]);
    furnish(&world, "other", &there.url).await;
    token(&world, ID, &mine).await.ok();
    token(&world, "other", &other).await.ok();
    refused(&token(&world, ID, &other).await);
    refused(&token(&world, "other", &mine).await);
}

/// What is not a set of keys is none: nobody gets in, and nobody waits for long; conformance A2.
#[tokio::test]
async fn an_address_that_gives_no_keys_lets_nobody_in() {
    let world = World::new().await;
    let key = key(Alg::Es256);
    let big = format!(r#"{{"keys":[],"padding":"{}"}}"#, "x".repeat(70_000));
    for (at, odd) in ["", "[]", r#"{"keys":{}}"#, "<html></html>", &big].into_iter().enumerate() {
        let there = KeysAt::open().await;
        there.publish_text(odd);
        let id = format!("odd-{at}");
        furnish(&world, &id, &there.url).await;
        refused(&token(&world, &id, &key).await);
    }
    let there = KeysAt::open().await;
    there.publish(&[&key]);
    furnish(&world, "moved", &there.url.replace("keys.json", "moved.json")).await;
    refused(&token(&world, "moved", &key).await);
    furnish(&world, "plain", "http://keys.example/keys.json").await;
    refused(&token(&world, "plain", &key).await);
    assert_eq!(there.asked(), 0, "no redirect is followed");
}

/// It has no secret and no other way in.
#[tokio::test]
async fn a_client_that_publishes_keys_shows_nothing_else() {
    let (world, at, _) = begin().await;
    let form =
        || Form::new().with("grant_type", "client_credentials").with("client_id", ID).with("audience", API);
    world.post("/oauth/token", form(), &[]).await.refused(401, "invalid_client");
    let secret = form().with("client_secret", "guess");
    assert_eq!(world.post("/oauth/token", secret, &[]).await.status, 401);
    assert_eq!(at.asked(), 0, "nobody is asked for what is not signed");
}

/// RFC 9101 §10.2, pushed (RFC 9126 §3).
#[tokio::test]
async fn what_a_client_asks_for_is_held_against_the_same_keys() {
    let (world, at, mine) = begin().await;
    let object = |key: &SigningKey| {
        let now = world.now().as_unix();
        let claims: Value = json!({
            "iss": ID, "client_id": ID, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 60,
            "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
        });
        signed(key, "oauth-authz-req+jwt", &claims)
    };
    let push = async |object: &str| {
        let form = Form::new().with("client_id", ID).with("request", object);
        world.post("/oauth/par", asserting(form, &assertion(&world, ID, &mine)), &[]).await
    };
    assert_eq!(push(&object(&mine)).await.status, 201);
    push(&object(&key(Alg::Es256))).await.refused(400, "invalid_request_object");
    assert_eq!(at.asked(), 1);
}
