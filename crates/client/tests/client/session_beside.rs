//! Sessions of processes that live on: a token that is due is handed out, and its successor is fetched beside.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use keybound_client::{
    proto::time::Timestamp,
    session::{Session, Want},
};

use crate::{
    session::{memory, over, rotated},
    wire::{NOW, Wire, client},
};

/// A clock that the test turns.
#[derive(Clone, Default)]
struct Turned(Arc<AtomicI64>);

impl keybound_client::Ambient for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(NOW.as_unix() + self.0.load(Ordering::SeqCst))
    }

    fn entropy(&self) -> [u8; 32] {
        keybound_client::crypto::entropy::bytes()
    }
}

/// For half of the last minute; after that it is waited for.
#[tokio::test]
async fn a_token_that_is_due_is_handed_out_while_the_next_is_fetched_beside() {
    let (client, clock) = (client(), Turned::default());
    let wire = Arc::new(Wire::answering([
        rotated("a1", "r2", 600),
        rotated("a2", "r3", 600),
        rotated("a3", "r4", 600),
    ]));
    let session = Session::of_user(client.clone(), Arc::clone(&wire), memory());
    let session = session.by_clock(clock.clone()).renewing_beside();
    session.keep(&Want::default(), over(&client, "r1")).await.unwrap();
    let token = async || session.token(&Want::default()).await.unwrap().access_token.reveal().clone();
    assert_eq!(token().await, "a1", "what is over is waited for");
    clock.0.store(545, Ordering::SeqCst);
    assert_eq!(token().await, "a1", "what is due is handed out");
    while wire.sent() < 2 || token().await == "a1" {
        tokio::task::yield_now().await;
    }
    assert_eq!((token().await, wire.sent()), ("a2".to_owned(), 2));
    clock.0.store(545 + 590, Ordering::SeqCst);
    assert_eq!(token().await, "a3", "what is nearly over is waited for");
}
