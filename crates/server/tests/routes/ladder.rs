//! The ladder by which a client or an API comes to bound tokens, and goes back (issue 4, "Policies";
//! docs/guides/turning-dpop-on.md).

use keybound_authority::adoption::Adoption;
use keybound_proto::time::Lifetime;
use keybound_store::{
    Batch,
    documents::{self, Clients, ResourceServers},
};
use serde_json::{Value, json};

use crate::{
    wallet::Wallet,
    world::{API, Answer, CALLBACK, M2M, SECRET, Wish, World, machine, redeem, refresh},
};

const TOKEN: &str = "/oauth/token";
const CLIMBER: &str = "climber";

/// A world with a browser app on that rung.
async fn world(rung: Adoption) -> World {
    let world = World::new().await;
    let doc = json!({
        "client_id": CLIMBER, "app_type": "spa", "token_endpoint_auth_method": "none", "callbacks": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "dpop_adoption": rung.as_str(),
    });
    world.put::<Clients>(CLIMBER, doc).await;
    world
}

/// Puts the client on another rung.
async fn step(world: &World, rung: Adoption) {
    set(world, "dpop_adoption", rung.as_str().into()).await;
}

/// The API takes bound tokens alone from now on.
async fn require_at_the_api(world: &World) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<ResourceServers>(store, tenant, "api1").await.unwrap().unwrap();
    found.doc["proof_of_possession"] = json!({ "mechanism": "dpop", "required": true });
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
}

async fn set(world: &World, member: &str, value: Value) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Clients>(store, tenant, CLIMBER).await.unwrap().unwrap();
    found.doc[member] = value;
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
}

async fn code(world: &World) -> String {
    world.code(&Wish { client: CLIMBER, ..Wish::default() }).await
}

/// With a proof, asked again where a nonce is wanted.
async fn signs_in(world: &World, wallet: &Wallet) -> Answer {
    wallet.token(world, redeem(&code(world).await, CLIMBER)).await
}

fn refresh_token(tokens: &Value) -> &str {
    tokens["refresh_token"].as_str().unwrap()
}

#[tokio::test]
async fn each_rung_binds_what_it_says() {
    for rung in Adoption::ALL {
        let (world, owner, thief) = (world(rung).await, Wallet::new(), Wallet::new());
        let tokens = signs_in(&world, &owner).await.ok();
        let expected = if rung >= Adoption::Allow { "DPoP" } else { "Bearer" };
        assert_eq!(tokens["token_type"], expected, "{rung:?}");
        let stolen = thief.token(&world, refresh(refresh_token(&tokens), CLIMBER)).await;
        if rung >= Adoption::BindRefreshTokens {
            stolen.refused(400, "invalid_grant");
            let tokens = owner.token(&world, refresh(refresh_token(&tokens), CLIMBER)).await.ok();
            assert_eq!(tokens["token_type"], expected, "{rung:?}");
        } else {
            stolen.ok();
        }
        let bare = world.post(TOKEN, redeem(&code(&world).await, CLIMBER), &[]).await;
        match rung {
            Adoption::Require => drop(bare.refused(400, "invalid_dpop_proof")),
            _ => assert_eq!(bare.ok()["token_type"], "Bearer", "{rung:?}"),
        }
    }
}

/// Who is not there yet must not fail by trying: not by garbage, not by an old proof, not by the same one twice.
#[tokio::test]
async fn below_the_third_rung_no_proof_is_ever_refused() {
    for rung in Adoption::ALL {
        let (world, wallet) = (world(rung).await, Wallet::new());
        let elsewhere = wallet.proof(world.now(), "POST", "/oauth/par", None);
        let old = wallet.proof(world.now().minus(Lifetime::seconds(600)), "POST", TOKEN, None);
        let twice = wallet.proof(world.now(), "POST", TOKEN, None);
        for proof in ["garbage", &elsewhere, &old, &twice, &twice] {
            let form = redeem(&code(&world).await, CLIMBER);
            let answer = world.post(TOKEN, form, &[("dpop", proof)]).await;
            if rung.passes_over_bad_proofs() {
                assert_eq!(answer.ok()["token_type"], "Bearer", "{rung:?}");
            } else {
                assert_eq!(answer.status, 400, "{rung:?}");
            }
        }
    }
}

