//! `/oauth/token`, refresh tokens.

use keybound_proto::time::Lifetime;
use keybound_store::documents::{Clients, ResourceServers};
use serde_json::json;

use crate::{
    wallet::Wallet,
    world::{OTHER_SPA, SECRET, SPA, WEB, Wish, World, claims, redeem, refresh},
};

fn token(tokens: &serde_json::Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

/// RFC 6749 §6; sdks.md C16: an ID token comes with every refresh; conformance AS02.
#[tokio::test]
async fn a_refresh_token_is_spent_and_brings_its_successor() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let second = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    assert_ne!(token(&first), token(&second));
    assert_eq!(second["token_type"], "DPoP");
    assert!(second["id_token"].is_string());
    assert_eq!(claims(second["access_token"].as_str().unwrap())["gty"], "refresh_token");
    wallet.token(&world, refresh(token(&second), SPA)).await.ok();
}

/// RFC 9449 §5, conformance AS04; the argument of house §3.7 in one test.
#[tokio::test]
async fn a_thief_can_neither_use_nor_spend_nor_revoke_a_bound_token() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let first = owner.sign_in(&world).await;
    let stolen = token(&first).to_owned();
    let text = thief.token(&world, refresh(&stolen, SPA)).await.refused(400, "invalid_grant");
    assert_eq!(text, "DPoP proof thumbprints don't match");
    world.post("/oauth/token", refresh(&stolen, SPA), &[]).await.refused(400, "invalid_dpop_proof");
    thief.token(&world, refresh(&stolen, OTHER_SPA)).await.refused(403, "invalid_grant");
    let second = owner.token(&world, refresh(&stolen, SPA)).await.ok();
    // Spent by now, and past its grace: reuse would end the family, if it came from the owner.
    world.clock.turn(Lifetime::seconds(60));
    thief.token(&world, refresh(&stolen, SPA)).await.refused(400, "invalid_grant");
    owner.token(&world, refresh(token(&second), SPA)).await.ok();
}

/// RFC 9700 §4.14.2; conformance A23.
#[tokio::test]
async fn reuse_by_the_owner_of_the_key_ends_the_family() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let second = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    world.clock.turn(Lifetime::seconds(31));
    let text = wallet.token(&world, refresh(token(&first), SPA)).await.refused(403, "invalid_grant");
    assert_eq!(text, "Unknown or invalid refresh token.");
    wallet.token(&world, refresh(token(&second), SPA)).await.refused(403, "invalid_grant");
}

/// The issue: a grace window in which the same key gets the same successor.
#[tokio::test]
async fn in_the_grace_window_the_same_key_gets_the_same_successor() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let second = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    let again = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    assert_eq!(token(&second), token(&again));
}

/// Auth0, "Configure Refresh Token Rotation": in the overlap the previous token may come again, the one before it is a
/// breach.
#[tokio::test]
async fn in_the_grace_window_a_token_older_than_the_previous_one_ends_the_family() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let second = wallet.token(&world, refresh(token(&first), SPA)).await.ok();
    let third = wallet.token(&world, refresh(token(&second), SPA)).await.ok();
    wallet.token(&world, refresh(token(&first), SPA)).await.refused(403, "invalid_grant");
    wallet.token(&world, refresh(token(&third), SPA)).await.refused(403, "invalid_grant");
}

/// Conformance A23.
#[tokio::test]
async fn of_fifty_that_refresh_at_once_all_get_one_successor() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let tries: Vec<_> = (0..50).map(|_| wallet.ask(&world, refresh(token(&first), SPA))).collect();
    let answers = futures_util::future::join_all(tries).await;
    let successors: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| token(&answer.ok()).to_owned()).collect();
    assert_eq!(successors.len(), 1, "one live family");
}

/// sdks.md C11: auth0-spa-js forgets a refresh token that an answer does not hold.
#[tokio::test]
async fn a_nonce_challenge_gives_a_public_client_its_refresh_token_back() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    world.clock.turn(Lifetime::seconds(3601));
    // Its idle lifetime is over too, which the challenge must not tell.
    let answer = wallet.ask(&world, refresh(token(&tokens), SPA)).await;
    answer.refused(400, "use_dpop_nonce");
    assert_eq!(answer.text("refresh_token"), token(&tokens));
    // What trying again cannot help holds none.
    let answer = wallet.ask(&world, refresh(token(&tokens), SPA)).await;
    answer.refused(403, "invalid_grant");
    assert!(answer.json().get("refresh_token").is_none());
}

