//! OAuth for AT Protocol (conformance A26), from the pushed request to the second refresh.

use keybound_authority::model::name::AudienceName;
use keybound_proto::{form::Form, time::Lifetime};
use keybound_server::Config;
use keybound_store::{
    Batch,
    documents::{self, Clients, Users},
};
use serde_json::{Value, json};

use crate::{
    documents_at::DocumentsAt,
    wallet::{Wallet, get},
    world::{API, Answer, CALLBACK, SECRET, SPA, USER, Wish, World, claims, redeem, refresh},
};

const DID: &str = "did:plc:z72i7hdynmk6r22z27h6tvur";
const PUSH: &str = "/oauth/par";
/// The S256 challenge of RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn begin() -> (World, DocumentsAt) {
    let at = DocumentsAt::open().await;
    at.publish(&json!({
        "client_id": at.url, "client_name": "Sky", "redirect_uris": [CALLBACK], "scope": "atproto transition:generic",
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
        "dpop_bound_access_tokens": true,
    }));
    let mut config = at.read_by(Config::default());
    config.atproto = AudienceName::parse(API).ok();
    (World::with(config).await, at)
}

/// What an administrator writes down of the user.
async fn name_user(world: &World, did: Value) {
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Users>(store, tenant, USER).await.unwrap().unwrap();
    found.doc["app_metadata"] = json!({ "did": did });
    let mut batch = Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
}

async fn code(world: &World, client: &str, wallet: &Wallet) -> String {
    let jkt = Some(wallet.thumbprint());
    world.code(&Wish { client, audience: Some(API), scopes: "atproto", jkt }).await
}

fn ask(client: &str) -> Form {
    Form::new()
        .with("client_id", client)
        .with("response_type", "code")
        .with("redirect_uri", CALLBACK)
        .with("scope", "atproto")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
}

async fn push(world: &World, wallet: &Wallet, form: &Form) -> Answer {
    let proof = wallet.proof(world.now(), "POST", PUSH, None);
    let answer = world.post(PUSH, form.clone(), &[("dpop", &proof)]).await;
    wallet.learn(&answer);
    answer
}

fn text<'a>(tokens: &'a Value, member: &str) -> &'a str {
    tokens[member].as_str().unwrap_or_else(|| panic!("no {member}: {tokens}"))
}

/// "Token Responses": `sub` and `scope`, `DPoP` in this case, and no ID token.
#[tokio::test]
async fn tokens_name_their_user_by_their_did() {
    let (world, at) = begin().await;
    name_user(&world, json!(DID)).await;
    let wallet = Wallet::new();
    let tokens = wallet.token(&world, redeem(&code(&world, &at.url, &wallet).await, &at.url)).await.ok();
    assert_eq!(
        (&tokens["sub"], &tokens["token_type"], &tokens["scope"]),
        (&json!(DID), &json!("DPoP"), &json!("atproto"))
    );
    assert!(tokens.get("id_token").is_none() && tokens["expires_in"].as_u64().unwrap() <= 1_800);
    let access = claims(text(&tokens, "access_token"));
    assert_eq!(
        (&access["sub"], &access["aud"], &access["scope"]),
        (&json!(DID), &json!(API), &json!("atproto"))
    );
    assert_eq!(access["cnf"]["jkt"], wallet.thumbprint().to_string());
    assert!(access["exp"].as_i64().unwrap() - world.now().as_unix() <= 1_800);

    let first = text(&tokens, "refresh_token");
    Wallet::new().token(&world, refresh(first, &at.url)).await.refused(400, "invalid_grant");
    let next = wallet.token(&world, refresh(first, &at.url)).await.ok();
    assert_eq!(
        (&next["sub"], &next["token_type"], &next["scope"]),
        (&json!(DID), &json!("DPoP"), &json!("atproto"))
    );
    assert_ne!(next["refresh_token"], tokens["refresh_token"]);
    world.clock.turn(Lifetime::seconds(60));
    wallet.token(&world, refresh(first, &at.url)).await.refused(403, "invalid_grant");
    wallet.token(&world, refresh(text(&next, "refresh_token"), &at.url)).await.refused(403, "invalid_grant");
}

/// "Tokens and Session Lifetime": a public client's end after two weeks, however much they are used.
#[tokio::test]
async fn a_public_clients_session_ends_after_two_weeks() {
    let (world, at) = begin().await;
    name_user(&world, json!(DID)).await;
    let wallet = Wallet::new();
    let mut tokens = wallet.token(&world, redeem(&code(&world, &at.url, &wallet).await, &at.url)).await.ok();
    for _ in 0..2 {
        world.clock.turn(Lifetime::seconds(6 * 86_400));
        tokens = wallet.token(&world, refresh(text(&tokens, "refresh_token"), &at.url)).await.ok();
    }
    world.clock.turn(Lifetime::seconds(2 * 86_400 + 1));
    wallet
        .token(&world, refresh(text(&tokens, "refresh_token"), &at.url))
        .await
        .refused(403, "invalid_grant");
}

/// Who has no DID is nobody to the protocol. What they could not use is theirs still when they have one.
#[tokio::test]
async fn a_user_without_a_did_is_refused_and_nothing_is_spent() {
    let (world, at) = begin().await;
    let wallet = Wallet::new();
    let code = code(&world, &at.url, &wallet).await;
    for none in [json!("auth0|1"), json!(7), json!({ "did": DID }), Value::Null] {
        name_user(&world, none.clone()).await;
        let said = wallet.token(&world, redeem(&code, &at.url)).await.refused(403, "access_denied");
        assert!(said.contains("the user has no DID"), "{none}: {said}");
    }
    name_user(&world, json!(DID)).await;
    let tokens = wallet.token(&world, redeem(&code, &at.url)).await.ok();
    let token = text(&tokens, "refresh_token");
    name_user(&world, Value::Null).await;
    wallet.token(&world, refresh(token, &at.url)).await.refused(403, "access_denied");
    name_user(&world, json!(DID)).await;
    assert_eq!(wallet.token(&world, refresh(token, &at.url)).await.ok()["sub"], DID);
}

