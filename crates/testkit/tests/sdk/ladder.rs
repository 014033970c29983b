//! A client and its server climb the ladder to bound tokens, and go back (docs/guides/turning-dpop-on.md).

use std::sync::Arc;

use keybound_authority::adoption::Adoption;
use keybound_client::{
    Again, Dpop,
    session::{MemoryStore, Renew, Session},
};
use keybound_store::{
    Batch,
    documents::{self, Clients},
};

use crate::world::{OurSession, World, want};

/// Puts the single-page app on a rung.
async fn step(world: &World, rung: Adoption) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Clients>(store, tenant, "spa").await.unwrap().unwrap();
    found.doc["dpop_adoption"] = rung.as_str().into();
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
}

/// Ada's session in a version of the app that sends no proofs yet.
async fn before_dpop(world: &World) -> OurSession {
    let config = world.config("spa").dpop(Dpop::OffAndTokensCanBeStolen);
    let client = config.connect(&world.web).await.unwrap();
    let tokens = world.tokens(&client).await;
    let session = Session::of_user(client, world.web.clone(), Arc::new(MemoryStore::default()));
    let session = session.by_clock(world.time.clone());
    session.keep(&want(), tokens).await.unwrap();
    session
}

/// The version without proofs works on every rung but the last, and there it hears what it lacks.
#[tokio::test]
async fn an_app_that_sends_no_proofs_fails_on_the_last_rung_alone() {
    let world = World::new().await;
    step(&world, Adoption::Off).await;
    let session = before_dpop(&world).await;
    for rung in Adoption::ALL {
        step(&world, rung).await;
        let renewed = session.token_when(&want(), Renew::Now).await;
        match rung {
            Adoption::Require => {
                let error = renewed.unwrap_err();
                assert_eq!(error.oauth_code(), Some("invalid_dpop_proof"));
                assert!(error.to_string().contains("client.bearer_forbidden"), "{error}");
            }
            _ => assert!(!renewed.unwrap().is_bound(), "{rung:?}"),
        }
    }
    // One step back, and it goes on where it was.
    step(&world, Adoption::Allow).await;
    session.token_when(&want(), Renew::Now).await.unwrap();
}

/// The version with proofs has bound tokens from *allow* on, through any number of steps; below it says that it was
/// given less than it asked for, and keeps what it had.
#[tokio::test]
async fn an_app_that_sends_proofs_is_never_content_with_less_and_loses_nothing_by_it() {
    let world = World::new().await;
    let session = world.signed_in().await;
    for rung in [Adoption::Allow, Adoption::Require, Adoption::Allow] {
        step(&world, rung).await;
        assert!(session.token_when(&want(), Renew::Now).await.unwrap().is_bound(), "{rung:?}");
    }
    for rung in [Adoption::BindRefreshTokens, Adoption::Observe, Adoption::Off] {
        step(&world, rung).await;
        let error = session.token_when(&want(), Renew::Now).await.unwrap_err();
        assert_eq!((error.code(), error.again()), ("client.token_type", Again::Never), "{rung:?}");
    }
    step(&world, Adoption::Require).await;
    assert!(session.token_when(&want(), Renew::Now).await.unwrap().is_bound());
}