/// sdks.md C11: a failure of ours must not end the session of everybody who refreshes meanwhile.
#[tokio::test]
async fn a_failure_gives_the_refresh_token_back_even_when_the_client_cannot_be_read() {
    let world = World::new().await;
    world.put::<Clients>("odd", json!({ "token_endpoint_auth_method": "telepathy" })).await;
    let answer = world.post("/oauth/token", refresh("rt", "odd"), &[]).await;
    answer.refused(500, "server_error");
    assert_eq!(answer.text("refresh_token"), "rt");
    // Whoever has a secret has no need of it.
    let secret = refresh("rt", "odd").with("client_secret", "s");
    let answer = world.post("/oauth/token", secret, &[]).await;
    answer.refused(500, "server_error");
    assert!(answer.json().get("refresh_token").is_none());
}

/// RFC 6749 §6; conformance A3 rows 11 and 13.
#[tokio::test]
async fn a_refresh_narrows_and_never_widens() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = wallet.sign_in(&world).await;
    let wider = refresh(token(&first), SPA).with("scope", "openid read:orders write:orders");
    let text = wallet.token(&world, wider).await.refused(400, "invalid_scope");
    assert!(text.contains("requested scopes not granted"), "{text}");
    let narrow = wallet.token(&world, refresh(token(&first), SPA).with("scope", "openid")).await.ok();
    assert_eq!(claims(narrow["access_token"].as_str().unwrap())["scope"], "openid");
}

/// RFC 9449 §5, conformance AS05: a client with a secret may change its key.
#[tokio::test]
async fn a_confidential_client_may_refresh_with_another_key() {
    let (world, one, two) = (World::new().await, Wallet::new(), Wallet::new());
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let first = one.token(&world, redeem(&code, WEB).with("client_secret", SECRET)).await.ok();
    let second = two.token(&world, refresh(token(&first), WEB).with("client_secret", SECRET)).await.ok();
    let access = claims(second["access_token"].as_str().unwrap());
    assert_eq!(access["cnf"]["jkt"], two.thumbprint().to_string());
}

/// auth0.md §5 (MRRT): one refresh token for several APIs, each by its policy; it stays bound, and stays what it was.
#[tokio::test]
async fn a_refresh_token_brings_tokens_for_the_other_apis_of_its_clients_policies() {
    let (world, wallet, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let stock = json!({
        "id": "api2", "identifier": "urn:stock", "name": "Stock", "allow_offline_access": true,
        "scopes": [{ "value": "read:stock" }, { "value": "write:stock" }],
        "proof_of_possession": { "mechanism": "dpop", "required": true },
    });
    world.put::<ResourceServers>("api2", stock).await;
    let app = json!({
        "client_id": "many", "name": "many", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [crate::world::CALLBACK], "grant_types": ["authorization_code", "refresh_token"],
        "refresh_token": {
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 0,
            "policies": [{ "audience": "urn:stock", "scope": ["read:stock"] }],
        },
    });
    world.put::<Clients>("many", app).await;
    let code = world.code(&Wish { client: "many", ..Wish::default() }).await;
    let first = wallet.token(&world, redeem(&code, "many")).await.ok();
    let there = |token: &str| refresh(token, "many").with("audience", "urn:stock");
    thief.token(&world, there(token(&first))).await.refused(400, "invalid_grant");
    let asked = there(token(&first)).with("scope", "openid read:stock write:stock read:orders");
    let second = wallet.token(&world, asked).await.ok();
    let access = claims(second["access_token"].as_str().unwrap());
    assert_eq!(access["aud"], json!(["urn:stock", "https://id.example/userinfo"]));
    assert_eq!(
        (&access["scope"], &second["scope"]),
        (&"openid read:stock".into(), &"openid read:stock".into())
    );
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    let exactly = there(token(&second)).with("scope", "openid read:stock");
    let second = wallet.token(&world, exactly).await.ok();
    assert_eq!(
        second["scope"], "openid read:stock",
        "told although it is what was asked: auth0-spa-js compares"
    );
    let nowhere = refresh(token(&second), "many").with("audience", "urn:nowhere");
    wallet.token(&world, nowhere).await.refused(400, "invalid_target");
    let third = wallet.token(&world, refresh(token(&second), "many")).await.ok();
    let access = claims(third["access_token"].as_str().unwrap());
    assert_eq!(access["scope"], "openid profile offline_access read:orders");
}
