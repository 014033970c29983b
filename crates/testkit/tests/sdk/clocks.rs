//! Clocks that are off by five minutes.

use keybound_client::{
    Role,
    crypto::AwsLc,
    drive,
    id_token::{Keys, Wanted},
    session::{MemoryStore, Renew, Session},
};
use keybound_proto::uri::Origin;
use keybound_resource::Nonces;
use std::sync::Arc;

use crate::world::{World, ask, begin, query, want};

/// RFC 9449 §11.1: the server refuses proofs from another time; its `Date` says which time it is there.
#[tokio::test]
async fn five_minutes_off_in_either_direction_everything_works() {
    for off in [-300, 300] {
        let world = World::new().await;
        let api = world.api().await;
        let time = world.time.ahead_by(off);
        let client = world.client("spa").await;
        let flow = begin(&client, &ask());
        let back = world.browser().signs_in(flow.url()).await;
        let tokens = drive(flow.come_back(&client, query(&back)).unwrap(), &world.web, &time).await.unwrap();
        let keys = Keys::default();
        let with = (&world.web, &time, &AwsLc);
        let claims = keys.check_id_token(&client, &tokens, &Wanted::default(), with).await;
        assert!(claims.is_ok(), "{off}: {claims:?}");

        let session = Session::of_user(client, world.web.clone(), Arc::new(MemoryStore::default()));
        let session = session.by_clock(time);
        session.keep(&want(), tokens).await.unwrap();
        session.token_when(&want(), Renew::Now).await.unwrap();
        let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
        let answer = fetcher.get("orders").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 2), "{off}");
        let answer = fetcher.get("orders").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 1), "{off}: it is known by now");
        for (url, role) in [(&world.server.url, Role::AuthorizationServer), (&api.url, Role::ResourceServer)]
        {
            let origin = Origin::of_url(url).unwrap();
            assert_eq!(session.client().origins().offset(&origin, role), -off);
        }
    }
}

/// A `Date` that is as wrong as our clock, only otherwise: the error says what was measured.
#[tokio::test]
async fn where_what_the_server_says_of_its_clock_does_not_help_the_error_has_the_offset() {
    let world = World::new().await;
    let api = world.api_where(|guard| guard.nonces = Nonces::Off).await;
    let session = world.machine().await.by_clock(world.time.ahead_by(300));
    world.time.lie(400);
    // The server's nonce tells the time better than its `Date` (RFC 9449 §8).
    session.token(&want()).await.unwrap();
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let error = fetcher.get("orders").send().await.unwrap_err();
    assert_eq!((error.code(), error.oauth_code()), ("client.clock", Some("invalid_dpop_proof")));
    assert!(error.to_string().contains("100 s behind"), "{error}");
    assert_eq!(api.heard().len(), 2, "it was tried by both clocks");
    // Put right, it works again.
    world.time.lie(0);
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200);
}

/// What the operator knows saves the round trip in which it would be learnt.
#[tokio::test]
async fn a_skew_that_is_configured_is_right_at_once() {
    let world = World::new().await;
    let mut config = world.config("machine");
    config.clocks.skew = 300;
    let client = config.connect(&world.web).await.unwrap();
    let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.ahead_by(-300));
    session.token(&want()).await.unwrap();
    assert_eq!(world.server.heard_at("/oauth/token").len(), 1);
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(world.server.heard_at("/oauth/token").len(), 2);
}
