//! `/oauth/token`, one of our tokens for another: RFC 8693.

use keybound_proto::{form::Form, request::token::grant, time::Lifetime};
use keybound_store::{
    documents::{ClientGrants, Clients, ResourceServers},
    events,
};
use serde_json::{Value, json};

use crate::{
    wallet::Wallet,
    world::{API, CALLBACK, SECRET, USER, Wish, World, claims, redeem},
};

const APP: &str = "narrow-app";
pub(crate) const BACKEND: &str = "orders-backend";
const STRANGER: &str = "stranger";
pub(crate) const STOCK: &str = "https://stock.example";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A browser app that exchanges its tokens, an API that acts for its callers at another, and somebody else.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    let app = json!({
        "client_id": APP, "name": APP, "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code", "refresh_token", grant::TOKEN_EXCHANGE],
    });
    world.put::<Clients>(APP, app).await;
    for (id, more) in [
        (BACKEND, json!({ "app_type": "resource_server", "resource_server_identifier": API })),
        (STRANGER, json!({ "app_type": "regular_web" })),
    ] {
        let mut doc = json!({
            "client_id": id, "name": id, "client_secret": SECRET, "grant_types": [grant::TOKEN_EXCHANGE],
        });
        doc.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.put::<Clients>(id, doc).await;
    }
    let stock = json!({
        "id": "api2", "identifier": STOCK, "name": "Stock",
        "scopes": [{ "value": "read:stock" }, { "value": "write:stock" }],
        "proof_of_possession": { "mechanism": "dpop", "required": false },
    });
    world.put::<ResourceServers>("api2", stock).await;
    let granted = json!({
        "client_id": BACKEND, "audience": STOCK, "scope": ["read:stock"], "subject_type": "user",
    });
    world.put::<ClientGrants>("cgr_2", granted).await;
    world
}

/// The app's token at the API: bound when a wallet is given.
async fn token(world: &World, wallet: &Wallet) -> String {
    let code = world.code(&Wish { client: APP, ..Wish::default() }).await;
    wallet.token(world, redeem(&code, APP)).await.ok()["access_token"].as_str().unwrap().to_owned()
}

