//! Devices (RFC 8628), from their codes over the pages a person sees to the tokens.

use http::{StatusCode, header};
use keybound_proto::form::Form;
use keybound_store::documents::Clients;
use serde_json::{Value, json};

use crate::{
    wire::{Wire, heard, says, text, tokens},
    world::{API, Browser, EMAIL, ISSUER, PASSWORD, Page, World, credentials},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A world with televisions in it.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    for (id, party) in [("tv", true), ("other-tv", true), ("strange-tv", false)] {
        world.insert::<Clients>(id, television(id, party)).await;
    }
    world
}

fn television(id: &str, party: bool) -> Value {
    json!({
        "client_id": id, "name": "Living <Room>", "app_type": "native", "is_first_party": party,
        "token_endpoint_auth_method": "none", "callbacks": [], "grant_types": [GRANT, "refresh_token"],
    })
}

/// A device, with a key or without.
pub(crate) struct Device<'a> {
    wire: Wire<'a>,
    client: &'static str,
}

impl<'a> Device<'a> {
    pub(crate) fn new(world: &'a World, client: &'static str) -> Self {
        Self { wire: Wire::new(world), client }
    }

    fn with_key(self) -> Self {
        Self { wire: self.wire.with_key(), ..self }
    }

    async fn sends(&mut self, path: &str, form: &Form) -> Page {
        self.wire.sends(path, form).await
    }

    pub(crate) async fn begins(&mut self, scope: &str) -> Value {
        let form = Form::new().with("client_id", self.client).with("scope", scope).with("audience", API);
        let page = self.sends("/oauth/device/code", &form).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        serde_json::from_str(&page.body).unwrap()
    }

    async fn polls(&mut self, told: &Value) -> Page {
        let form = Form::new().with("grant_type", GRANT).with("client_id", self.client);
        self.sends("/oauth/token", &form.with("device_code", text(told, "device_code"))).await
    }
}

/// A person types the code in: the `state` of the page that asks whether it is theirs.
pub(crate) async fn types(browser: &mut Browser, code: &str) -> String {
    let page = browser.post("/activate", &Form::new().with("user_code", code)).await;
    page.goes_to("/activate/confirm?state=");
    page.param("state")
}

fn says_yes(state: &str) -> Form {
    Form::new().with("state", state).with("action", "confirm")
}

/// Ada types the code in, says that it is hers and signs in.
async fn lets_in(world: &World, told: &Value) {
    let mut browser = world.browser();
    let state = types(&mut browser, text(told, "user_code")).await;
    let page = browser.post("/activate/confirm", &says_yes(&state)).await;
    let page = browser.get(&page.location()).await;
    page.goes_to("/u/login?state=");
    let page = browser.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("Your device is connected"), "{}", page.body);
}

/// RFC 8628 §3.2 to §3.5.
#[tokio::test]
async fn a_device_gets_tokens_once_its_user_said_yes() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid offline_access read:orders").await;
    assert_eq!(told["verification_uri"], format!("{ISSUER}activate"));
    let complete = format!("{ISSUER}activate?user_code={}", text(&told, "user_code"));
    assert_eq!(told["verification_uri_complete"], complete);
    assert_eq!((&told["expires_in"], &told["interval"]), (&json!(900), &json!(5)));
    assert_eq!(heard(&device.polls(&told).await), says(403, "authorization_pending"));

    lets_in(&world, &told).await;
    let got = tokens(&device.polls(&told).await);
    assert_eq!(got["token_type"], "Bearer");
    assert!(got["refresh_token"].is_string() && got["id_token"].is_string(), "{got}");
    assert_eq!(world.events().await, ["sede", "s"]);
}

/// RFC 8628 §5.4: what was given is taken back when somebody comes a second time; conformance A15.
#[tokio::test]
async fn a_device_code_is_redeemed_once() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid offline_access").await;
    lets_in(&world, &told).await;
    let got = tokens(&device.polls(&told).await);
    assert_eq!(heard(&device.polls(&told).await), says(403, "invalid_grant"));
    let refresh = Form::new()
        .with("grant_type", "refresh_token")
        .with("client_id", "tv")
        .with("refresh_token", text(&got, "refresh_token"));
    assert_eq!(heard(&device.sends("/oauth/token", &refresh).await), says(403, "invalid_grant"));
}

