//! `/oauth/introspect` (RFC 7662; RFC 9449 §6.2; conformance A11, AS10).

use keybound_proto::{form::Form, time::Lifetime};
use keybound_store::{
    documents::{Clients, ResourceServers},
    events,
};
use serde_json::{Value, json};

use crate::{
    wallet::Wallet,
    world::{API, Answer, M2M, SECRET, SPA, USER, WEB, Wish, World, redeem, refresh},
};

const PATH: &str = "/oauth/introspect";
const BACKEND: &str = "orders-backend";
const STOCK: &str = "stock-backend";

/// Two APIs that are clients, too.
async fn world() -> World {
    let world = World::new().await;
    let stock = json!({ "id": "api2", "identifier": "https://stock.example", "name": "Stock", "scopes": [] });
    world.put::<ResourceServers>("api2", stock).await;
    for (id, api) in [(BACKEND, API), (STOCK, "https://stock.example")] {
        let client = json!({
            "client_id": id, "name": id, "client_secret": SECRET, "grant_types": [],
            "app_type": "resource_server", "resource_server_identifier": api,
        });
        world.put::<Clients>(id, client).await;
    }
    world
}

fn question(token: &str, client: &str) -> Form {
    Form::new().with("client_id", client).with("client_secret", SECRET).with("token", token)
}

async fn ask(world: &World, token: &str, client: &str) -> Answer {
    world.post(PATH, question(token, client), &[]).await
}

/// That nothing is told, in exactly these bytes.
async fn silent(world: &World, token: &str, client: &str) {
    let answer = ask(world, token, client).await;
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &br#"{"active":false}"#[..]), "{client}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

fn text<'a>(tokens: &'a Value, name: &str) -> &'a str {
    tokens[name].as_str().unwrap()
}

async fn newest(world: &World) -> (String, Option<String>, Option<String>) {
    let entry = events::newest(&world.app.store, &world.app.tenant.id, 0, 1).await.unwrap().remove(0);
    (entry.kind.into(), entry.reason.map(String::from), entry.client.map(String::from))
}

/// RFC 7662 §2.2; RFC 9449 §6.2; AS10.
#[tokio::test]
async fn an_api_hears_of_a_bound_token_that_it_is_and_by_which_key() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let answer = ask(&world, text(&tokens, "access_token"), BACKEND).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.ok();
    assert_eq!((&told["active"], &told["token_type"]), (&true.into(), &"DPoP".into()));
    assert_eq!(told["cnf"], json!({ "jkt": wallet.thumbprint().to_string() }));
    assert_eq!((&told["sub"], &told["client_id"]), (&USER.into(), &SPA.into()));
    assert!(told["aud"].as_array().unwrap().contains(&API.into()));
    assert!(text(&told, "scope").split(' ').any(|scope| scope == "read:orders"));
    assert_eq!(told["iss"], crate::world::ISSUER);
    assert!(told["exp"].as_i64() > told["iat"].as_i64());
    for unsaid in ["azp", "email", "name", "username", "sid"] {
        assert!(told.get(unsaid).is_none(), "{unsaid}: {told}");
    }
}

/// RFC 7662 §2.2, §4.
#[tokio::test]
async fn what_is_no_business_of_theirs_is_told_to_nobody_and_that_they_asked_is_recorded() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    for other in [STOCK, WEB, M2M] {
        for token in ["access_token", "refresh_token"] {
            silent(&world, text(&tokens, token), other).await;
            let recorded = ("f".to_owned(), Some("grant.not_yours".to_owned()), Some(other.to_owned()));
            assert_eq!(newest(&world).await, recorded);
        }
    }
    silent(&world, text(&tokens, "refresh_token"), BACKEND).await;
}

/// RFC 7662 §2.2: none of these is told apart from another.
#[tokio::test]
async fn a_token_that_is_not_good_is_inactive_whatever_it_is() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let (access, id) = (text(&tokens, "access_token"), text(&tokens, "id_token"));
    let (signed, _) = access.rsplit_once('.').unwrap();
    for bad in [id, "nothing", "a.b.c", "e30.e30.", signed, &format!("{signed}."), &format!("{access}A")] {
        silent(&world, bad, BACKEND).await;
    }
    world.clock.turn(Lifetime::seconds(100_000));
    silent(&world, access, BACKEND).await;
}

#[tokio::test]
async fn a_machine_hears_of_its_own_token_that_anybody_may_use_it() {
    let world = world().await;
    let form = Form::new().with("grant_type", "client_credentials").with("audience", API);
    let form = form.with("client_id", M2M).with("client_secret", SECRET);
    let tokens = world.post("/oauth/token", form, &[]).await.ok();
    for client in [M2M, BACKEND] {
        let told = ask(&world, text(&tokens, "access_token"), client).await.ok();
        assert_eq!((&told["token_type"], told.get("cnf")), (&"Bearer".into(), None));
        assert_eq!(told["sub"], format!("{M2M}@clients"));
    }
}

