//! People who are called (OpenID Connect CIBA Core), from the client's request over the letter and the page to the
//! tokens.

use http::{StatusCode, header};
use keybound_proto::form::Form;
use keybound_store::documents::{Clients, ResourceServers, Users};
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    wire::{Wire, heard, says, text, tokens},
    world::{API, Browser, EMAIL, ISSUER, PASSWORD, Page, World, credentials},
};

const GRANT: &str = "urn:openid:params:grant-type:ciba";
/// An API that takes bound tokens alone.
const BOUND: &str = "https://bound.example/";
const BANK: &str = "bank";
const SECRET: &str = "s3cret-of-a-bank";

/// A world with banks in it, and where its letters end up.
async fn world() -> (World, Desk) {
    let desk = Desk::default();
    let world = World::told(|config| config.email = desk.email()).await;
    let bank = bank();
    for id in [BANK, "other-bank"] {
        world.insert::<Clients>(id, bank.clone()).await;
    }
    let mut strange = bank.clone();
    strange["is_first_party"] = false.into();
    world.insert::<Clients>("strange-bank", strange).await;
    let mut public = bank;
    public["app_type"] = "native".into();
    public["token_endpoint_auth_method"] = "none".into();
    world.insert::<Clients>("open-bank", public).await;
    world.person("eve", "eve@example.com", json!({})).await;
    (world, desk)
}

fn bank() -> Value {
    json!({
        "client_id": BANK, "name": "Big <Bank>", "app_type": "regular_web", "callbacks": [],
        "client_secret": SECRET, "grant_types": [GRANT, "refresh_token"],
    })
}

fn hint(subject: &str) -> String {
    json!({ "format": "iss_sub", "iss": ISSUER, "sub": subject }).to_string()
}

fn ask(client: &str) -> Form {
    Form::new()
        .with("client_id", client)
        .with("client_secret", SECRET)
        .with("binding_message", "Order 42-17")
        .with("login_hint", &hint("auth0|ada"))
        .with("scope", "openid offline_access read:orders")
        .with("audience", API)
}

async fn begins(wire: &mut Wire<'_>, form: &Form) -> Value {
    let page = wire.sends("/bc-authorize", form).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    serde_json::from_str(&page.body).unwrap()
}

async fn polls(wire: &mut Wire<'_>, client: &str, told: &Value) -> Page {
    let form = Form::new().with("grant_type", GRANT).with("client_id", client).with("client_secret", SECRET);
    wire.sends("/oauth/token", &form.with("auth_req_id", text(told, "auth_req_id"))).await
}

/// The link in a letter.
fn link(letter: &str) -> String {
    let link = letter.lines().map(str::trim).find(|line| line.starts_with(ISSUER));
    link.unwrap_or_else(|| panic!("no link: {letter}")).to_owned()
}