/// The way back: what was bound on a higher rung is good on a lower one for its owner, and for nobody else.
#[tokio::test]
async fn stepping_down_ends_no_session_and_frees_no_refresh_token() {
    let (world, owner, thief) = (world(Adoption::Require).await, Wallet::new(), Wallet::new());
    let mut tokens = signs_in(&world, &owner).await.ok();
    for rung in [Adoption::Allow, Adoption::BindRefreshTokens, Adoption::Observe, Adoption::Off] {
        step(&world, rung).await;
        let token = refresh_token(&tokens).to_owned();
        thief.token(&world, refresh(&token, CLIMBER)).await.refused(400, "invalid_grant");
        world.post(TOKEN, refresh(&token, CLIMBER), &[]).await.refused(400, "invalid_dpop_proof");
        tokens = owner.token(&world, refresh(&token, CLIMBER)).await.ok();
        let expected = if rung >= Adoption::Allow { "DPoP" } else { "Bearer" };
        assert_eq!(tokens["token_type"], expected, "{rung:?}");
    }
    // And up again: nobody signs in anew.
    step(&world, Adoption::Require).await;
    let tokens = owner.token(&world, refresh(refresh_token(&tokens), CLIMBER)).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
}

/// An API's rungs meet every client's; below *require* the lower one holds.
#[tokio::test]
async fn an_api_has_rungs_of_its_own() {
    let (world, wallet) = (World::new().await, Wallet::new());
    for (rung, sent, bare) in [
        (Adoption::Off, "Bearer", Some("Bearer")),
        (Adoption::Observe, "Bearer", Some("Bearer")),
        (Adoption::BindRefreshTokens, "Bearer", Some("Bearer")),
        (Adoption::Allow, "DPoP", Some("Bearer")),
        (Adoption::Require, "DPoP", None),
    ] {
        let (store, tenant) = (&world.app.store, &world.app.tenant.id);
        let mut found = documents::find::<ResourceServers>(store, tenant, "api1").await.unwrap().unwrap();
        found.doc["dpop_adoption"] = rung.as_str().into();
        let mut batch = Batch::new();
        documents::update(&mut batch, store, tenant, found);
        store.apply(batch).await.unwrap();
        world.app.policies.forget();
        assert_eq!(wallet.token(&world, machine()).await.ok()["token_type"], sent, "{rung:?} {API}");
        let answer = world.post(TOKEN, machine(), &[]).await;
        match bare {
            Some(kind) => assert_eq!(answer.ok()["token_type"], kind, "{rung:?}"),
            None => drop(answer.refused(400, "invalid_dpop_proof")),
        }
    }
}

/// `dpop_nonce`: a browser app may be spared it, a machine may owe it (RFC 9449 §8).
#[tokio::test]
async fn a_nonce_is_demanded_of_whom_it_is_said_to_be() {
    let world = World::new().await;
    let spa = |nonce: &str| {
        json!({
            "client_id": nonce, "app_type": "spa", "token_endpoint_auth_method": "none",
            "callbacks": [CALLBACK], "grant_types": ["authorization_code"], "dpop_nonce": nonce,
        })
    };
    for (nonce, status) in [("off", 200), ("optional", 200), ("required", 400)] {
        world.put::<Clients>(nonce, spa(nonce)).await;
        let wallet = Wallet::new();
        let code = world.code(&Wish { client: nonce, ..Wish::default() }).await;
        let proof = wallet.proof(world.now(), "POST", TOKEN, None);
        let answer = world.post(TOKEN, redeem(&code, nonce), &[("dpop", &proof)]).await;
        assert_eq!(answer.status.as_u16(), status, "{nonce}");
        assert_eq!(answer.header("dpop-nonce").is_some(), nonce != "off", "{nonce}");
    }
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Clients>(store, tenant, M2M).await.unwrap().unwrap();
    found.doc["dpop_nonce"] = "required".into();
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
    let wallet = Wallet::new();
    let proof = wallet.proof(world.now(), "POST", TOKEN, None);
    let answer = world.post(TOKEN, machine(), &[("dpop", &proof)]).await;
    answer.refused(400, "use_dpop_nonce");
    wallet.learn(&answer);
    assert_eq!(
        wallet.token(&world, machine().without(&["client_secret"]).with("client_secret", SECRET)).await.ok()
            ["token_type"],
        "DPoP"
    );
}

