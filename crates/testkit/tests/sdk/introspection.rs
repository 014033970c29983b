//! An API that asks the server what a token is good for.

use keybound_client::{Authentication, Client, ClientError, drive};
use keybound_proto::{
    request::about_token::{AboutToken, TokenTypeHint},
    response::{introspection::Introspection, token::TokenType},
    secret::Secret,
};
use keybound_store::documents::Clients;
use serde_json::json;

use crate::world::{AUDIENCE, CALLBACK, OTHER_AUDIENCE, SECRET, USER, World, put, want};

/// The API as a client, with a credential at the server and no key for proofs.
async fn api(world: &World, audience: &str) -> Client {
    let id = if audience == AUDIENCE { "orders-api" } else { "bills-api" };
    let client = json!({
        "name": id, "app_type": "resource_server", "resource_server_identifier": audience,
        "client_secret": SECRET, "grant_types": [],
    });
    put::<Clients>(&world.app, id, client).await;
    let config = world.config(id).secret(SECRET).dpop(keybound_client::Dpop::OffAndTokensCanBeStolen);
    config.connect(&world.web).await.unwrap()
}

async fn told(world: &World, api: &Client, token: Secret<String>) -> Result<Introspection, ClientError> {
    let asking = api.introspect(&AboutToken { token, hint: None })?;
    drive(asking, &world.web, &world.time).await
}

/// RFC 7662 §2; RFC 9449 §6.2.
#[tokio::test]
async fn an_api_hears_by_which_key_a_token_is_bound_and_another_api_hears_nothing() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let token = session.token(&want()).await.unwrap().access_token.clone();
    let orders = api(&world, AUDIENCE).await;
    let Introspection::Active(described) = told(&world, &orders, token.clone()).await.unwrap() else {
        panic!("it is active")
    };
    assert_eq!(described.key.as_ref(), session.client().key().map(keybound_client::DpopKey::thumbprint));
    assert_eq!(described.token_type, Some(TokenType::DPoP));
    assert_eq!(described.subject.unwrap().as_str(), USER);
    assert!(described.scopes.contains("read:orders"));
    let bills = api(&world, OTHER_AUDIENCE).await;
    assert_eq!(told(&world, &bills, token.clone()).await.unwrap(), Introspection::Inactive);
    world.time.later(3_600);
    assert_eq!(told(&world, &orders, token).await.unwrap(), Introspection::Inactive);
}

#[tokio::test]
async fn a_client_hears_whether_its_refresh_token_was_revoked() {
    let world = World::new().await;
    let web = json!({
        "name": "Web", "app_type": "regular_web", "client_secret": SECRET, "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
    });
    put::<Clients>(&world.app, "web", web).await;
    let client = world.client("web").await;
    let tokens = world.tokens(&client).await;
    let token = tokens.refresh_token.unwrap();
    assert!(matches!(told(&world, &client, token.clone()).await, Ok(Introspection::Active(_))));
    let request = AboutToken { token: token.clone(), hint: Some(TokenTypeHint::RefreshToken) };
    drive(client.revoke(&request).unwrap(), &world.web, &world.time).await.unwrap();
    assert_eq!(told(&world, &client, token).await.unwrap(), Introspection::Inactive);
}

/// RFC 7662 §2.1: who shows nothing hears nothing.
#[tokio::test]
async fn who_cannot_show_who_they_are_is_refused() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let token = session.token(&want()).await.unwrap().access_token.clone();
    let error = told(&world, session.client(), token.clone()).await.unwrap_err();
    assert_eq!((error.oauth_code(), error.status()), (Some("invalid_client"), Some(401)));
    let orders = api(&world, AUDIENCE).await;
    let wrong = orders.authenticated(Authentication::SecretPost(Secret::new("wrong".into())));
    assert_eq!(told(&world, &wrong, token).await.unwrap_err().status(), Some(401));
}
