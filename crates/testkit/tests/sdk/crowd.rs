//! Many callers, one refresh.

use keybound_client::session::Renew;
use tokio::task::JoinSet;

use crate::world::{TOKEN, World, want};

const CALLERS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_callers_on_an_expired_token_make_exactly_one_refresh() {
    let world = World::new().await;
    let session = world.signed_in().await;
    for round in 1..=2 {
        world.time.later(TOKEN + 1);
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let session = session.clone();
            callers.spawn(async move { session.token(&want()).await });
        }
        let tokens = callers.join_all().await;
        let first = tokens[0].as_ref().unwrap().access_token.clone();
        assert!(tokens.iter().all(|token| token.as_ref().unwrap().access_token == first));
        assert_eq!(world.refreshes().await, round);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_with_an_expired_token_make_exactly_one_refresh() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let api = world.api().await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    fetcher.get("orders").send().await.unwrap();
    world.time.later(TOKEN + 1);
    let mut calls = JoinSet::new();
    for _ in 0..CALLERS {
        let fetcher = fetcher.clone();
        calls.spawn(async move { fetcher.get("orders").send().await.unwrap().status() });
    }
    assert!(calls.join_all().await.iter().all(|status| *status == 200));
    assert_eq!(world.refreshes().await, 1);
    assert!(api.heard().len() > CALLERS);
}

/// Whoever calls and leaves, leaves nothing half done: the refresh token that comes is kept.
#[tokio::test]
async fn a_caller_that_gives_up_loses_no_refresh_token() {
    let world = World::new().await;
    let session = world.signed_in().await;
    world.server.relay.hold();
    let impatient = {
        let session = session.clone();
        tokio::spawn(async move { session.token_when(&want(), Renew::Now).await })
    };
    world.server.relay.until_held(1).await;
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    world.server.relay.release();
    session.token(&want()).await.unwrap();
    world.time.later(TOKEN + 31);
    session.token(&want()).await.unwrap();
}