/// RFC 9449 §5: and the key that was shown at the beginning is the only one that may come back.
/// Conformance AS02 and A15.
#[tokio::test]
async fn a_device_with_a_key_gets_tokens_bound_to_it_and_nobody_else_does() {
    let world = world().await;
    let mut device = Device::new(&world, "tv").with_key();
    let told = device.begins("openid offline_access").await;
    lets_in(&world, &told).await;
    let mut thief = Device::new(&world, "tv").with_key();
    assert_eq!(heard(&thief.polls(&told).await), says(400, "invalid_grant"));
    let mut thief = Device::new(&world, "tv");
    assert_eq!(heard(&thief.polls(&told).await), says(400, "invalid_dpop_proof"));
    let got = tokens(&device.polls(&told).await);
    assert!(got["refresh_token"].is_string(), "{got}");
    let mut thief = Device::new(&world, "tv").with_key();
    assert_eq!(heard(&thief.polls(&told).await), says(400, "invalid_grant"));
}

/// RFC 9449 §5.2; conformance AS07: nor does it lose its code by that.
#[tokio::test]
async fn a_device_that_must_prove_a_key_gets_nothing_without() {
    let world = world().await;
    let mut doc = television("bound-tv", true);
    doc["require_proof_of_possession"] = true.into();
    world.insert::<Clients>("bound-tv", doc).await;
    // For nothing but the userinfo endpoint, which takes tokens of either kind.
    let form = Form::new().with("client_id", "bound-tv").with("scope", "openid");
    let page = Device::new(&world, "bound-tv").sends("/oauth/device/code", &form).await;
    let told = serde_json::from_str(&page.body).unwrap();
    lets_in(&world, &told).await;
    let bare = Device::new(&world, "bound-tv").polls(&told).await;
    assert_eq!(heard(&bare), says(400, "invalid_dpop_proof"));
    let got = tokens(&Device::new(&world, "bound-tv").with_key().polls(&told).await);
    assert_eq!(got["token_type"], "DPoP");
}

/// RFC 8628 §3.5: each time, it has to wait longer; conformance A15.
#[tokio::test]
async fn a_device_in_haste_is_slowed_down() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid").await;
    assert_eq!(heard(&device.polls(&told).await), says(403, "authorization_pending"));
    assert_eq!(heard(&device.polls(&told).await), says(429, "slow_down"));
    world.later(5);
    assert_eq!(heard(&device.polls(&told).await), says(403, "authorization_pending"));
    world.later(5);
    assert_eq!(heard(&device.polls(&told).await), says(429, "slow_down"));
    world.later(10);
    assert_eq!(heard(&device.polls(&told).await), says(403, "authorization_pending"));
}

/// RFC 8628 §3.5; conformance A15.
#[tokio::test]
async fn a_code_nobody_answered_is_over_and_then_unknown() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid").await;
    world.later(901);
    assert_eq!(heard(&device.polls(&told).await), says(403, "expired_token"));
    assert_eq!(heard(&device.polls(&told).await), says(403, "invalid_grant"));
    let form = Form::new().with("user_code", text(&told, "user_code"));
    let page = world.browser().post("/activate", &form).await;
    assert!(page.body.contains("No device shows this code now"), "{}", page.body);
}

/// RFC 8628 §3.3, §5.4.
#[tokio::test]
async fn a_person_who_says_no_is_believed() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid").await;
    let mut browser = world.browser();
    let state = types(&mut browser, text(&told, "user_code")).await;
    let page = browser.get(&format!("/activate/confirm?state={state}")).await;
    for part in ["Connect Living &#60;Room&#62;?", text(&told, "user_code"), "will be signed in as you"] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let no = Form::new().with("state", &state).with("action", "cancel");
    let page = browser.post("/activate/confirm", &no).await;
    assert!(page.body.contains("was not connected"), "{}", page.body);
    assert_eq!(heard(&device.polls(&told).await), says(403, "access_denied"));
    assert_eq!(world.events().await, ["fede", "fdecc"]);
}

/// Whoever does not confirm the code signs in and connects nothing.
#[tokio::test]
async fn no_device_is_let_in_by_signing_in_alone() {
    let world = world().await;
    let mut device = Device::new(&world, "tv");
    let told = device.begins("openid").await;
    let mut browser = world.signed_in().await;
    let state = types(&mut browser, text(&told, "user_code")).await;
    browser.get(&format!("/authorize/resume?state={state}")).await.goes_to("/activate/confirm?state=");
    let yes = says_yes(&state);
    browser.post_from_elsewhere("/activate/confirm", &yes).await.is_an_error_page("expired");
    world.browser().post("/activate/confirm", &yes).await.is_an_error_page("expired");
    assert_eq!(heard(&device.polls(&told).await), says(403, "authorization_pending"));
}