/// "Authorization Requests": pushed, by the key of the session, with a nonce and PKCE; not by the browser.
#[tokio::test]
async fn a_request_is_pushed_with_pkce_and_by_a_key_with_a_nonce() {
    let (world, at) = begin().await;
    let wallet = Wallet::new();
    world.post(PUSH, ask(&at.url), &[]).await.refused(400, "invalid_dpop_proof");
    push(&world, &wallet, &ask(&at.url)).await.refused(400, "use_dpop_nonce");
    assert_eq!(push(&world, &wallet, &ask(&at.url)).await.status, 201);
    let bare = ask(&at.url).without(&["code_challenge", "code_challenge_method"]);
    push(&world, &wallet, &bare).await.refused(400, "invalid_request");
    let plain = get(&world, &format!("/authorize?{}", ask(&at.url).encode()), &[]).await;
    let back = plain.header("location").unwrap();
    assert!(back.starts_with(CALLBACK) && back.contains("error=invalid_request"), "{back}");
}

/// "Revocation": the protocol's clients show the access token alone, and the session is over with it.
#[tokio::test]
async fn a_session_is_ended_by_its_access_token() {
    let (world, at) = begin().await;
    name_user(&world, json!(DID)).await;
    let (wallet, other) = (Wallet::new(), Wallet::new());
    let tokens = wallet.token(&world, redeem(&code(&world, &at.url, &wallet).await, &at.url)).await.ok();
    let kept = other.token(&world, redeem(&code(&world, &at.url, &other).await, &at.url)).await.ok();
    let revoke = |token: &str, client: &str| Form::new().with("token", token).with("client_id", client);
    let access = text(&tokens, "access_token");
    assert_eq!(world.post("/oauth/revoke", revoke(access, SPA), &[]).await.status, 200);
    let thief = other.proof(world.now(), "POST", "/oauth/revoke", None);
    world
        .post("/oauth/revoke", revoke(access, &at.url), &[("dpop", &thief)])
        .await
        .refused(400, "invalid_grant");
    let tokens = wallet.token(&world, refresh(text(&tokens, "refresh_token"), &at.url)).await.ok();
    let access = text(&tokens, "access_token");
    assert_eq!(world.post("/oauth/revoke", revoke(access, &at.url), &[]).await.status, 200);
    wallet
        .token(&world, refresh(text(&tokens, "refresh_token"), &at.url))
        .await
        .refused(403, "invalid_grant");
    other.token(&world, refresh(text(&kept, "refresh_token"), &at.url)).await.ok();
}

/// To a client that does not go by that profile, the scope is one of the API's and no more.
#[tokio::test]
async fn to_other_clients_the_scope_is_one_of_the_apis() {
    let (world, _) = begin().await;
    name_user(&world, json!(DID)).await;
    let wallet = Wallet::new();
    let wish = Wish { client: SPA, audience: Some(API), scopes: "openid atproto", jkt: None };
    let tokens = wallet.token(&world, redeem(&world.code(&wish).await, SPA)).await.ok();
    assert_eq!(claims(text(&tokens, "access_token"))["sub"], USER);
    assert!(tokens.get("sub").is_none() && tokens.get("id_token").is_some());
}

#[tokio::test]
async fn the_scope_is_told_where_it_is_offered() {
    let offers = async |world: &World| {
        let told = get(world, "/.well-known/oauth-authorization-server", &[]).await.ok();
        told["scopes_supported"].as_array().unwrap().contains(&json!("atproto"))
    };
    let (world, _) = begin().await;
    assert!(offers(&world).await);
    assert!(!offers(&World::new().await).await);
}

/// RFC 7662 §2.2: an API hears of such a token too, by the name that it carries.
#[tokio::test]
async fn the_api_hears_of_a_token_that_names_its_user_by_their_did() {
    let (world, at) = begin().await;
    name_user(&world, json!(DID)).await;
    let backend = json!({
        "client_id": "backend", "name": "backend", "client_secret": SECRET, "grant_types": [],
        "app_type": "resource_server", "resource_server_identifier": API,
    });
    world.put::<Clients>("backend", backend).await;
    let wallet = Wallet::new();
    let tokens = wallet.token(&world, redeem(&code(&world, &at.url, &wallet).await, &at.url)).await.ok();
    let asks = async || {
        let form = Form::new().with("client_id", "backend").with("client_secret", SECRET);
        world.post("/oauth/introspect", form.with("token", text(&tokens, "access_token")), &[]).await.ok()
    };
    let told = asks().await;
    assert_eq!(
        (&told["active"], &told["sub"], &told["scope"]),
        (&json!(true), &json!(DID), &json!("atproto")),
        "{told}"
    );
    name_user(&world, json!("did:plc:ewvi7nxzyoun6zhxrhs64oiz")).await;
    assert_eq!(asks().await, json!({ "active": false }), "that is somebody else");
    name_user(&world, json!(DID)).await;
    let ended = Form::new().with("token", text(&tokens, "access_token")).with("client_id", &at.url);
    assert_eq!(world.post("/oauth/revoke", ended, &[]).await.status, 200);
    assert_eq!(asks().await, json!({ "active": false }));
}
