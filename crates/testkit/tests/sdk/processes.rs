//! Two processes with one session: they share a folder, and nothing else.

use std::sync::Arc;

use keybound_client::{
    key::KeyPair,
    session::{FileStore, Session},
};
use keybound_proto::jose::Alg;

use crate::{
    child::Child,
    world::{AUDIENCE, OurSession, TOKEN, World, want},
};

/// Ada's session in a folder, and what a process needs to use it.
struct Shared {
    session: OurSession,
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Shared {
    async fn begin(world: &World) -> Self {
        let pair = KeyPair::generate(Alg::Es256).unwrap();
        let variables = vec![
            ("AUTH0_DOMAIN", world.server.url.clone()),
            ("AUTH0_CLIENT_ID", "spa".into()),
            ("AUTH0_AUDIENCE", AUDIENCE.into()),
            ("AUTH0_DPOP_PRIVATE_KEY", pair.to_pem().unwrap().reveal().replace('\n', "\\n")),
            ("AUTH0_DPOP_PUBLIC_KEY", pair.public_pem().unwrap()),
        ];
        let client = world.client("spa").await.bound_to(pair.into());
        let tokens = world.tokens(&client).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(FileStore::new(folder.path()));
        let session = Session::of_user(client, world.web.clone(), store).by_clock(world.time.clone());
        session.keep(&want(), tokens).await.unwrap();
        Self { session, folder, variables }
    }

    async fn process(&self) -> Child {
        let mut child = Child::asking(self.folder.path(), &self.variables);
        assert_eq!(child.says().await, "ready");
        child
    }
}

#[tokio::test]
async fn two_processes_make_one_refresh_each_time_the_token_ends() {
    let world = World::new().await;
    let shared = Shared::begin(&world).await;
    let (mut one, mut other) = (shared.process().await, shared.process().await);
    for round in 1..=5 {
        world.time.later(TOKEN + 1);
        let now = world.time.there();
        let (first, second) = tokio::join!(one.asks(now), other.asks(now));
        assert!(first.starts_with("got "), "{first}");
        assert_eq!(first, second);
        assert_eq!(world.refreshes().await, round);
    }
    let kept = shared.session.refresh_token(None).await.unwrap().unwrap();
    world.time.later(TOKEN + 1);
    // The world looks for secrets in what they logged when it ends: they end before.
    one.kill().await;
    other.kill().await;
    shared.session.token(&want()).await.unwrap();
    assert_ne!(shared.session.refresh_token(None).await.unwrap().unwrap(), kept);
}

/// The lock goes with the process that held it, and what it had asked for is not lost: the old refresh token is
/// kept until the new one is, and the server gives the same successor once more.
#[tokio::test]
async fn a_process_that_is_killed_while_it_refreshes_costs_the_other_one_nothing() {
    let world = World::new().await;
    let shared = Shared::begin(&world).await;
    let (mut victim, mut other) = (shared.process().await, shared.process().await);
    world.time.later(TOKEN + 1);
    // It knows a nonce from then on: its next answer is the tokens.
    assert!(victim.asks(world.time.there()).await.starts_with("got "));
    world.time.later(TOKEN + 1);
    let now = world.time.there().as_unix().to_string();
    world.server.relay.hold();
    victim.tell(&now).await;
    world.server.relay.until_held(1).await;
    assert_eq!(world.refreshes().await, 2, "redeemed, and nobody knows");
    other.tell(&now).await;
    victim.kill().await;
    world.server.relay.release();
    assert!(other.says().await.starts_with("got "));
    for _ in 0..2 {
        world.time.later(TOKEN + 31);
        assert!(other.asks(world.time.there()).await.starts_with("got "));
    }
    world.time.later(TOKEN + 31);
    other.kill().await;
    shared.session.token(&want()).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_is_lost_to_one_process_is_had_by_the_other() {
    let world = World::new().await;
    let shared = Shared::begin(&world).await;
    let (mut one, mut other) = (shared.process().await, shared.process().await);
    for child in [&mut one, &mut other] {
        world.time.later(TOKEN + 1);
        assert!(child.asks(world.time.there()).await.starts_with("got "));
    }
    let refreshed = world.refreshes().await;
    world.time.later(TOKEN + 1);
    world.server.relay.cut(1);
    assert_eq!(one.asks(world.time.there()).await, "client.transport");
    assert_eq!(world.refreshes().await, refreshed + 1);
    let now = world.time.there();
    let (first, second) = tokio::join!(one.asks(now), other.asks(now));
    assert!(first.starts_with("got "), "{first}");
    assert_eq!(first, second);
    assert_eq!(world.refreshes().await, refreshed + 2);
    world.time.later(TOKEN + 31);
    assert!(other.asks(world.time.there()).await.starts_with("got "));
    one.kill().await;
    other.kill().await;
}
