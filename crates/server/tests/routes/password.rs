//! `/oauth/token`, a user's own password: RFC 6749 §4.3 and Auth0's password-realm.

use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form, id::Subject, request::token::grant, secret::Secret, time::Lifetime, token::id::half_hash,
};
use keybound_store::{
    Batch,
    documents::Clients,
    events,
    ledger::passwords::{self, Password},
};
use serde_json::{Value, json};

use crate::{
    wallet::Wallet,
    world::{API, SPA, USER, WEB, World, claims, refresh},
};

const APP: &str = "own-app";
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";
const REALM: &str = "Username-Password-Authentication";

/// A world whose user has a password, with a client that may ask for it.
async fn world() -> World {
    let world = World::new().await;
    let hash = world.app.passwords.hash(Secret::new(PASSWORD.into())).await.unwrap();
    let mut batch = Batch::new();
    let password = Password { hash, set_at: world.now() };
    passwords::set(&mut batch, &world.app.tenant.id, &Subject::parse(USER).unwrap(), &password);
    world.app.store.apply(batch).await.unwrap();
    client(&world, APP, json!({})).await;
    world
}

async fn client(world: &World, id: &str, more: Value) {
    let mut doc = json!({
        "client_id": id, "name": id, "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [grant::PASSWORD, grant::PASSWORD_REALM, "refresh_token"],
        "refresh_token": { "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0 },
    });
    doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.put::<Clients>(id, doc).await;
}

fn asks(client: &str, password: &str) -> Form {
    Form::new()
        .with("grant_type", grant::PASSWORD)
        .with("client_id", client)
        .with("username", EMAIL)
        .with("password", password)
        .with("audience", API)
}

fn in_realm(realm: &str) -> Form {
    Form::new()
        .with("grant_type", grant::PASSWORD_REALM)
        .with("client_id", APP)
        .with("username", EMAIL)
        .with("password", PASSWORD)
        .with("audience", API)
        .with("realm", realm)
}

async fn newest(world: &World) -> events::Entry {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 200).await.unwrap();
    entries.into_iter().next_back().unwrap()
}

/// RFC 6749 §4.3.2, §5.1; RFC 9449 §5; OIDC Core §3.1.3.3. No browser took part: the ID token names no session.
/// Conformance AS02.
#[tokio::test]
async fn a_password_brings_tokens_bound_to_the_key_that_was_shown() {
    let (world, wallet) = (world().await, Wallet::new());
    let form = asks(APP, PASSWORD).with("scope", "openid offline_access read:orders");
    let tokens = wallet.token(&world, form).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let access = claims(tokens["access_token"].as_str().unwrap());
    assert_eq!((&access["sub"], &access["gty"]), (&USER.into(), &"password".into()));
    assert_eq!(access["scope"], "openid offline_access read:orders");
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    let id = claims(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["sub"], &id["aud"], id.get("sid")), (&USER.into(), &APP.into(), None));
    assert_eq!(id["auth_time"], world.now().as_unix());
    let hash = half_hash(keybound_proto::jose::Alg::Rs256, tokens["access_token"].as_str().unwrap(), &AwsLc);
    assert_eq!(id["at_hash"], hash);
    let entry = newest(&world).await;
    assert_eq!((entry.kind.as_ref(), entry.subject.as_deref()), ("sepft", Some(USER)));
    assert_eq!(entry.thumbprint, Some(wallet.thumbprint()));
}

/// auth0.md §5: who asks for no scope gets all the API has, and hears which.
#[tokio::test]
async fn without_a_scope_there_are_all_of_the_api() {
    let world = world().await;
    let tokens = world.post("/oauth/token", asks(APP, PASSWORD), &[]).await.ok();
    assert_eq!(
        (&tokens["token_type"], &tokens["scope"]),
        (&"Bearer".into(), &"read:orders write:orders".into())
    );
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    world.post("/oauth/token", in_realm(REALM), &[]).await.ok();
}

/// RFC 9449 §5: the refresh token of a public client is bound to its key. A thief neither uses nor spends it.
#[tokio::test]
async fn the_refresh_token_of_a_password_is_bound_and_rotates_like_any_other() {
    let (world, owner, thief) = (world().await, Wallet::new(), Wallet::new());
    let form = asks(APP, PASSWORD).with("scope", "openid offline_access");
    let tokens = owner.token(&world, form).await.ok();
    let token = tokens["refresh_token"].as_str().unwrap();
    thief.token(&world, refresh(token, APP)).await.refused(400, "invalid_grant");
    world.post("/oauth/token", refresh(token, APP), &[]).await.refused(400, "invalid_dpop_proof");
    let next = owner.token(&world, refresh(token, APP)).await.ok();
    assert_ne!(next["refresh_token"], tokens["refresh_token"]);
    assert_eq!(claims(next["id_token"].as_str().unwrap()).get("sid"), None);
    owner.token(&world, refresh(token, APP)).await.refused(403, "invalid_grant");
    let next = next["refresh_token"].as_str().unwrap();
    owner.token(&world, refresh(next, APP)).await.refused(403, "invalid_grant");
}