/// A token of the same user that is not bound: an app with a secret got it without a proof.
pub(crate) async fn unbound(world: &World) -> String {
    let code = world.code(&Wish { client: crate::world::WEB, ..Wish::default() }).await;
    let form = redeem(&code, crate::world::WEB).with("client_secret", SECRET);
    world.post("/oauth/token", form, &[]).await.ok()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn swap(client: &str, token: &str) -> Form {
    let form = Form::new()
        .with("grant_type", grant::TOKEN_EXCHANGE)
        .with("client_id", client)
        .with("subject_token", token)
        .with("subject_token_type", ACCESS);
    if client == APP { form } else { form.with("client_secret", SECRET) }
}

async fn newest(world: &World) -> (String, Option<String>) {
    let entries = events::after(&world.app.store, &world.app.tenant.id, None, 100).await.unwrap();
    let last = entries.into_iter().next_back().unwrap();
    (last.kind.into(), last.reason.map(String::from))
}

fn access(answer: &Value) -> Value {
    claims(answer["access_token"].as_str().unwrap())
}

/// RFC 8693 §2.2.1; RFC 9449 §6: less, for no longer, and bound to the same key; conformance AS02.
#[tokio::test]
async fn an_app_narrows_its_own_token_with_the_key_it_is_bound_to() {
    let (world, owner) = (world().await, Wallet::new());
    let subject = token(&world, &owner).await;
    world.clock.turn(Lifetime::seconds(100));
    let answer = owner.token(&world, swap(APP, &subject).with("scope", "read:orders")).await.ok();
    assert_eq!((&answer["token_type"], &answer["issued_token_type"]), (&"DPoP".into(), &ACCESS.into()));
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
    let (before, after) = (claims(&subject), access(&answer));
    assert_eq!((&after["sub"], &after["aud"]), (&USER.into(), &API.into()));
    assert_eq!((&after["scope"], after.get("act")), (&"read:orders".into(), None));
    assert_eq!(after["cnf"]["jkt"], owner.thumbprint().to_string());
    assert_eq!(after["exp"], before["exp"], "it does not live longer than what was shown");
    assert_eq!(newest(&world).await, ("secte".to_owned(), None));
    let wider = owner.token(&world, swap(APP, &subject).with("scope", "write:orders")).await;
    wider.refused(400, "invalid_scope");
}

/// RFC 9449 §5: whoever has a bound token and not its key makes nothing of it, and takes nothing from its owner.
/// Conformance AS07 and A16.
#[tokio::test]
async fn a_thief_with_a_bound_token_neither_uses_nor_spends_it() {
    let (world, owner, thief) = (world().await, Wallet::new(), Wallet::new());
    let subject = token(&world, &owner).await;
    thief.token(&world, swap(APP, &subject)).await.refused(400, "invalid_grant");
    assert_eq!(newest(&world).await, ("fecte".to_owned(), Some("grant.wrong_key".to_owned())));
    world.post("/oauth/token", swap(APP, &subject), &[]).await.refused(400, "invalid_dpop_proof");
    for client in [STRANGER, BACKEND] {
        thief.token(&world, swap(client, &subject)).await.refused(400, "invalid_grant");
        world.post("/oauth/token", swap(client, &subject), &[]).await.refused(400, "invalid_dpop_proof");
    }
    owner.token(&world, swap(APP, &subject)).await.ok();
    owner.call(&world, "/userinfo", &subject).await.ok();
}

/// A bound token is never laundered into one that anybody could use; conformance A16.
#[tokio::test]
async fn a_bound_token_brings_none_for_an_api_that_takes_bearer_tokens_alone() {
    let (world, owner) = (world().await, Wallet::new());
    let subject = token(&world, &owner).await;
    let plain = json!({ "id": "api3", "identifier": "urn:plain", "name": "P", "scopes": [{ "value": "x" }] });
    world.put::<ResourceServers>("api3", plain).await;
    let granted =
        json!({ "client_id": APP, "audience": "urn:plain", "scope": ["x"], "subject_type": "user" });
    world.put::<ClientGrants>("cgr_3", granted).await;
    let answer = owner.token(&world, swap(APP, &subject).with("audience", "urn:plain")).await;
    assert!(answer.refused(400, "invalid_target").contains("bound to a key"));
}

/// RFC 8693 §1.1, §4.1: an API acts on behalf of its caller at another, and the token says so; conformance A16.
#[tokio::test]
async fn an_api_acts_for_its_caller_where_an_administrator_allowed_it() {
    let (world, wallet) = (world().await, Wallet::new());
    let subject = unbound(&world).await;
    let form = || swap(BACKEND, &subject).with("audience", STOCK);
    let answer = world.post("/oauth/token", form(), &[]).await.ok();
    assert_eq!(answer["token_type"], "Bearer");
    let onward = access(&answer);
    assert_eq!((&onward["sub"], &onward["aud"]), (&USER.into(), &STOCK.into()));
    assert_eq!((&onward["azp"], &onward["scope"]), (&BACKEND.into(), &"read:stock".into()));
    assert_eq!(onward["act"], json!({ "sub": format!("{BACKEND}@clients") }));
    let bound = wallet.token(&world, form()).await.ok();
    assert_eq!(access(&bound)["cnf"]["jkt"], wallet.thumbprint().to_string());
    let more = form().with("scope", "write:stock");
    world.post("/oauth/token", more, &[]).await.refused(403, "access_denied");
    let nowhere = swap(STRANGER, &subject).with("audience", STOCK);
    let text = world.post("/oauth/token", nowhere, &[]).await.refused(400, "invalid_request");
    assert!(text.contains("neither issued to the client nor meant for it"), "{text}");
}

/// A public client shows no secret: what it has and what it stole look alike, unless they are bound.
#[tokio::test]
async fn a_public_client_exchanges_nothing_that_is_not_bound() {
    let (world, wallet) = (world().await, Wallet::new());
    let subject = unbound(&world).await;
    wallet.token(&world, swap(APP, &subject)).await.refused(400, "invalid_request");
    let closed = swap(crate::world::SPA, &subject).encode().replace("client_secret", "x");
    let answer = world.send(crate::world::request("/oauth/token", closed, &[])).await;
    answer.refused(403, "unauthorized_client");
}

/// RFC 8693 §2.1, §2.2.2; auth0.md §5: other kinds of token, Auth0's profiles among them, are refused aloud.
/// Conformance A16.
#[tokio::test]
async fn what_is_no_live_access_token_of_ours_is_not_exchanged() {
    let (world, owner) = (world().await, Wallet::new());
    let code = world.code(&Wish { client: APP, ..Wish::default() }).await;
    let tokens = owner.token(&world, redeem(&code, APP)).await.ok();
    let of = |member: &str| tokens[member].as_str().unwrap().to_owned();
    for other in [of("id_token"), of("refresh_token"), format!("{}x", of("access_token")), "x".to_owned()] {
        owner.token(&world, swap(APP, &other)).await.refused(400, "invalid_request");
    }
    let with = |name: &str, value: &str| {
        let form = swap(APP, &of("access_token")).encode();
        let form = form.replace("subject_token_type=urn", &format!("{name}={value}&subject_token_type=urn"));
        Form::parse(form.as_bytes()).unwrap()
    };
    for (name, value) in [
        ("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"),
        ("organization", "org_1"),
        ("actor_token_type", ACCESS),
    ] {
        owner.token(&world, with(name, value)).await.refused(400, "invalid_request");
    }
    let profile = Form::new()
        .with("grant_type", grant::TOKEN_EXCHANGE)
        .with("client_id", APP)
        .with("subject_token", "anything")
        .with("subject_token_type", "urn:acme:legacy");
    let text = owner.token(&world, profile).await.refused(400, "invalid_request");
    assert!(text.contains("subject_token_type"), "{text}");
    world.clock.turn(Lifetime::seconds(8_000));
    owner.token(&world, swap(APP, &of("access_token"))).await.refused(400, "invalid_request");
}