/// RFC 7662 §2.2: a refresh token is told of to its own client, while it can be redeemed.
#[tokio::test]
async fn a_refresh_token_is_active_until_it_is_spent_or_revoked() {
    let (world, wallet) = (world().await, Wallet::new());
    let code = world.code(&Wish { client: WEB, ..Wish::default() }).await;
    let tokens = wallet.token(&world, redeem(&code, WEB).with("client_secret", SECRET)).await.ok();
    let first = text(&tokens, "refresh_token");
    let told = ask(&world, first, WEB).await.ok();
    assert_eq!(
        (&told["active"], &told["sub"], &told["client_id"]),
        (&true.into(), &USER.into(), &WEB.into())
    );
    assert_eq!(told.get("token_type"), None, "it is presented to nobody else");
    let hinted = question(first, WEB).with("token_type_hint", "access_token");
    assert_eq!(world.post(PATH, hinted, &[]).await.ok()["active"], true, "a hint is only a hint");
    let next = wallet.token(&world, refresh(first, WEB).with("client_secret", SECRET)).await.ok();
    silent(&world, first, WEB).await;
    let second = text(&next, "refresh_token");
    assert_eq!(ask(&world, second, WEB).await.ok()["active"], true);
    let revoke = question(second, WEB);
    assert_eq!(world.post("/oauth/revoke", revoke, &[]).await.status, 200);
    silent(&world, second, WEB).await;
    // To ask is not to use: the family that was asked about is the one that was revoked, and nothing else happened.
    let again = refresh(second, WEB).with("client_secret", SECRET);
    wallet.token(&world, again).await.refused(403, "invalid_grant");
}

/// RFC 7662 §2.1, §4: whoever cannot show who they are cannot guess at tokens.
#[tokio::test]
async fn who_asks_must_show_who_they_are() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let token = text(&tokens, "access_token");
    let named = |client: &str| Form::new().with("client_id", client).with("token", token);
    world.post(PATH, named(SPA), &[]).await.refused(401, "invalid_client");
    world.post(PATH, named(BACKEND), &[]).await.refused(401, "invalid_client");
    world.post(PATH, named("nobody"), &[]).await.refused(401, "invalid_client");
    let wrong = named(BACKEND).with("client_secret", "wrong");
    assert_eq!(world.post(PATH, wrong, &[]).await.status, 401);
    assert_eq!(newest(&world).await.1.as_deref(), Some("client.bad_secret"));
    let bearer = format!("DPoP {token}");
    let by_token = world.post(PATH, Form::new().with("token", token), &[("authorization", &bearer)]).await;
    assert!(by_token.status.is_client_error(), "{by_token:?}");
    let nothing = Form::new().with("client_id", BACKEND).with("client_secret", SECRET);
    world.post(PATH, nothing, &[]).await.refused(400, "invalid_request");
    world
        .post(PATH, question(token, BACKEND).with("token", token), &[])
        .await
        .refused(400, "invalid_request");
}

/// RFC 9449 §4.3, §11.1: a proof is not owed, and one that is sent is judged in full.
#[tokio::test]
async fn a_proof_that_is_sent_is_judged_and_serves_once() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let form = || question(text(&tokens, "access_token"), BACKEND);
    world.post(PATH, form(), &[("dpop", "junk")]).await.refused(400, "invalid_dpop_proof");
    let elsewhere = wallet.proof(world.now(), "POST", "/oauth/token", None);
    world.post(PATH, form(), &[("dpop", &elsewhere)]).await.refused(400, "invalid_dpop_proof");
    let proof = wallet.proof(world.now(), "POST", PATH, None);
    assert_eq!(world.post(PATH, form(), &[("dpop", &proof)]).await.ok()["active"], true);
    let text = world.post(PATH, form(), &[("dpop", &proof)]).await.refused(400, "invalid_dpop_proof");
    assert!(text.contains("proof.replayed"), "{text}");
}

/// A user who is shut out takes their tokens along: that is what an API asks for that could read them itself.
#[tokio::test]
async fn tokens_of_a_user_who_was_shut_out_are_inactive() {
    let (world, wallet) = (world().await, Wallet::new());
    let tokens = wallet.sign_in(&world).await;
    let access = text(&tokens, "access_token");
    assert_eq!(ask(&world, access, BACKEND).await.ok()["active"], true);
    world.block(USER).await;
    silent(&world, access, BACKEND).await;
}

/// Metadata says where, and no page of another origin hears of it (RFC 8414 §2).
#[tokio::test]
async fn metadata_names_the_endpoint_and_no_page_may_read_it() {
    let world = world().await;
    let described = world.send(
        http::Request::get("/.well-known/oauth-authorization-server")
            .body(axum::body::Body::empty())
            .unwrap(),
    );
    let described = described.await.ok();
    assert_eq!(described["introspection_endpoint"], format!("{}oauth/introspect", crate::world::ISSUER));
    let answer = world.post(PATH, question("x", BACKEND), &[("origin", crate::world::ORIGIN)]).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