/// A link with the code in it fills in a field and does nothing else (RFC 8628 §3.3.1); conformance A15.
#[tokio::test]
async fn a_link_with_the_code_still_asks() {
    let world = world().await;
    let told = Device::new(&world, "tv").begins("openid").await;
    let code = text(&told, "user_code");
    let mut browser = world.signed_in().await;
    let page = browser.get(&format!("/activate?user_code={code}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains(&format!("value=\"{code}\"")), "{}", page.body);
    let page = browser.get("/activate?user_code=%22%3E%3Cscript%3E").await;
    assert!(!page.body.contains("script>"), "{}", page.body);
    let form = Form::new().with("user_code", code);
    browser.post_from_elsewhere("/activate", &form).await.is_an_error_page("expired");
}

/// A third party's device asks for consent, and no there is no.
#[tokio::test]
async fn somebody_elses_device_needs_consent() {
    let world = world().await;
    let mut device = Device::new(&world, "strange-tv");
    let told = device.begins("openid read:orders").await;
    let mut browser = world.signed_in().await;
    let state = types(&mut browser, &text(&told, "user_code").to_lowercase().replace('-', "")).await;
    let page = browser.post("/activate/confirm", &says_yes(&state)).await;
    let page = browser.get(&page.location()).await;
    page.goes_to("/u/consent?state=");
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("Read your orders") && page.body.contains("your device"), "{}", page.body);
    let page = browser.post("/u/consent", &Form::new().with("state", &state).with("action", "deny")).await;
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("was not connected"), "{}", page.body);
    assert_eq!(heard(&device.polls(&told).await), says(403, "access_denied"));
}

/// One code lets one person in.
#[tokio::test]
async fn a_user_code_serves_one_person() {
    let world = world().await;
    let told = Device::new(&world, "tv").begins("openid").await;
    let (mut one, mut two) = (world.browser(), world.browser());
    let first = types(&mut one, text(&told, "user_code")).await;
    let second = types(&mut two, text(&told, "user_code")).await;
    one.post("/activate/confirm", &says_yes(&first)).await.goes_to("/authorize/resume?state=");
    two.post("/activate/confirm", &says_yes(&second)).await.is_an_error_page("no device shows this code");
}

/// RFC 8628 §5.1; conformance A15 and A3 row 17.
#[tokio::test]
async fn codes_cannot_be_guessed_without_end() {
    let world = world().await;
    let told = Device::new(&world, "tv").begins("openid").await;
    let mut browser = world.browser();
    for _ in 0..20 {
        let page = browser.post("/activate", &Form::new().with("user_code", "BBBB-BBBB")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    let page = browser.post("/activate", &Form::new().with("user_code", text(&told, "user_code"))).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS, "{}", page.body);
    assert_eq!(world.events().await[..2], ["api_limit", "fdeac"]);
    let mut neighbour = world.browser();
    neighbour.address = "198.51.100.9:5000".parse().unwrap();
    types(&mut neighbour, text(&told, "user_code")).await;
}

/// RFC 8628 §3.1, §3.4: only for clients that ask for the grant, and each its own codes; conformance A15.
#[tokio::test]
async fn a_device_code_is_its_clients_alone() {
    let world = world().await;
    let told = Device::new(&world, "tv").begins("openid").await;
    let mut other = Device::new(&world, "other-tv");
    assert_eq!(heard(&other.polls(&told).await), says(403, "invalid_grant"));
    lets_in(&world, &told).await;
    assert_eq!(heard(&other.polls(&told).await), says(403, "invalid_grant"));
    let mut spa = Device::new(&world, "spa");
    assert_eq!(heard(&spa.polls(&told).await), says(403, "unauthorized_client"));
    let form = Form::new().with("client_id", "spa");
    assert_eq!(heard(&spa.sends("/oauth/device/code", &form).await), says(403, "unauthorized_client"));
    let form = Form::new().with("client_id", "tv").with("audience", "https://nowhere.example/");
    assert_eq!(heard(&other.sends("/oauth/device/code", &form).await), says(403, "access_denied"));
    tokens(&Device::new(&world, "tv").polls(&told).await);
}
