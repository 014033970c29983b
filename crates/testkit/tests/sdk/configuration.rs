//! Told by `AUTH0_*` variables, as `nextjs-auth0` is.

use std::{collections::BTreeMap, sync::Arc};

use keybound_client::{
    Config,
    key::KeyPair,
    session::{MemoryStore, Session},
};
use keybound_proto::jose::Alg;

use crate::world::{AUDIENCE, SECRET, World};

#[tokio::test]
async fn what_the_environment_says_is_enough_to_call_an_api() {
    let world = World::new().await;
    let api = world.api().await;
    let pair = KeyPair::generate(Alg::Es256).unwrap();
    let pem = pair.to_pem().unwrap().reveal().replace('\n', "\\n");
    let variables = BTreeMap::from([
        ("AUTH0_DOMAIN", world.server.url.clone()),
        ("AUTH0_CLIENT_ID", "machine".into()),
        ("AUTH0_CLIENT_SECRET", SECRET.into()),
        ("AUTH0_AUDIENCE", AUDIENCE.into()),
        ("AUTH0_SCOPE", "read:orders".into()),
        ("AUTH0_DPOP_PRIVATE_KEY", pem),
        ("AUTH0_DPOP_PUBLIC_KEY", pair.public_pem().unwrap()),
        ("AUTH0_RETRY_DELAY", "0".into()),
    ]);
    let config = Config::from_lookup(|name| variables.get(name).cloned()).unwrap();
    let client = config.connect(&world.web).await.unwrap();
    tracing::info!(?config, ?client, "seen by Debug");
    let session = Session::of_machine(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    let tokens = session.token(&config.want()).await.unwrap();
    assert_eq!(tokens.bound_to, Some(pair.thumbprint()));
    assert_eq!(tokens.scopes.as_ref().unwrap().to_string(), "read:orders");
    let fetcher = session.fetcher(&api.url).unwrap().wanting(config.want());
    tracing::info!(?session, ?fetcher, ?tokens, "seen by Debug");
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200);
}

/// RFC 8414 §3.3: a server is who it says it is, byte for byte.
#[tokio::test]
async fn a_server_by_another_name_is_refused() {
    let world = World::new().await;
    let other = world.server.url.replace("127.0.0.1", "localhost");
    let error = Config::new(&other, "machine").unwrap().connect(&world.web).await.unwrap_err();
    assert_eq!(error.code(), "client.metadata");
}
