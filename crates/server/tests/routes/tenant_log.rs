//! What the tenant log says of it all: Auth0's code, our sub-reason, in the transaction it reports.

use keybound_store::events;

use crate::{
    wallet::Wallet,
    world::{M2M, SECRET, SPA, Wish, World, machine, redeem, refresh},
};

async fn log(world: &World) -> Vec<(String, Option<String>)> {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    entries.into_iter().map(|entry| (entry.kind.into(), entry.reason.map(String::from))).collect()
}

fn row(kind: &str, reason: &str) -> (String, Option<String>) {
    (kind.to_owned(), (!reason.is_empty()).then(|| reason.to_owned()))
}

#[tokio::test]
async fn every_exchange_and_every_refusal_is_recorded_once() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let code = world.code(&Wish::default()).await;
    let tokens = owner.token(&world, redeem(&code, SPA)).await.ok();
    let token = tokens["refresh_token"].as_str().unwrap();
    thief.token(&world, refresh(token, SPA)).await;
    owner.token(&world, refresh(token, SPA)).await.ok();
    world.clock.turn(keybound_proto::time::Lifetime::seconds(40));
    owner.token(&world, refresh(token, SPA)).await.refused(403, "invalid_grant");
    world.post("/oauth/token", machine(), &[]).await.ok();
    let wrong = machine().encode().replace(SECRET, "wrong");
    world.send(crate::world::request("/oauth/token", wrong, &[])).await;
    world.post("/oauth/token", machine(), &[("dpop", "junk")]).await;
    assert_eq!(
        log(&world).await,
        [
            row("seacft", ""),
            row("fertft", "grant.wrong_key"),
            row("sertft", ""),
            row("ferrt", "grant.reused"),
            row("seccft", ""),
            row("feccft", "client.bad_secret"),
            row("feccft", "proof.malformed"),
        ]
    );
}

#[tokio::test]
async fn an_entry_names_who_and_where_and_no_secret() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post("/oauth/token", machine(), &[("dpop", &proof), ("user-agent", "test/1")]).await.ok();
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 10).await.unwrap();
    assert_eq!(entries[0].client.as_deref(), Some(M2M));
    assert_eq!(entries[0].thumbprint, Some(wallet.thumbprint()));
    assert_eq!(entries[0].agent.as_deref(), Some("test/1"));
    let printed = format!("{entries:?}");
    assert!(!printed.contains(SECRET) && !printed.contains(&proof));
}