/// Follows a link and signs in: the `state` of the page that asks.
async fn follows(browser: &mut Browser, link: &str, (email, password): (&str, &str)) -> String {
    let page = browser.get(link).await;
    page.goes_to("/approve/confirm?state=");
    let state = page.param("state");
    let page = browser.get(&page.location()).await;
    page.goes_to("/authorize/resume?state=");
    let page = browser.get(&page.location()).await;
    page.goes_to("/u/login?state=");
    let page = browser.post("/u/login", &credentials(&state, email, password)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    state
}

fn answers(state: &str, action: &str) -> Form {
    Form::new().with("state", state).with("action", action)
}

/// Ada follows the link, signs in and approves.
async fn approves(world: &World, link: &str) -> Page {
    let mut browser = world.browser();
    let state = follows(&mut browser, link, (EMAIL, PASSWORD)).await;
    let page = browser.get(&format!("/authorize/resume?state={state}")).await;
    page.goes_to("/approve/confirm?state=");
    let page = browser.post("/approve/confirm", &answers(&state, "approve")).await;
    browser.get(&page.location()).await
}

/// CIBA Core §7.3, §10.1, §11.
#[tokio::test]
async fn a_client_gets_tokens_once_whoever_it_called_approved() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask(BANK)).await;
    assert_eq!((&told["expires_in"], &told["interval"]), (&json!(300), &json!(5)));
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "authorization_pending"));
    let hasty = polls(&mut bank, BANK, &told).await;
    assert_eq!(heard(&hasty), says(400, "slow_down"));
    assert_eq!(hasty.headers[header::RETRY_AFTER], "10");

    let letter = desk.newest();
    assert!(
        letter.starts_with("To: ada@example.com\nSubject: Big <Bank> asks for your approval\n"),
        "{letter}"
    );
    assert!(letter.contains("Order 42-17"), "{letter}");
    let mut browser = world.browser();
    let state = follows(&mut browser, &link(&letter), (EMAIL, PASSWORD)).await;
    let page = browser.get(&format!("/approve/confirm?state={state}")).await;
    for part in ["Approve Big &#60;Bank&#62;?", "Order 42-17", EMAIL, "Read your orders", API] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await).1, "slow_down", "looking is not approving");
    let page = browser.post("/approve/confirm", &answers(&state, "approve")).await;
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("You approved it"), "{}", page.body);
    world.later(15);
    let got = tokens(&polls(&mut bank, BANK, &told).await);
    assert_eq!(got["token_type"], "Bearer");
    assert!(got["refresh_token"].is_string() && got["id_token"].is_string(), "{got}");
    assert_eq!(world.events().await, ["ciba_exchange_succeeded", "s", "ciba_start_succeeded"]);

    // A second time takes back what the first one gave (RFC 6749 §4.1.2, as for codes).
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(403, "invalid_grant"));
    let refresh = Form::new().with("grant_type", "refresh_token").with("client_id", BANK);
    let refresh = refresh.with("client_secret", SECRET).with("refresh_token", text(&got, "refresh_token"));
    assert_eq!(heard(&bank.sends("/oauth/token", &refresh).await), says(403, "invalid_grant"));
}

/// RFC 9449 §5: the key that was shown at the beginning is the only one that may come back; conformance AS02.
#[tokio::test]
async fn a_call_with_a_key_brings_tokens_bound_to_it_and_to_nobody_else() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world).with_key();
    let bound = json!({
        "identifier": BOUND, "name": "Bound", "scopes": [{ "value": "read:orders" }],
        "proof_of_possession": { "mechanism": "dpop", "required": true },
    });
    world.insert::<ResourceServers>("bound", bound).await;
    let told = begins(&mut bank, &ask(BANK).without(&["audience"]).with("audience", BOUND)).await;
    approves(&world, &link(&desk.newest())).await;
    for mut thief in [Wire::new(&world).with_key(), Wire::new(&world)] {
        assert_eq!(polls(&mut thief, BANK, &told).await.status, StatusCode::BAD_REQUEST);
    }
    let other = polls(&mut bank, "other-bank", &told).await;
    assert_eq!(heard(&other), says(403, "invalid_grant"));
    assert_eq!(tokens(&polls(&mut bank, BANK, &told).await)["token_type"], "DPoP");
}

/// RFC 9449 §5.2; conformance AS07: nor does it lose the call by that.
#[tokio::test]
async fn a_caller_that_must_prove_a_key_gets_nothing_without() {
    let (world, desk) = world().await;
    let mut doc = bank();
    doc["require_proof_of_possession"] = true.into();
    world.insert::<Clients>("bound-bank", doc).await;
    let mut caller = Wire::new(&world);
    let told = begins(&mut caller, &ask("bound-bank").without(&["audience"])).await;
    approves(&world, &link(&desk.newest())).await;
    let bare = polls(&mut caller, "bound-bank", &told).await;
    assert_eq!(heard(&bare), says(400, "invalid_dpop_proof"));
    let mut caller = Wire::new(&world).with_key();
    assert_eq!(tokens(&polls(&mut caller, "bound-bank", &told).await)["token_type"], "DPoP");
}

