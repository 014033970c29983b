//! ID tokens, while the server changes its keys (OpenID Connect Core §10.1.1).

use keybound_client::{
    ClientError,
    crypto::AwsLc,
    id_token::{Keys, Wanted},
};
use keybound_proto::{id::IdTokenNonce, secret::Secret};

use crate::world::{USER, World};

#[tokio::test]
async fn keys_are_asked_for_once_and_again_when_the_server_signs_with_another() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let keys = Keys::default();
    let with = (&world.web, &world.time, &AwsLc);
    let check = async |wanted: &Wanted<'_>| {
        let tokens = world.tokens(&client).await;
        keys.check_id_token(&client, &tokens, wanted, with).await
    };
    let fetched = || world.server.heard_at("/.well-known/jwks.json").len();
    for _ in 0..2 {
        assert_eq!(check(&Wanted::default()).await.unwrap().subject.as_str(), USER);
    }
    assert_eq!(fetched(), 1, "cached");
    world.time.later(60);
    world.rotate_keys().await;
    assert_eq!(check(&Wanted::default()).await.unwrap().subject.as_str(), USER);
    assert_eq!(fetched(), 2, "rotated");
    check(&Wanted::default()).await.unwrap();
    assert_eq!(fetched(), 2);

    // What was asked for must be in it.
    let nonce = IdTokenNonce::parse("another-logins").unwrap();
    let error = check(&Wanted { nonce: Some(&nonce), ..Wanted::default() }).await.unwrap_err();
    assert_eq!(error.code(), "client.id_token");
    let error = check(&Wanted { organization: Some("org_acme"), ..Wanted::default() }).await.unwrap_err();
    assert_eq!(error.code(), "client.id_token");
}

/// OpenID Connect Core §3.1.3.6: an access token that was swapped is noticed, and a forged one costs no fetch each.
#[tokio::test]
async fn a_forged_id_token_is_refused_and_does_not_make_the_keys_be_fetched_for_ever() {
    let world = World::new().await;
    let client = world.client("spa").await;
    let (mut tokens, other) = (world.tokens(&client).await, world.tokens(&client).await);
    let keys = Keys::default();
    let with = (&world.web, &world.time, &AwsLc);
    keys.check_id_token(&client, &other, &Wanted::default(), with).await.unwrap();
    let whole = tokens.id_token.clone().unwrap();
    let signature = other.id_token.as_ref().unwrap().reveal().rsplit('.').next().unwrap().to_owned();
    let (claimed, _) = whole.reveal().rsplit_once('.').unwrap();
    tokens.id_token = Some(Secret::new(format!("{claimed}.{signature}")));
    for _ in 0..3 {
        let error = keys.check_id_token(&client, &tokens, &Wanted::default(), with).await.unwrap_err();
        assert!(matches!(error, ClientError::Jwt(_) | ClientError::IdToken(_)), "{error}");
    }
    assert!(world.server.heard_at("/.well-known/jwks.json").len() <= 2);
    tokens.id_token = Some(whole);
    tokens.access_token = other.access_token;
    // A server may leave `at_hash` out of an ID token that comes beside its access token.
    if let Err(error) = keys.check_id_token(&client, &tokens, &Wanted::default(), with).await {
        assert_eq!(error.code(), "client.id_token");
    }
}

/// The guard of an API learns of the new key in the same way.
#[tokio::test]
async fn an_api_takes_tokens_by_the_old_key_and_by_the_new_one() {
    use crate::world::want;
    use keybound_client::session::Renew;

    let world = World::new().await;
    let session = world.machine().await;
    let api = world.api().await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200);
    world.time.later(60);
    world.rotate_keys().await;
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200, "by the old key");
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200, "by the new one");
}
