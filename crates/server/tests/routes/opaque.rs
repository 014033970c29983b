//! Access tokens for `/userinfo` alone (auth0.md §3; RFC 9449 §7; RFC 7662): sealed, and over with what they came with.

use keybound_proto::{form::Form, id::Kid, jose::Alg, request::token::grant, time::Lifetime};
use keybound_store::{
    Batch,
    documents::Clients,
    events,
    ledger::{refresh_tokens, sessions},
};
use serde_json::{Value, json};

use crate::{
    wallet::{Wallet, get},
    world::{
        Answer, CALLBACK, M2M, OTHER_SPA, SECRET, SPA, USER, WEB, Wish, World, redeem, refresh,
        refresh_digest,
    },
};

const PATH: &str = "/userinfo";
const OFFLINE: &str = "openid profile offline_access";
const DAY: u32 = 86_400;

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap_or_else(|| panic!("no {name}: {tokens}"))
}

fn wish(client: &'static str, scopes: &'static str) -> Wish<'static> {
    Wish { client, audience: None, scopes, jkt: None }
}

/// Tokens for nothing but `/userinfo`.
async fn tokens(world: &World, wallet: &Wallet, scopes: &'static str) -> Value {
    let code = world.code(&wish(SPA, scopes)).await;
    wallet.token(world, redeem(&code, SPA)).await.ok()
}

/// Those of a client that can ask about them.
async fn tokens_of_web(world: &World, wallet: &Wallet) -> Value {
    let code = world.code(&wish(WEB, OFFLINE)).await;
    wallet.token(world, redeem(&code, WEB).with("client_secret", SECRET)).await.ok()
}

async fn asks(world: &World, wallet: &Wallet, token: &str) -> Answer {
    let answer = wallet.call(world, PATH, token).await;
    if answer.status == 200 || answer.text("error") != "use_dpop_nonce" {
        return answer;
    }
    wallet.learn(&answer);
    wallet.call(world, PATH, token).await
}

/// RFC 6750 §3.1: it is good no more, and no more is said.
async fn is_over(world: &World, wallet: &Wallet, token: &str) {
    let answer = asks(world, wallet, token).await;
    assert_eq!((answer.status.as_u16(), answer.text("error")), (401, "invalid_token".to_owned()));
}

async fn introspected(world: &World, token: &str) -> Value {
    let form = Form::new().with("client_id", WEB).with("client_secret", SECRET).with("token", token);
    world.post("/oauth/introspect", form, &[]).await.ok()
}

/// auth0.md §3, "userinfo only": whoever steals it learns not even whose it is.
#[tokio::test]
async fn a_token_for_userinfo_alone_says_nothing_to_anybody_and_is_its_keys_alone() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let tokens = tokens(&world, &owner, OFFLINE).await;
    let token = text(&tokens, "access_token");
    assert_eq!((text(&tokens, "token_type"), &tokens["expires_in"]), ("DPoP", &json!(DAY)));
    assert!(token.starts_with("kbat_") && !token.contains('.'), "{token}");
    assert!(token.len() > 5 + 43, "256 random bits and more");
    assert_eq!(asks(&world, &owner, token).await.ok()["sub"], USER);
    assert_eq!(asks(&world, &owner, token).await.ok()["name"], "Ada");

    is_over(&world, &thief, token).await;
    for scheme in ["Bearer", "bearer"] {
        let answer = get(&world, PATH, &[("authorization", &format!("{scheme} {token}"))]).await;
        assert_eq!(answer.status, 401);
        assert!(answer.challenges()[0].starts_with(r#"DPoP error="invalid_token""#), "{answer:?}");
    }
    let no_ath = owner.proof(world.now(), "GET", PATH, None);
    let dpop = format!("DPoP {token}");
    let answer = get(&world, PATH, &[("authorization", &dpop), ("dpop", &no_ath)]).await;
    assert!(answer.text("error_description").contains("proof.ath_missing"));
    let captured = owner.proof(world.now(), "GET", PATH, Some(token));
    get(&world, PATH, &[("authorization", &dpop), ("dpop", &captured)]).await.ok();
    let answer = get(&world, PATH, &[("authorization", &dpop), ("dpop", &captured)]).await;
    assert!(answer.text("error_description").contains("proof.replayed"));

    let second = text(&self::tokens(&world, &owner, OFFLINE).await, "access_token").to_owned();
    assert_ne!(second, token, "no two are alike");
    world.clock.turn(Lifetime::seconds(DAY));
    is_over(&world, &owner, &second).await;
}

/// RFC 8725 §3.12: at no other resource of ours is it a token.
#[tokio::test]
async fn no_other_resource_takes_it_and_none_of_its_bytes_can_be_changed() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = tokens(&world, &wallet, OFFLINE).await;
    let token = text(&tokens, "access_token");
    for path in ["/api/v2/clients", "/mfa/authenticators"] {
        let answer = wallet.call(&world, path, token).await;
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
    }
    for at in (5..token.len()).step_by(7) {
        let mut bent = token.as_bytes().to_vec();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        is_over(&world, &wallet, &String::from_utf8(bent).unwrap()).await;
    }
    for bad in [&token[5..], &token[..token.len() - 1], "kbat_", "kbat_A", &format!("{token}A")] {
        is_over(&world, &wallet, bad).await;
    }
}

