//! Requests sent ahead (RFC 9126), from the push to the code.

use http::{Request, header};
use keybound_proto::form::Form;
use keybound_store::documents::Clients;
use serde_json::{Value, json};

use crate::{
    wire::{self, Wire},
    world::{Browser, CALLBACK, CHALLENGE, Page, World, ask, but},
};

const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

async fn sends(browser: &mut Browser, form: &Form) -> Page {
    let request =
        Request::post("/oauth/par").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    browser.send(request, form.encode()).await
}

/// Pushes, and names what the server called it.
async fn pushes(browser: &mut Browser, form: &Form) -> String {
    let page = sends(browser, form).await;
    assert_eq!(page.status, 201, "{}", page.body);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(page.headers[header::CONTENT_TYPE], "application/json");
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(told["expires_in"], 30);
    let uri = told["request_uri"].as_str().unwrap();
    assert!(uri.strip_prefix(PREFIX).unwrap().len() >= 22, "{uri}");
    uri.to_owned()
}

fn named(client: &str, uri: &str) -> Form {
    Form::new().with("client_id", client).with("request_uri", uri)
}

#[track_caller]
fn refused(page: &Page, status: u16, error: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(told["error"], error, "{}", page.body);
    assert!(page.headers.get(header::WWW_AUTHENTICATE).is_none() || status == 401);
}

/// RFC 9126 §2.2, §4.
#[tokio::test]
async fn a_pushed_request_is_answered_as_if_the_browser_had_brought_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let uri = pushes(&mut browser, &ask("spa")).await;
    let code = browser.signs_in(&named("spa", &uri)).await.brings_a_code();
    assert!(!code.is_empty());
}

/// RFC 9449 §10.1; conformance AS23: the code is for whoever pushed, by the key it showed.
#[tokio::test]
async fn the_key_that_pushed_a_request_is_the_only_one_for_its_code() {
    let world = World::new().await;
    let (mut owner, mut thief) = (Wire::new(&world).with_key(), Wire::new(&world).with_key());
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let redeem = |code: &str| {
        let form = Form::new().with("grant_type", "authorization_code").with("client_id", "spa");
        form.with("code", code).with("redirect_uri", CALLBACK).with("code_verifier", verifier)
    };
    let pushed = owner.sends("/oauth/par", &ask("spa")).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    let told: Value = serde_json::from_str(&pushed.body).unwrap();
    let uri = wire::text(&told, "request_uri");
    let code = world.browser().signs_in(&named("spa", uri)).await.brings_a_code();
    let stolen = thief.sends("/oauth/token", &redeem(&code)).await;
    assert_eq!(wire::heard(&stolen), wire::says(400, "invalid_grant"));
    let bare = Wire::new(&world).sends("/oauth/token", &redeem(&code)).await;
    assert_eq!(wire::heard(&bare), wire::says(400, "invalid_dpop_proof"));
    let tokens = wire::tokens(&owner.sends("/oauth/token", &redeem(&code)).await);
    assert!(tokens["access_token"].is_string(), "{tokens}");
}

/// RFC 9126 §4: parameters beside the name are passed over, but for the client's; conformance A6.
#[tokio::test]
async fn what_the_browser_says_beside_the_name_does_not_count() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let uri = pushes(&mut browser, &ask("spa")).await;
    let more = named("spa", &uri).with("redirect_uri", "https://evil.example/cb").with("state", "other");
    browser.asks(&more.with("response_mode", "fragment")).await.brings_a_code();
}

/// RFC 9126 §7.3: a person may reload the page; what was answered is over; conformance A6.
#[tokio::test]
async fn a_name_serves_until_it_is_answered_and_no_longer() {
    let world = World::new().await;
    let mut browser = world.browser();
    let uri = pushes(&mut browser, &ask("spa")).await;
    let first = browser.asks(&named("spa", &uri)).await;
    let second = browser.asks(&named("spa", &uri)).await;
    first.goes_to("/u/login");
    second.goes_to("/u/login");
    browser.signs_in(&named("spa", &uri)).await.brings_a_code();
    browser.asks(&named("spa", &uri)).await.is_an_error_page("invalid_request_uri");
    // The page that was still open leads to the client, and to no second code.
    let resumed = browser.get(&format!("/authorize/resume?state={}", first.param("state"))).await;
    resumed.refuses("invalid_request_uri");
}

