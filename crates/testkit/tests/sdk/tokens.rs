//! Sessions: what is cached, what is renewed, and what is left when an answer is lost.

use std::sync::Arc;

use keybound_client::{
    Again, DpopKey,
    session::{MemoryStore, Renew, Session, Want},
};

use crate::world::{OTHER_AUDIENCE, TOKEN, World, scopes, want};

/// The cache is keyed by client, audience, scopes and key.
#[tokio::test]
async fn a_token_is_asked_for_once_for_each_audience_scope_and_key() {
    let world = World::new().await;
    let session = world.machine().await;
    let asked = || world.server.heard_at("/oauth/token").len();
    let first = session.token(&want()).await.unwrap();
    let began = asked();
    assert_eq!(session.token(&want()).await.unwrap().access_token, first.access_token);
    let narrower = want().scopes(&scopes("read:orders"));
    assert_eq!(session.token(&narrower).await.unwrap().access_token, first.access_token);
    assert_eq!(asked(), began, "what was granted serves whoever wants less");

    let bills = session.token(&want().audience(OTHER_AUDIENCE)).await.unwrap();
    assert_ne!(bills.access_token, first.access_token);
    assert_eq!(asked(), began + 1);
    let store = Arc::new(MemoryStore::default());
    let other_key = session.client().clone().bound_to(DpopKey::generate().unwrap());
    for client in [session.client(), &other_key] {
        let other = Session::of_machine(client.clone(), world.web.clone(), store.clone());
        other.by_clock(world.time.clone()).token(&want()).await.unwrap();
    }
    assert_eq!(asked(), began + 3, "the key belongs to the name");
    let copy = Session::of_machine(session.client().clone(), world.web.clone(), store);
    copy.by_clock(world.time.clone()).token(&want()).await.unwrap();
    assert_eq!(asked(), began + 3, "another session over the same store");
}

/// RFC 6749 §6, with rotation (RFC 9700 §4.14.2).
#[tokio::test]
async fn a_token_is_renewed_before_its_end_or_when_told_and_the_refresh_token_rotates() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let first = session.token(&want()).await.unwrap();
    let refresh = session.refresh_token(None).await.unwrap().unwrap();
    assert_eq!(world.refreshes().await, 0);

    let forced = session.token_when(&want(), Renew::Now).await.unwrap();
    assert_ne!(forced.access_token, first.access_token);
    assert_ne!(session.refresh_token(None).await.unwrap().unwrap(), refresh, "it rotated");
    assert_eq!(world.refreshes().await, 1);

    world.time.later(TOKEN - 59);
    let early = session.token(&want()).await.unwrap();
    assert_ne!(early.access_token, forced.access_token, "a minute before its end");
    assert_eq!(world.refreshes().await, 2);
    assert!(early.is_bound());
}

/// A refresh whose answer was lost costs nothing: the old refresh token is kept until the new one is.
#[tokio::test]
async fn an_answer_that_is_lost_on_its_way_costs_no_session() {
    let world = World::new().await;
    let session = world.signed_in().await;
    session.token_when(&want(), Renew::Now).await.unwrap();
    let before = session.refresh_token(None).await.unwrap().unwrap();
    world.server.relay.cut(1);
    let error = session.token_when(&want(), Renew::Now).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.transport", Again::Later));
    assert_eq!(world.refreshes().await, 2, "the server had redeemed it");
    assert_eq!(session.refresh_token(None).await.unwrap().unwrap(), before);

    session.token_when(&want(), Renew::Now).await.unwrap();
    session.token_when(&want(), Renew::Now).await.unwrap();
    let proofs: Vec<_> = world.server.heard_at("/oauth/token");
    let jtis: std::collections::BTreeSet<_> =
        proofs.iter().map(|asked| asked.proof().unwrap()["jti"].to_string()).collect();
    assert_eq!(jtis.len(), proofs.len(), "each attempt had a proof of its own");
}

/// A refresh token that the server takes back is forgotten, and only the user can help.
#[tokio::test]
async fn a_session_that_the_server_ended_needs_the_user() {
    let world = World::new().await;
    let session = world.signed_in().await;
    world.time.later(432_001);
    let error = session.token(&want()).await.unwrap_err();
    assert_eq!((error.code(), error.oauth_code()), ("client.refused", Some("invalid_grant")));
    assert_eq!(error.again(), Again::WithUser);
    let error = session.token(&want()).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.login_required", Again::WithUser));
    assert!(session.token(&Want::default()).await.is_err());
}
