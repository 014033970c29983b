//! The server's signing keys are rotated and revoked under a client that knows nothing of it.

use keybound_client::session::Renew;
use keybound_proto::jose::{Alg, Sign as _};
use keybound_server::jobs;

use crate::world::{World, want};

/// The server takes the key out of use that signs.
async fn revoke(world: &World) {
    let (keys, store) = (&world.app.keys, &world.app.store);
    let kid = keys.now().signer(Alg::Rs256).unwrap().kid().unwrap().clone();
    keys.revoke(store, &kid, world.time.there()).await.unwrap();
}

/// What a revoked key signed is worthless at once, and the fetcher gets another token by itself: no call fails.
#[tokio::test]
async fn a_revoked_signing_key_costs_nobody_a_call() {
    let world = World::new().await;
    let session = world.signed_in().await;
    let userinfo = session.fetcher(&world.server.url).unwrap().wanting(want());
    let before = session.token(&want()).await.unwrap();
    assert_eq!(userinfo.get("userinfo").send().await.unwrap().attempts(), 1);
    revoke(&world).await;
    let answer = userinfo.get("userinfo").send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.attempts()),
        (200, 2),
        "refused once, and then with a new token"
    );
    let after = session.token(&want()).await.unwrap();
    assert_ne!(after.access_token, before.access_token);
}

/// An API that keeps the server's keys takes what the next one signs, since it is published before its turn.
#[tokio::test]
async fn an_api_takes_what_the_next_key_signs() {
    let world = World::new().await;
    jobs::round(&world.app).await;
    let session = world.signed_in().await;
    let api = world.api().await;
    let orders = session.fetcher(&api.url).unwrap().wanting(want());
    assert_eq!(orders.get("orders").send().await.unwrap().status(), 200);
    for _ in 0..2 {
        world.time.later(60);
        world.rotate_keys().await;
        session.token_when(&want(), Renew::Now).await.unwrap();
        let answer = orders.get("orders").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.attempts()), (200, 1));
    }
    world.time.later(60);
    revoke(&world).await;
    session.token_when(&want(), Renew::Now).await.unwrap();
    assert_eq!(orders.get("orders").send().await.unwrap().status(), 200);
}