/// Off unless the client asks for it, each of the two by its name; never for a third party.
/// Conformance A23 and A3 row 18.
#[tokio::test]
async fn a_client_that_was_not_allowed_to_ask_for_passwords_is_refused_in_auth0s_words() {
    let world = world().await;
    client(&world, "plain", json!({ "grant_types": [grant::PASSWORD] })).await;
    client(&world, "stranger", json!({ "is_first_party": false })).await;
    for id in [SPA, "stranger"] {
        let answer = world.post("/oauth/token", asks(id, PASSWORD), &[]).await;
        let text = answer.refused(403, "unauthorized_client");
        assert_eq!(text, "Grant type 'password' not allowed for the client.");
        assert_eq!(answer.text("error_uri"), "https://auth0.com/docs/clients/client-grant-types");
    }
    let realm = in_realm(REALM).encode().replace(APP, "plain");
    let answer = world.send(crate::world::request("/oauth/token", realm, &[])).await;
    let text = answer.refused(403, "unauthorized_client");
    assert_eq!(text, format!("Grant type '{}' not allowed for the client.", grant::PASSWORD_REALM));
    let secret = asks(WEB, PASSWORD);
    world.post("/oauth/token", secret, &[]).await.refused(401, "invalid_client");
}

#[tokio::test]
async fn a_realm_is_a_connection_that_serves_the_client() {
    let world = world().await;
    world.post("/oauth/token", in_realm("nowhere"), &[]).await.refused(400, "invalid_request");
    let missing = asks(APP, PASSWORD).encode().replace("=password&", &format!("={}&", grant::PASSWORD_REALM));
    let answer = world.send(crate::world::request("/oauth/token", missing, &[])).await;
    assert_eq!(answer.refused(400, "invalid_request"), "Missing required parameter: realm");
}

/// A wrong password and an unknown user are told alike, and recorded as what they are.
#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_alike() {
    let world = world().await;
    let wrong = world.post("/oauth/token", asks(APP, "wrong"), &[]).await;
    assert_eq!(wrong.refused(403, "invalid_grant"), "Wrong email or password.");
    let entry = newest(&world).await;
    assert_eq!((entry.kind.as_ref(), entry.reason.as_deref()), ("fepft", Some("login.wrong_password")));
    assert_eq!((entry.subject.as_deref(), entry.user_name.as_deref()), (Some(USER), Some(EMAIL)));
    let nobody = asks(APP, PASSWORD).encode().replace("ada", "eve");
    let unknown = world.send(crate::world::request("/oauth/token", nobody, &[])).await;
    assert_eq!((unknown.status, unknown.json()), (wrong.status, wrong.json()));
    assert_eq!(newest(&world).await.reason.as_deref(), Some("login.unknown_user"));
    assert!(!format!("{:?}", newest(&world).await).contains(PASSWORD));
}

/// The throttle of the sign-in page: ten failures, and not even the right password is looked at (auth0.md §5).
/// Conformance A3 row 17.
#[tokio::test]
async fn whoever_guesses_is_soon_not_heard_and_not_by_another_grant_either() {
    let world = world().await;
    for _ in 0..10 {
        world.post("/oauth/token", asks(APP, "wrong"), &[]).await.refused(403, "invalid_grant");
    }
    for form in [asks(APP, PASSWORD), in_realm(REALM)] {
        let text = world.post("/oauth/token", form, &[]).await.refused(429, "too_many_attempts");
        assert!(text.starts_with("Your account has been blocked after multiple consecutive login attempts."));
        assert_eq!(newest(&world).await.kind.as_ref(), "limit_wc");
    }
    world.clock.turn(Lifetime::seconds(86_400));
    world.post("/oauth/token", asks(APP, PASSWORD), &[]).await.ok();
}

/// RFC 9449 §4.3: the proof is judged first. What could never succeed, or comes without a good proof, is no guess.
#[tokio::test]
async fn no_password_is_looked_at_before_client_and_proof_are_judged() {
    let (world, wallet) = (world().await, Wallet::new());
    let proof = wallet.proof(world.now(), "POST", "/elsewhere", None);
    for _ in 0..11 {
        let bad = [("dpop", proof.as_str())];
        world.post("/oauth/token", asks(APP, "wrong"), &bad).await.refused(400, "invalid_dpop_proof");
        let nowhere = asks(APP, "wrong").encode().replace("orders.example", "nowhere.example");
        world.send(crate::world::request("/oauth/token", nowhere, &[])).await.refused(403, "access_denied");
        world.post("/oauth/token", asks(SPA, "wrong"), &[]).await.refused(403, "unauthorized_client");
    }
    world.post("/oauth/token", asks(APP, PASSWORD), &[]).await.ok();
}

/// RFC 9449 §5: where bound tokens are owed, a password without a proof brings none; conformance AS07.
#[tokio::test]
async fn a_client_that_must_prove_a_key_gets_nothing_for_a_password_alone() {
    let (world, wallet) = (world().await, Wallet::new());
    client(&world, "bound", json!({ "require_proof_of_possession": true })).await;
    let answer = world.post("/oauth/token", asks("bound", PASSWORD), &[]).await;
    assert!(answer.refused(400, "invalid_dpop_proof").contains("client.bearer_forbidden"));
    let tokens = wallet.token(&world, asks("bound", PASSWORD)).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
}

#[tokio::test]
async fn somebody_an_administrator_shut_out_gets_nothing_for_the_right_password() {
    let world = world().await;
    world.block(USER).await;
    let text = world.post("/oauth/token", asks(APP, PASSWORD), &[]).await.refused(403, "unauthorized");
    assert_eq!(text, "user is blocked");
}