/// CIBA Core §11. What was denied is denied once and for all.
#[tokio::test]
async fn a_person_who_denies_is_believed() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask(BANK)).await;
    let link = link(&desk.newest());
    let mut browser = world.browser();
    let state = follows(&mut browser, &link, (EMAIL, PASSWORD)).await;
    let page = browser.post("/approve/confirm", &answers(&state, "deny")).await;
    assert!(page.body.contains("You denied it"), "{}", page.body);
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "access_denied"));
    world.browser().get(&link).await.is_an_error_page("expired");
    let page = browser.post("/approve/confirm", &answers(&state, "approve")).await;
    assert!(!page.body.contains("You approved it"));
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "access_denied"));
    assert!(world.events().await.contains(&"f".to_owned()));
}

/// The link alone is of no use: whoever else has it, signed in as themselves, is asked to sign in as the other.
#[tokio::test]
async fn only_the_person_who_was_called_approves_or_denies() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask(BANK)).await;
    let link = link(&desk.newest());
    let mut eve = world.browser();
    let state = follows(&mut eve, &link, ("eve@example.com", PASSWORD)).await;
    eve.get(&format!("/approve/confirm?state={state}")).await.goes_to("/authorize/resume?state=");
    eve.get(&format!("/authorize/resume?state={state}")).await.goes_to("/u/login?state=");
    for action in ["approve", "deny"] {
        eve.post("/approve/confirm", &answers(&state, action)).await.goes_to("/authorize/resume?state=");
    }
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "authorization_pending"));

    // Another site approves nothing in Ada's name, nor does another browser with what Ada's page holds.
    let mut browser = world.browser();
    let state = follows(&mut browser, &link, (EMAIL, PASSWORD)).await;
    let yes = answers(&state, "approve");
    browser.post_from_elsewhere("/approve/confirm", &yes).await.is_an_error_page("expired");
    world.browser().post("/approve/confirm", &yes).await.is_an_error_page("expired");
    // Nor is signing in, or going on, enough.
    browser.get(&format!("/authorize/resume?state={state}")).await.goes_to("/approve/confirm?state=");
    world.later(5);
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "authorization_pending"));
}

/// A third party needs consent as well; the approval is asked for each time.
#[tokio::test]
async fn a_strangers_client_needs_consent_and_approval() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask("strange-bank")).await;
    let mut browser = world.browser();
    let state = follows(&mut browser, &link(&desk.newest()), (EMAIL, PASSWORD)).await;
    let page = browser.get(&format!("/authorize/resume?state={state}")).await;
    page.goes_to("/u/consent?state=");
    let page = browser.post("/u/consent", &answers(&state, "accept")).await;
    let page = browser.get(&page.location()).await;
    page.goes_to("/approve/confirm?state=");
    assert_eq!(heard(&polls(&mut bank, "strange-bank", &told).await), says(400, "authorization_pending"));
    let page = browser.post("/approve/confirm", &answers(&state, "approve")).await;
    browser.get(&page.location()).await;
    world.later(5);
    tokens(&polls(&mut bank, "strange-bank", &told).await);
}

/// CIBA Core §11: over once, and then unknown.
#[tokio::test]
async fn a_call_that_nobody_answers_is_over_when_the_client_said() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask(BANK).with("requested_expiry", "60")).await;
    assert_eq!(told["expires_in"], 60);
    world.later(61);
    world.browser().get(&link(&desk.newest())).await.is_an_error_page("expired");
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(400, "expired_token"));
    assert_eq!(heard(&polls(&mut bank, BANK, &told).await), says(403, "invalid_grant"));
}

