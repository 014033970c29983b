//! An API that is busy says when to come back, and is asked again then (RFC 6585 §4, RFC 9110 §10.2.3).

use std::time::Duration;

use keybound_client::Again;
use keybound_resource::{Replay, WhenFull};

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