/// A form that is sent twice is answered twice, pushed or not.
#[tokio::test]
async fn a_second_click_of_the_same_hand_is_no_second_use() {
    let world = World::new().await;
    let mut browser = world.browser();
    let uri = pushes(&mut browser, &ask("spa")).await;
    let page = browser.asks(&named("spa", &uri)).await;
    let form = crate::world::credentials(&page.param("state"), crate::world::EMAIL, crate::world::PASSWORD);
    let resume = browser.post("/u/login", &form).await.location();
    browser.get(&resume).await.brings_a_code();
    browser.get(&resume).await.brings_a_code();
}

/// RFC 9126 §4, §7.1; conformance A6.
#[tokio::test]
async fn a_name_that_is_unknown_over_or_anothers_opens_nothing() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let uri = pushes(&mut browser, &ask("spa")).await;
    for (client, uri) in [("third", uri.as_str()), ("spa", &format!("{PREFIX}guessed")), ("spa", PREFIX)] {
        browser.asks(&named(client, uri)).await.is_an_error_page("invalid_request_uri");
    }
    browser.asks(&Form::new().with("request_uri", &uri)).await.is_an_error_page("client_id");
    browser.asks(&named("spa", &uri)).await.brings_a_code();
    let late = pushes(&mut browser, &ask("spa")).await;
    world.later(31);
    browser.asks(&named("spa", &late)).await.is_an_error_page("invalid_request_uri");
}

/// RFC 9126 §2.3: what is wrong is told to the client at once, and not to a person later; conformance A6.
#[tokio::test]
async fn everything_wrong_with_a_request_is_told_when_it_is_pushed() {
    let world = World::new().await;
    let mut browser = world.browser();
    let spa = ask("spa");
    for (name, value, status, error) in [
        ("redirect_uri", "https://evil.example/cb", 400, "invalid_request"),
        ("response_type", "none", 400, "unsupported_response_type"),
        ("scope", "openid \"quoted\"", 400, "invalid_scope"),
        ("code_challenge", "", 400, "invalid_request"),
        ("code_challenge_method", "plain", 400, "invalid_request"),
        ("prompt", "none login", 400, "invalid_request"),
        ("dpop_jkt", "short", 400, "invalid_request"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:x", 400, "invalid_request"),
        ("request", "eyJ", 400, "invalid_request_object"),
        ("client_id", "nobody", 401, "invalid_client"),
        ("client_id", "", 400, "invalid_request"),
        ("audience", "https://unknown.example/", 403, "access_denied"),
    ] {
        refused(&sends(&mut browser, &but(&spa, name, value)).await, status, error);
    }
    refused(&sends(&mut browser, &but(&spa, "client_id", "machine")).await, 403, "unauthorized_client");
    assert!(world.events().await.iter().all(|code| code == "fpar"));
}

/// RFC 9126 §2: authenticated as at the token endpoint; no secret is kept, nor goes on to a page; conformance A6.
#[tokio::test]
async fn a_client_with_a_secret_shows_it_when_it_pushes() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let web = ask("web");
    refused(&sends(&mut browser, &web).await, 401, "invalid_client");
    refused(&sends(&mut browser, &but(&web, "client_secret", "wrong")).await, 401, "access_denied");
    let uri = pushes(&mut browser, &but(&web, "client_secret", "s3cret")).await;
    browser.asks(&named("web", &uri)).await.brings_a_code();
}

/// RFC 9126 §6; Auth0's `require_pushed_authorization_requests` and `par_request_expiry`; conformance A6.
#[tokio::test]
async fn a_client_that_must_push_gets_nothing_without() {
    let world = World::new().await;
    let client = json!({
        "client_id": "strict", "name": "Strict", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code"],
        "require_pushed_authorization_requests": true, "par_request_expiry": 90,
    });
    world.insert::<Clients>("strict", client).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask("strict")).await.refuses("invalid_request");
    let page = sends(&mut browser, &ask("strict")).await;
    let told: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(told["expires_in"], 90);
    world.later(80);
    browser.asks(&named("strict", told["request_uri"].as_str().unwrap())).await.brings_a_code();
}

/// A public client shows nothing: it may not fill the memory; conformance A6.
#[tokio::test]
async fn a_stranger_may_push_a_thousand_requests_in_ten_minutes_and_no_more() {
    let world = World::new().await;
    let mut browser = world.browser();
    let form = Form::new().with("client_id", "spa").with("response_type", "code");
    let form = form.with("redirect_uri", CALLBACK).with("code_challenge", CHALLENGE);
    let form = form.with("code_challenge_method", "S256");
    for _ in 0..1_000 {
        assert_eq!(sends(&mut browser, &form).await.status, 201);
    }
    refused(&sends(&mut browser, &form).await, 429, "too_many_requests");
}