/// CIBA Core §13, recorded-errors.json: what cannot be asked is refused, and nobody gets a letter.
#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_calls_nobody() {
    let (world, desk) = world().await;
    world.person("shut", "shut@example.com", json!({ "blocked": true })).await;
    let silent = json!({
        "user_id": "auth0|mute", "username": "mute", "name": "Mute",
        "identities": [{ "connection": "Username-Password-Authentication", "provider": "auth0", "user_id": "mute" }],
    });
    world.insert::<Users>("auth0|mute", silent).await;
    let but = |name: &str, value: &str| {
        let form = ask(BANK).without(&[name]);
        if value.is_empty() { form } else { form.with(name, value) }
    };
    let elsewhere =
        json!({ "format": "iss_sub", "iss": "https://else.example/", "sub": "auth0|ada" }).to_string();
    let long = "1".repeat(65);
    let mut bank = Wire::new(&world);
    for (form, status, error) in [
        (but("scope", "read:orders"), 400, "invalid_request"),
        (but("login_hint", "ada@example.com"), 400, "unknown_user_id"),
        (but("login_hint", &hint("auth0|nobody")), 400, "unknown_user_id"),
        (but("login_hint", &hint("auth0|shut")), 400, "unknown_user_id"),
        (but("login_hint", &elsewhere), 400, "unknown_user_id"),
        (but("login_hint", &hint("auth0|mute")), 403, "access_denied"),
        (but("login_hint", ""), 400, "invalid_request"),
        (ask(BANK).with("id_token_hint", "x.y.z"), 400, "invalid_request"),
        (but("binding_message", ""), 400, "invalid_request"),
        (but("binding_message", &long), 400, "invalid_binding_message"),
        (but("binding_message", "Pay\r\nBcc: x"), 400, "invalid_binding_message"),
        (but("binding_message", "Pay \u{202E}001"), 400, "invalid_binding_message"),
        (but("binding_message", "Pay \u{440}"), 400, "invalid_binding_message"),
        (but("requested_expiry", "0"), 400, "invalid_request"),
        (but("requested_expiry", "301"), 400, "invalid_request"),
        (but("audience", "https://nowhere.example/"), 403, "access_denied"),
        (ask(BANK).with("authorization_details", "[]"), 400, "invalid_request"),
        (but("client_secret", "wrong"), 401, "access_denied"),
        (ask("open-bank").without(&["client_secret"]), 403, "unauthorized_client"),
        (Form::new().with("client_id", "spa"), 400, "invalid_request"),
    ] {
        let page = bank.sends("/bc-authorize", &form).await;
        assert_eq!(heard(&page), says(status, error), "{form:?}: {}", page.body);
    }
    assert_eq!(desk.letters().len(), 0);
    assert!(world.events().await.iter().all(|kind| kind == "ciba_start_failed"));
}

/// Nobody is called until they say yes to be left alone.
#[tokio::test]
async fn a_person_is_called_ten_times_an_hour_and_no_more() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    for _ in 0..10 {
        begins(&mut bank, &ask(BANK)).await;
    }
    let page = bank.sends("/bc-authorize", &ask("other-bank")).await;
    assert_eq!(heard(&page), says(429, "too_many_requests"));
    assert_eq!(desk.letters().len(), 10);
}

/// Of several who poll at once for what was approved, one gets tokens.
#[tokio::test]
async fn an_approval_is_redeemed_once() {
    let (world, desk) = world().await;
    let mut bank = Wire::new(&world);
    let told = begins(&mut bank, &ask(BANK)).await;
    let link = link(&desk.newest());
    approves(&world, &link).await;
    world.browser().get(&link).await.is_an_error_page("expired");
    let mut wires = [Wire::new(&world), Wire::new(&world), Wire::new(&world)];
    let polling = wires.iter_mut().map(|wire| polls(wire, BANK, &told));
    let pages = futures_util::future::join_all(polling).await;
    assert_eq!(pages.iter().filter(|page| page.status == StatusCode::OK).count(), 1);
}
