//! An API that is busy says when to come back, and is asked again then (RFC 6585 §4, RFC 9110 §10.2.3).

use std::time::Duration;

use keybound_client::{Again, session::Renew};
use keybound_resource::{Replay, WhenFull};
use keybound_server::config::{By, Limited, Rates, Rule};

use crate::world::{World, want};

#[tokio::test]
async fn a_full_api_is_asked_again_when_it_says_and_not_for_ever() {
    let world = World::new().await;
    let session = world.machine().await;
    let api = world
        .api_where(|guard| guard.replay = Replay::Memory { capacity: 1, when_full: WhenFull::Refuse })
        .await;
    let fetcher = session.fetcher(&api.url).unwrap().wanting(want());
    let mut busy = None;
    for _ in 0..2_000 {
        match fetcher.get("orders").send().await {
            Ok(answer) => assert_eq!(answer.status(), 200),
            Err(error) => {
                busy = Some(error);
                break;
            }
        }
    }
    let error = busy.unwrap();
    assert_eq!((error.code(), error.status(), error.again()), ("client.busy", Some(503), Again::Later));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    let tries = api.heard().into_iter().rev().take(3).map(|asked| asked.proof().unwrap()["iat"].as_i64());
    assert!(tries.is_sorted_by(|later, earlier| later > earlier), "a second between them");
    // What a proof with a nonce was used for is remembered for as long as the nonce is good.
    world.time.later(4_000);
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200);
}

/// A server in which one thing is limited to two at once, and one more every seven seconds.
async fn limited(limited: Limited, by: By) -> World {
    let rule = Rule { by, burst: 2, requests: 1, seconds: 7 };
    World::set_up(|config| config.limits.rates = Rates::off().with(limited, rule)).await
}

/// Our own rate limits: `/userinfo` says 429 with `Retry-After`, and the fetcher waits as told.
#[tokio::test]
async fn our_userinfo_is_asked_again_when_it_says_so() {
    let world = limited(Limited::Userinfo, By::User).await;
    let session = world.signed_in().await;
    let fetcher = session.fetcher(&world.server.url).unwrap().wanting(want());
    let fetcher = fetcher.patience(Duration::from_secs(10));
    for _ in 0..2 {
        let answer = fetcher.get("userinfo").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 1));
        assert_eq!(answer.headers()["x-ratelimit-limit"], "2");
    }
    let before = world.time.there();
    let answer = fetcher.get("userinfo").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 2));
    let waited = world.time.there().since(before);
    assert!((1..=7).contains(&waited), "{waited}");

    // Whoever has no patience hears when to come back.
    let hasty = fetcher.clone().patience(Duration::ZERO);
    let error = hasty.get("userinfo").send().await.unwrap_err();
    assert_eq!((error.code(), error.status(), error.again()), ("client.busy", Some(429), Again::Later));
    let after = error.retry_after().unwrap();
    assert!((1..=7).contains(&after.as_secs()), "{after:?}");
    assert_eq!(world.events("api_limit").await, 1, "said once, however often it refuses");
}

/// The token endpoint alike: the error says when to come back, nothing is lost, and then there is a token.
#[tokio::test]
async fn our_token_endpoint_says_when_to_come_back_and_the_session_survives() {
    let world = limited(Limited::Token, By::Network).await;
    let session = world.signed_in().await;
    let mut refused = None;
    for _ in 0..3 {
        if let Err(error) = session.token_when(&want(), Renew::Now).await {
            refused = Some(error);
            break;
        }
    }
    let error = refused.expect("three more than there are");
    assert_eq!((error.status(), error.again()), (Some(429), Again::Later));
    assert_eq!(error.oauth_code(), Some("too_many_requests"));
    let after = error.retry_after().unwrap();
    assert!((1..=7).contains(&after.as_secs()), "{after:?}");
    world.time.later(u32::try_from(after.as_secs()).unwrap());
    session.token_when(&want(), Renew::Now).await.unwrap();
}