/// auth0.md §3: without a proof it is a bearer token; RFC 9449 §7.1.
#[tokio::test]
async fn without_a_proof_it_is_a_bearer_token_whatever_the_clients_profile() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let rfc = json!({
        "client_id": "rfc", "name": "rfc", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"], "profile": "rfc",
    });
    world.put::<Clients>("rfc", rfc).await;
    for client in [SPA, "rfc"] {
        let code = world.code(&wish(client, OFFLINE)).await;
        let tokens = world.post("/oauth/token", redeem(&code, client), &[]).await.ok();
        let token = text(&tokens, "access_token");
        assert_eq!(text(&tokens, "token_type"), "Bearer");
        assert!(token.starts_with("kbat_"), "{token}");
        get(&world, PATH, &[("authorization", &format!("Bearer {token}"))]).await.ok();
        is_over(&world, &wallet, token).await;
    }
}

/// RFC 7662 §2.2; RFC 9449 §6.2.
#[tokio::test]
async fn whoever_it_was_issued_to_hears_what_it_is_good_for_until_its_family_ends() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = tokens_of_web(&world, &wallet).await;
    let told = introspected(&world, text(&first, "access_token")).await;
    assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("DPoP")));
    assert_eq!(told["cnf"], json!({ "jkt": wallet.thumbprint().to_string() }));
    assert_eq!((&told["sub"], &told["client_id"]), (&json!(USER), &json!(WEB)));
    assert_eq!(told["aud"], json!(format!("{}userinfo", crate::world::ISSUER)));
    for unsaid in ["sid", "family", "azp"] {
        assert!(told.get(unsaid).is_none(), "{told}");
    }
    let revoke = Form::new()
        .with("client_id", WEB)
        .with("client_secret", SECRET)
        .with("token", text(&first, "refresh_token"));
    world.post("/oauth/revoke", revoke, &[]).await;
    assert_eq!(introspected(&world, text(&first, "access_token")).await, json!({ "active": false }));
    is_over(&world, &wallet, text(&first, "access_token")).await;
    // Whose it is comes before what became of it: a stranger learns nothing, and that they asked is recorded.
    let stranger = Form::new()
        .with("client_id", M2M)
        .with("client_secret", SECRET)
        .with("token", text(&first, "access_token"));
    let told = world.post("/oauth/introspect", stranger, &[]).await.ok();
    assert_eq!(told, json!({ "active": false }));
    let newest = events::newest(&world.app.store, &world.app.tenant.id, 0, 1).await.unwrap().remove(0);
    assert_eq!(newest.reason.as_deref(), Some("grant.not_yours"));
}

/// RFC 9700 §4.14.2; RFC 6749 §4.1.2: what a thief may have got goes along.
#[tokio::test]
async fn a_breach_ends_what_every_token_of_the_family_brought() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let first = tokens(&world, &wallet, OFFLINE).await;
    let second = wallet.token(&world, refresh(text(&first, "refresh_token"), SPA)).await.ok();
    for tokens in [&first, &second] {
        asks(&world, &wallet, text(tokens, "access_token")).await.ok();
    }
    world.clock.turn(Lifetime::seconds(31));
    wallet.token(&world, refresh(text(&first, "refresh_token"), SPA)).await.refused(403, "invalid_grant");
    for tokens in [&first, &second] {
        is_over(&world, &wallet, text(tokens, "access_token")).await;
    }

    world.session().await;
    let code = world.code(&wish(SPA, "openid")).await;
    let alone = wallet.token(&world, redeem(&code, SPA)).await.ok();
    asks(&world, &wallet, text(&alone, "access_token")).await.ok();
    wallet.token(&world, redeem(&code, SPA)).await.refused(403, "invalid_grant");
    is_over(&world, &wallet, text(&alone, "access_token")).await;
}

/// Auth0's online and offline access: what outlives the session is what was granted to.
#[tokio::test]
async fn it_ends_with_the_session_unless_its_refresh_token_goes_on() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let session = world.session().await;
    let alone = tokens(&world, &wallet, "openid profile").await;
    let offline = tokens(&world, &wallet, OFFLINE).await;
    asks(&world, &wallet, text(&alone, "access_token")).await.ok();
    asks(&world, &wallet, text(&offline, "access_token")).await.ok();

    let mut batch = Batch::new();
    sessions::end(&mut batch, &world.app.tenant.id, &session.digest);
    world.app.store.apply(batch).await.unwrap();
    is_over(&world, &wallet, text(&alone, "access_token")).await;
    asks(&world, &wallet, text(&offline, "access_token")).await.ok();
    let refreshed = wallet.token(&world, refresh(text(&offline, "refresh_token"), SPA)).await.ok();
    asks(&world, &wallet, text(&refreshed, "access_token")).await.ok();
}

