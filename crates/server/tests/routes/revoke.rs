//! `/oauth/revoke` (RFC 7009; conformance A11; sdks.md C15).

use keybound_proto::form::Form;

use crate::{
    wallet::Wallet,
    world::{OTHER_SPA, SECRET, SPA, WEB, Wish, World, redeem, refresh},
};

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
