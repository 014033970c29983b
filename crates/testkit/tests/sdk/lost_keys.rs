//! What a lost key means.

use std::{path::Path, sync::Arc};

use keybound_client::{
    Again, Client, DpopKey, Fetcher, Prover, drive,
    key::{FileKeys, KeyStore as _},
    session::{FileStore, Renew, Session},
};
use keybound_proto::request::token::RefreshRequest;

use crate::world::{OurSession, World, want};

fn session(world: &World, client: &Client, folder: &Path) -> OurSession {
    let store = Arc::new(FileStore::new(folder.join("tokens")));
    Session::of_user(client.clone(), world.web.clone(), store).by_clock(world.time.clone())
}

/// Tokens bound to a key that is gone are of no use to anybody: they are not sent, and the user has to log in.
#[tokio::test]
async fn without_its_key_a_session_is_over_and_nothing_of_it_is_sent() {
    let world = World::new().await;
    let api = world.api().await;
    let folder = tempfile::tempdir().unwrap();
    let keys = Arc::new(FileKeys::new(folder.path().join("keys")));
    let prover = || Prover::kept_in(keys.clone(), "orders");
    let plain = world.client("spa").await;
    let client = plain.clone().bound_to(prover().initialize().await.unwrap());
    let tokens = world.tokens(&client).await;
    session(&world, &client, folder.path()).keep(&want(), tokens.clone()).await.unwrap();

    // Another process, with key and tokens where they were.
    let client = plain.clone().bound_to(prover().initialize().await.unwrap());
    let kept = session(&world, &client, folder.path());
    assert_eq!(kept.token(&want()).await.unwrap().access_token, tokens.access_token);

    keys.remove("orders").await.unwrap();
    let other = prover();
    assert_eq!(other.thumbprint().unwrap_err().code(), "client.key_missing");
    let client = plain.bound_to(other.initialize().await.unwrap());
    let (asked, called) = (world.server.heard().len(), api.heard().len());
    let lost = session(&world, &client, folder.path());
    let error = lost.token(&want()).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.login_required", Again::WithUser));
    let error = lost.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await.unwrap_err();
    assert_eq!(error.code(), "client.login_required");

    // Nor are they sent when somebody brings them along.
    let error = other.check_thumbprint(&tokens.bound_to.unwrap()).unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.thumbprint", Again::WithUser));
    let fetcher = Fetcher::new(&api.url, &client, world.web.clone(), Arc::new(tokens)).unwrap();
    let error = fetcher.get("orders").send().await.unwrap_err();
    assert_eq!(error.code(), "client.token_type");
    assert_eq!((world.server.heard().len(), api.heard().len()), (asked, called), "nothing was sent");

    // Logging in again makes it good.
    let tokens = world.tokens(&client).await;
    lost.keep(&want(), tokens).await.unwrap();
    let answer = lost.fetcher(&api.url).unwrap().wanting(want()).get("orders").send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// RFC 9449 §5: a public client's refresh token is bound, and another key spends nothing.
#[tokio::test]
async fn the_server_refuses_a_refresh_by_another_key_and_nothing_is_spent() {
    let world = World::new().await;
    let owner = world.signed_in().await;
    let token = owner.refresh_token(None).await.unwrap().unwrap();
    let thief = owner.client().clone().bound_to(DpopKey::generate().unwrap());
    let request =
        RefreshRequest { token: token.clone(), scopes: None, audience: None, resources: Vec::new() };
    let error = drive(thief.refresh(request), &world.web, &world.time).await.unwrap_err();
    assert_eq!(error.code(), "client.refused");
    assert!(matches!(error.oauth_code(), Some("invalid_grant" | "invalid_dpop_proof")), "{error}");
    assert_eq!(world.refreshes().await, 0);
    // Far beyond any leeway, the owner's is as good as before.
    world.time.later(3_600);
    owner.token_when(&want(), Renew::Now).await.unwrap();
    owner.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(world.refreshes().await, 2);
}

/// A key is changed by logging in again; the old session is neither used nor overwritten.
#[tokio::test]
async fn a_rotated_key_begins_another_session() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let prover = Prover::kept_in(Arc::new(FileKeys::new(folder.path())), "orders");
    let plain = world.client("spa").await;
    let old = plain.clone().bound_to(prover.initialize().await.unwrap());
    let tokens = world.tokens(&old).await;
    session(&world, &old, folder.path()).keep(&want(), tokens).await.unwrap();
    let new = plain.bound_to(prover.rotate().await.unwrap());
    let error = session(&world, &new, folder.path()).token(&want()).await.unwrap_err();
    assert_eq!(error.code(), "client.login_required");
    let tokens = world.tokens(&new).await;
    session(&world, &new, folder.path()).keep(&want(), tokens).await.unwrap();
    for client in [&old, &new] {
        session(&world, client, folder.path()).token_when(&want(), Renew::Now).await.unwrap();
    }
}
