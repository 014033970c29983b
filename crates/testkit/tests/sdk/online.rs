//! Refresh tokens that end with the browser session (Auth0's `online_access`; `refreshTokenMode: "online"`).

use keybound_client::{Client, ClientError, Dpop, Tokens, drive, flow::Ask};
use keybound_proto::{request::token::RefreshRequest, secret::Secret, uri::RedirectUri};
use keybound_store::{
    Batch,
    documents::{self, ResourceServers},
};

use crate::{
    browser::Browser,
    world::{AUDIENCE, CALLBACK, World, begin, query, scopes},
};

/// A world whose API lets clients stay for as long as their users do.
async fn world() -> World {
    let world = World::new().await;
    allows(&world, true).await;
    world
}

async fn allows(world: &World, online: bool) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<ResourceServers>(store, tenant, "orders").await.unwrap().unwrap();
    found.doc["allow_online_access"] = online.into();
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
}

/// Signs in with those scopes, in that browser.
async fn signs_in(
    world: &World,
    client: &Client,
    (browser, wanted): (&mut Browser, &str),
) -> Result<Tokens, ClientError> {
    let ask = Ask::new(RedirectUri::parse(CALLBACK).unwrap(), scopes(wanted)).audience(AUDIENCE);
    let flow = begin(client, &ask);
    let back = browser.signs_in(flow.url()).await;
    drive(flow.come_back(client, query(&back))?, &world.web, &world.time).await
}

async fn refreshes(world: &World, client: &Client, token: &Secret<String>) -> Result<Tokens, ClientError> {
    let request =
        RefreshRequest { token: token.clone(), scopes: None, audience: None, resources: Vec::new() };
    drive(client.refresh(request), &world.web, &world.time).await
}

/// sdks.md §2: it does not rotate, it is bound to the key, and it ends with the session.
#[tokio::test]
async fn a_refresh_token_of_a_session_goes_on_as_it_is_until_the_session_is_over() {
    let world = world().await;
    let (client, mut browser) = (world.client("spa").await, world.browser());
    let wanted = "openid online_access read:orders";
    let tokens = signs_in(&world, &client, (&mut browser, wanted)).await.unwrap();
    let token = tokens.refresh_token.clone().unwrap();
    for _ in 0..2 {
        let next = refreshes(&world, &client, &token).await.unwrap();
        assert_eq!(next.bound_to.as_ref(), Some(client.key().unwrap().thumbprint()));
        assert!(next.refresh_token.is_none_or(|same| same == token), "it does not rotate");
    }
    let thief = world.client("spa").await;
    assert_eq!(refreshes(&world, &thief, &token).await.unwrap_err().oauth_code(), Some("invalid_grant"));
    browser.get(&format!("{}v2/logout", world.server.url)).await;
    let error = refreshes(&world, &client, &token).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_grant"));
    // One that was granted beside it, for good, goes on.
    let wanted = "openid offline_access read:orders";
    let tokens = signs_in(&world, &client, (&mut browser, wanted)).await.unwrap();
    browser.get(&format!("{}v2/logout", world.server.url)).await;
    refreshes(&world, &client, tokens.refresh_token.as_ref().unwrap()).await.unwrap();
}

/// Auth0: both at once are neither; a public client has it by its key alone; an API says whether.
#[tokio::test]
async fn who_may_not_have_one_has_none() {
    let world = world().await;
    let (client, mut browser) = (world.client("spa").await, world.browser());
    let both = "openid online_access offline_access";
    let error = signs_in(&world, &client, (&mut browser, both)).await.unwrap_err();
    assert_eq!(error.oauth_code(), Some("invalid_request"));
    let wanted = "openid online_access read:orders";
    let bearer = world.config("spa").dpop(Dpop::OffAndTokensCanBeStolen).connect(&world.web).await.unwrap();
    let error = signs_in(&world, &bearer, (&mut browser, wanted)).await.unwrap_err();
    assert_eq!((error.status(), error.oauth_code()), (Some(400), Some("invalid_request")));
    allows(&world, false).await;
    let tokens = signs_in(&world, &client, (&mut browser, wanted)).await.unwrap();
    assert_eq!(tokens.refresh_token, None);
}
