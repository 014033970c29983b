//! What the tenant log says of it all: Auth0's code, our sub-reason, in the transaction it reports.

use keybound_proto::{form::Form, request::token::grant::JWT_BEARER, time::Lifetime};
use keybound_store::events;

use crate::{
    wallet::{Wallet, get},
    world::{M2M, SECRET, SPA, USER, Wish, World, machine, redeem, refresh, request},
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
    world.clock.turn(Lifetime::seconds(40));
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

/// Auth0 has codes for the failures of grants that are not redeemed here, and `f` for what no code covers.
#[tokio::test]
async fn a_token_request_of_any_kind_that_is_refused_is_recorded() {
    let world = World::new().await;
    let ask = |grant: &str| Form::new().with("client_id", SPA).with("grant_type", grant);
    for grant in [JWT_BEARER, "urn:ietf:params:oauth:grant-type:device_code", "made-up", "client_credentials"]
    {
        world.post("/oauth/token", ask(grant), &[]).await;
    }
    world.post("/oauth/token", Form::new().with("client_id", SPA), &[]).await.refused(400, "invalid_request");
    let twice = request("/oauth/token", "client_id=a&client_id=b".to_owned(), &[]);
    world.send(twice).await.refused(400, "invalid_request");
    assert_eq!(
        log(&world).await,
        [
            row("jwt_bearer_exchange_failed", "grant.unsupported"),
            row("fede", "request.missing"),
            row("f", "grant.unsupported"),
            row("feccft", "client.grant_not_allowed"),
            row("f", "request.missing"),
            row("f", "request.repeated"),
        ]
    );
}

#[tokio::test]
async fn whoever_is_not_let_in_at_a_resource_of_ours_is_recorded_with_whose_token_it_was() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let tokens = owner.sign_in(&world).await;
    thief.sign_in(&world).await;
    let before = log(&world).await.len();
    let token = tokens["access_token"].as_str().unwrap();
    get(&world, "/userinfo", &[("authorization", &format!("Bearer {token}"))]).await;
    thief.call(&world, "/userinfo", token).await;
    get(&world, "/userinfo", &[("authorization", "Bearer junk")]).await;
    get(&world, "/api/v2/clients", &[("authorization", &format!("Bearer {token}"))]).await;
    get(&world, "/api/v2/clients", &[]).await;
    let refusals = &log(&world).await[before..];
    assert_eq!(
        refusals,
        [
            row("f", "token.bound_sent_as_bearer"),
            row("f", "proof.key_mismatch"),
            row("f", "token.untrusted"),
            row("f", "token.untrusted"),
        ]
    );
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    let stolen = &entries[before];
    assert_eq!((stolen.client.as_deref(), stolen.subject.as_deref()), (Some(SPA), Some(USER)));
    assert!(!format!("{entries:?}").contains(token));
}

#[tokio::test]
async fn who_may_not_revoke_is_recorded() {
    let world = World::new().await;
    let form = |client: &str| Form::new().with("client_id", client).with("token", "x");
    world.post("/oauth/revoke", form("nobody"), &[]).await.refused(401, "invalid_client");
    world.post("/oauth/revoke", form(SPA), &[("dpop", "junk")]).await.refused(400, "invalid_dpop_proof");
    assert_eq!(log(&world).await, [row("f", "client.unknown"), row("f", "proof.malformed")]);
}

/// Being asked for a nonce is no refusal, and a request that is none of ours no event.
#[tokio::test]
async fn what_is_no_refusal_is_not_recorded() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let code = world.code(&Wish::default()).await;
    let proof = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post("/oauth/token", redeem(&code, SPA), &[("dpop", &proof)]).await.refused(400, "use_dpop_nonce");
    get(&world, "/oauth/token", &[]).await.refused(405, "method_not_allowed");
    get(&world, "/nowhere", &[]).await;
    assert_eq!(log(&world).await, []);
}

/// Whoever cannot say who they are can be refused without end, and must not fill the disk with it.
#[tokio::test]
async fn a_flood_of_refusals_leaves_a_thousand_entries_an_hour_and_one_that_says_so() {
    let world = World::new().await;
    let flood = || async {
        for _ in 0..1_010 {
            world.post("/oauth/token", Form::new().with("grant_type", "password"), &[]).await;
        }
    };
    let count = || async {
        let entries = events::newest(&world.app.store, &world.app.tenant.id, 0, 5_000).await.unwrap();
        (entries.len(), entries[0].kind.to_string())
    };
    flood().await;
    assert_eq!(count().await, (1_001, "api_limit".to_owned()));
    world.clock.turn(Lifetime::seconds(3_601));
    world.post("/oauth/token", Form::new().with("grant_type", "password"), &[]).await;
    assert_eq!(count().await, (1_002, "fepft".to_owned()));
}