/// issue 4's table of bindings, its last row: whoever proves the code exchange and not the refresh goes on where that is
/// allowed, and not where possession is required. A public client's refresh token is bound instead (the rows before).
#[tokio::test]
async fn who_proves_the_exchange_and_not_the_refresh_goes_on_where_that_is_allowed() {
    use crate::world::WEB;

    let (world, wallet) = (World::new().await, Wallet::new());
    let secret = |form: keybound_proto::form::Form| form.with("client_secret", SECRET);
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let tokens = wallet.token(&world, secret(redeem(&code, WEB))).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let form = secret(refresh(refresh_token(&tokens), WEB));
    let refreshed = world.post(TOKEN, form, &[]).await.ok();
    assert_eq!(refreshed["token_type"], "Bearer");

    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Clients>(store, tenant, WEB).await.unwrap().unwrap();
    found.doc["dpop_adoption"] = "require".into();
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    world.app.policies.forget();
    let form = || secret(refresh(refreshed["refresh_token"].as_str().unwrap(), WEB));
    world.post(TOKEN, form(), &[]).await.refused(400, "invalid_dpop_proof");
    // Another key will do: the client's own authentication binds what is its own.
    assert_eq!(Wallet::new().token(&world, form()).await.ok()["token_type"], "DPoP");
}

/// RFC 9449 §5 passed over on purpose, for a client that proves the code exchange alone (issue 4, the binding rules).
#[tokio::test]
async fn a_client_that_cannot_prove_its_refreshes_goes_on_where_somebody_typed_that_it_may() {
    let (world, owner) = (world(Adoption::Allow).await, Wallet::new());
    let bound = signs_in(&world, &owner).await.ok();
    set(&world, "dpop_refresh_tokens", "unbound_despite_rfc_9449".into()).await;
    let bare = async |token: &str| world.post(TOKEN, refresh(token, CLIMBER), &[]).await;
    let refused = bare(refresh_token(&bound)).await.refused(400, "invalid_dpop_proof");
    assert!(refused.contains("grant.key_missing"), "what is bound stays bound: {refused}");

    let tokens = signs_in(&world, &owner).await.ok();
    assert_eq!(tokens["token_type"], "DPoP");
    let next = bare(refresh_token(&tokens)).await.ok();
    assert_eq!(next["token_type"], "Bearer");
    let proved = owner.token(&world, refresh(refresh_token(&next), CLIMBER)).await.ok();
    assert_eq!(proved["token_type"], "DPoP", "whoever shows a key gets bound tokens as before");

    // Who requires is obeyed: the client itself …
    step(&world, Adoption::Require).await;
    bare(refresh_token(&proved)).await.refused(400, "invalid_dpop_proof");
    let strict = signs_in(&world, &owner).await.ok();
    step(&world, Adoption::Allow).await;
    bare(refresh_token(&strict)).await.refused(400, "invalid_dpop_proof");
    // … and the API.
    let loose = signs_in(&world, &owner).await.ok();
    require_at_the_api(&world).await;
    bare(refresh_token(&loose)).await.refused(400, "invalid_dpop_proof");
    let tight = signs_in(&world, &owner).await.ok();
    let thief = Wallet::new();
    thief.token(&world, refresh(refresh_token(&tight), CLIMBER)).await.refused(400, "invalid_grant");
    owner.token(&world, refresh(refresh_token(&tight), CLIMBER)).await.ok();
}
