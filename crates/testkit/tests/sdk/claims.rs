//! Single claims (OIDC Core §5.5), and an API named by RFC 8707.

use keybound_client::{
    Config,
    crypto::AwsLc,
    drive,
    flow::Ask,
    id_token::{Keys, Wanted},
    session::{MemoryStore, Session},
    userinfo::Question,
};
use keybound_proto::{
    request::logout::LogoutRequest,
    uri::{RedirectUri, Resource},
};
use serde_json::json;

use crate::world::{AUDIENCE, CALLBACK, EMAIL, World, begin, query, scopes, want};

/// OIDC Core §5.5, RFC 8707 §2, RFC 9126: pushed, so that no person could have changed it on the way.
#[tokio::test]
async fn what_is_asked_for_by_name_is_told_and_the_token_is_for_the_resource_that_was_named() {
    let world = World::new().await;
    let client = world.client("spa").await.pushing_requests();
    let claims = json!({ "userinfo": { "email": { "essential": true } }, "id_token": { "name": null } });
    let back = RedirectUri::parse(CALLBACK).unwrap();
    let ask = Ask::new(back, scopes("openid read:orders"))
        .resource(Resource::parse(AUDIENCE).unwrap())
        .with("claims", claims.to_string());
    let flow = begin(&client, &ask);
    let url = flow.depart(&client, (&world.web, &world.time)).await.unwrap();
    let back = world.browser().signs_in(&url).await;
    let tokens =
        drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
    // More was granted than scopes were asked for, and the answer says so (RFC 6749 §5.1).
    assert_eq!(
        tokens.scopes.as_ref().map(ToString::to_string).as_deref(),
        Some("openid read:orders name email")
    );
    let (keys, with) = (Keys::default(), (&world.web, &world.time, &AwsLc));
    let id = keys.check_id_token(&client, &tokens, &Wanted::default(), with).await.unwrap();
    assert_eq!((&id.profile["name"], &id.profile["email"]), (&"Ada".into(), &EMAIL.into()));
    assert!(!id.profile.contains_key("nickname") && !id.profile.contains_key("updated_at"));
    let asked = Question::new(&client, &tokens, &id.subject).unwrap();
    let told = drive(asked, &world.web, &world.time).await.unwrap();
    assert_eq!(told.claims["email"], EMAIL);

    // The API that was named takes the token.
    let session = Session::of_user(client, world.web.clone(), std::sync::Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    session.keep(&want(), tokens).await.unwrap();
    let api = world.api().await;
    let answer = session.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// auth0.md §3: without an audience the token is for `/userinfo` alone, bound like another, and it ends with the session.
#[tokio::test]
async fn without_an_audience_the_token_is_opaque_and_good_until_its_user_leaves() {
    let world = World::new().await;
    let config = Config::new(&world.server.url, "spa").unwrap();
    let client = config.scopes(scopes("openid email")).connect(&world.web).await.unwrap();
    let flow = begin(&client, &Ask::new(RedirectUri::parse(CALLBACK).unwrap(), scopes("openid email")));
    let mut browser = world.browser();
    let back = browser.signs_in(flow.url()).await;
    let tokens =
        drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &world.time).await.unwrap();
    assert!(tokens.is_bound() && !tokens.access_token.reveal().contains('.'));
    let (keys, with) = (Keys::default(), (&world.web, &world.time, &AwsLc));
    let id = keys.check_id_token(&client, &tokens, &Wanted::default(), with).await.unwrap();
    let asks = async || {
        let asked = Question::new(&client, &tokens, &id.subject).unwrap();
        drive(asked, &world.web, &world.time).await
    };
    assert_eq!(asks().await.unwrap().claims["email"], EMAIL);

    browser.get(&client.v2_logout_url(&LogoutRequest::default())).await;
    let over = asks().await.unwrap_err();
    assert_eq!((over.oauth_code(), over.status()), (Some("invalid_token"), Some(401)));
}
