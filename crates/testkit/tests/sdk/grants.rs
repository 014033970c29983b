//! Other ways to a token than a browser that comes back.

use std::sync::Arc;

use keybound_client::{
    Again, drive,
    session::{MemoryStore, Renew, Session, Want},
};
use keybound_proto::{
    request::token::{ExchangeRequest, GivenToken, PasswordRequest, grant},
    response::token::TokenKind,
    secret::Secret,
};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{AUDIENCE, CALLBACK, EMAIL, OTHER_AUDIENCE, PASSWORD, World, put, scopes, want};

fn typed(password: &str, realm: Option<&str>) -> PasswordRequest {
    PasswordRequest {
        realm: realm.map(Into::into),
        scopes: Some(scopes("openid offline_access read:orders")),
        audience: Some(AUDIENCE.into()),
        ..PasswordRequest::new(EMAIL, Secret::new(password.to_owned()))
    }
}

/// RFC 6749 §4.3, which RFC 9700 §2.4 says not to use: bound like any other, where it is still used.
#[tokio::test]
async fn a_password_typed_into_the_app_brings_a_session_bound_to_its_key() {
    let world = World::new().await;
    let api = world.api().await;
    let app = json!({
        "name": "Old", "app_type": "native", "token_endpoint_auth_method": "none",
        "grant_types": [grant::PASSWORD, grant::PASSWORD_REALM, "refresh_token"],
    });
    put::<Clients>(&world.app, "old", app).await;
    let client = world.client("old").await;
    let wrong = client.password_despite_rfc_9700(typed("Wrong-horse-battery-7", None));
    let error = drive(wrong, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("invalid_grant"), Again::WithUser));

    for realm in [None, Some("Username-Password-Authentication")] {
        let exchange = client.password_despite_rfc_9700(typed(PASSWORD, realm));
        let tokens = drive(exchange, &world.web, &world.time).await.unwrap();
        assert_eq!(tokens.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
        let store = Arc::new(MemoryStore::default());
        let session = Session::of_user(client.clone(), world.web.clone(), store);
        let session = session.by_clock(world.time.clone());
        session.keep(&want(), tokens).await.unwrap();
        session.token_when(&want(), Renew::Now).await.unwrap();
        let answer = session.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(world.refreshes().await, 2);

    let stranger = world.client("spa").await;
    let refused = stranger.password_despite_rfc_9700(typed(PASSWORD, None));
    let error = drive(refused, &world.web, &world.time).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.again()), (Some("unauthorized_client"), Again::Never));
}

fn app(more: serde_json::Value) -> serde_json::Value {
    let mut app = json!({
        "name": "App", "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app
}

/// RFC 8693 §2; RFC 9449 §5: with its key for a narrower one, bound to the same; without it for nothing.
#[tokio::test]
async fn a_token_is_exchanged_with_its_key_and_by_nobody_else() {
    let world = World::new().await;
    let grants = json!({ "grant_types": ["authorization_code", "refresh_token", grant::TOKEN_EXCHANGE] });
    put::<Clients>(&world.app, "narrow", app(grants)).await;
    let client = world.client("narrow").await;
    let tokens = world.tokens(&client).await;
    let asked = || {
        let subject = GivenToken { token: tokens.access_token.clone(), kind: TokenKind::AccessToken };
        ExchangeRequest { scopes: Some(scopes("read:orders")), ..ExchangeRequest::of(subject) }
    };
    let thief = world.client("narrow").await;
    let error = drive(thief.exchange_token(asked()), &world.web, &world.time).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    let exchanged = drive(client.exchange_token(asked()), &world.web, &world.time).await.unwrap();
    let narrow = exchanged.into_tokens().unwrap();
    assert_eq!((&narrow.bound_to, &narrow.scopes), (&tokens.bound_to, &Some(scopes("read:orders"))));
    assert_eq!((world.events("secte").await, world.events("fecte").await), (1, 1));
}

/// auth0.md §5 (MRRT).
#[tokio::test]
async fn one_refresh_token_brings_tokens_for_two_apis() {
    let world = World::new().await;
    let policies = json!([{ "audience": OTHER_AUDIENCE, "scope": ["read:orders"] }]);
    let rotating =
        json!({ "rotation_type": "rotating", "expiration_type": "expiring", "policies": policies });
    put::<Clients>(&world.app, "many", app(json!({ "refresh_token": rotating }))).await;
    let client = world.client("many").await;
    let (tokens, key) = (world.tokens(&client).await, *client.key().unwrap().thumbprint());
    let session = Session::of_user(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    session.keep(&want(), tokens).await.unwrap();
    let there = session.token(&Want::default().audience(OTHER_AUDIENCE)).await.unwrap();
    assert_eq!(there.bound_to, Some(key));
    session.token(&want()).await.unwrap();
    assert_eq!(world.refreshes().await, 1, "the first API's token is still there");
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert!(session.token(&Want::default().audience("https://elsewhere.example")).await.is_err());
}