/// What was signed by a revoked key is worthless; what was sealed beside it is no better.
#[tokio::test]
async fn it_ends_with_the_key_that_signed_its_id_token() {
    let (world, wallet) = (World::new().await, Wallet::new());
    let tokens = tokens(&world, &wallet, OFFLINE).await;
    let kid: Kid = world.app.keys.now().published().keys()[0].kid().cloned().unwrap();
    world.app.keys.rotate(&world.app.store, Alg::Rs256, world.now()).await.unwrap();
    asks(&world, &wallet, text(&tokens, "access_token")).await.ok();
    world.app.keys.revoke(&world.app.store, &kid, world.now()).await.unwrap();
    is_over(&world, &wallet, text(&tokens, "access_token")).await;
}

/// RFC 8693 §2.1: exchanged with its key alone, and what comes of it ends with the same.
#[tokio::test]
async fn exchanged_it_brings_no_longer_life_and_no_other_key() {
    let (world, owner, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let app = json!({
        "client_id": "app", "name": "app", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token", grant::TOKEN_EXCHANGE],
    });
    world.put::<Clients>("app", app).await;
    let code = world.code(&wish("app", OFFLINE)).await;
    let first = owner.token(&world, redeem(&code, "app")).await.ok();
    let swap = || {
        Form::new()
            .with("grant_type", grant::TOKEN_EXCHANGE)
            .with("client_id", "app")
            .with("subject_token", text(&first, "access_token"))
            .with("subject_token_type", "urn:ietf:params:oauth:token-type:access_token")
    };
    thief.token(&world, swap()).await.refused(400, "invalid_grant");
    world.post("/oauth/token", swap(), &[]).await.refused(400, "invalid_dpop_proof");
    let swapped = owner.token(&world, swap()).await.ok();
    let token = text(&swapped, "access_token");
    assert!(token.starts_with("kbat_"));
    asks(&world, &owner, token).await.ok();
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let digest = refresh_digest(text(&first, "refresh_token"));
    let family = refresh_tokens::find(store, tenant, &digest).await.unwrap().token().unwrap().family.clone();
    let mut batch = Batch::new();
    refresh_tokens::revoke_family(&mut batch, tenant, &family, world.now());
    world.app.store.apply(batch).await.unwrap();
    is_over(&world, &owner, token).await;
    let again = owner.token(&world, swap()).await;
    again.refused(400, "invalid_request");
}

/// RFC 7009 §2.1, conformance A11: it ends with what it came with, for the client it was issued to and for nobody else.
#[tokio::test]
async fn a_token_for_userinfo_that_is_revoked_ends_its_family() {
    let (world, wallet, thief) = (World::new().await, Wallet::new(), Wallet::new());
    let tokens = tokens(&world, &wallet, OFFLINE).await;
    let token = text(&tokens, "access_token");
    let revoke = |token: &str, client: &str| Form::new().with("client_id", client).with("token", token);
    assert_eq!(world.post("/oauth/revoke", revoke(token, OTHER_SPA), &[]).await.status, 200);
    let proof = thief.proof(world.now(), "POST", "/oauth/revoke", None);
    let wrong = world.post("/oauth/revoke", revoke(token, SPA), &[("dpop", &proof)]).await;
    assert!((400..500).contains(&wrong.status.as_u16()), "{wrong:?}");
    let last = if token.ends_with('A') { 'Q' } else { 'A' };
    let bent = format!("{}{last}", &token[..token.len() - 1]);
    assert_eq!(world.post("/oauth/revoke", revoke(&bent, SPA), &[]).await.status, 200);
    asks(&world, &wallet, token).await.ok();
    let tokens = wallet.token(&world, refresh(text(&tokens, "refresh_token"), SPA)).await.ok();
    let token = text(&tokens, "access_token");
    for _ in 0..2 {
        assert_eq!(world.post("/oauth/revoke", revoke(token, SPA), &[]).await.status, 200);
    }
    is_over(&world, &wallet, token).await;
    wallet.token(&world, refresh(text(&tokens, "refresh_token"), SPA)).await.refused(403, "invalid_grant");
    let ended = events::newest(&world.app.store, &world.app.tenant.id, 0, 50).await.unwrap();
    let ended = ended.iter().filter(|event| event.kind.contains("srrt")).count();
    assert_eq!(ended, 1, "what is over is not ended again");
}
