//! Second factors that administrators enrol, name and remove: felt on the page that asks for one; what devices hold.

use http::StatusCode;
use keybound_proto::form::Form;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    factors::{ALL, ALWAYS, Authenticator, BOTH, wanted},
    world::{Browser, EMAIL, PASSWORD, Page, World, ask, credentials},
};

const METHODS: &str = "users/auth0%7Cada/authentication-methods";
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

#[cfg(test)]
mod helpers {
    use super::*;

    /// The page for the second factor, and its state: where the password leads.
    pub(super) async fn to_page(browser: &mut Browser) -> (Page, String) {
        let page = browser.asks(&ask("spa")).await;
        let page = browser.post("/u/login", &credentials(&page.param("state"), EMAIL, PASSWORD)).await;
        let page = browser.get(&page.location()).await;
        page.goes_to("/u/mfa?state=");
        let (location, state) = (page.location(), page.param("state"));
        (browser.get(&location).await, state)
    }

    pub(super) async fn types(browser: &mut Browser, state: &str, code: &str) -> Page {
        browser.post("/u/mfa", &Form::new().with("state", state).with("code", code)).await
    }

    impl World {
        pub(crate) async fn enrols(&self, body: Value, status: u16) -> Value {
            let (got, told) = self.manages("POST", METHODS, body.clone()).await;
            assert_eq!(got, status, "{body}: {told}");
            told
        }
    }
}

use helpers::{to_page, types};

#[tokio::test]
async fn digits_that_an_administrator_enrolled_are_asked_for_and_do_until_they_are_removed() {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let made = world.enrols(json!({ "type": "totp", "name": "Phone", "totp_secret": SECRET }), 201).await;
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("totp|dev_") && id.len() == 25, "{id}");
    assert!(!made.to_string().contains(SECRET));
    let listed = world.sees(&format!("{METHODS}?include_totals=true")).await;
    assert_eq!((&listed["total"], &listed["authenticators"][0]["id"]), (&json!(1), &made["id"]));
    assert_eq!(listed["authenticators"][0]["confirmed"], true);
    world.enrols(json!({ "type": "totp", "totp_secret": SECRET }), 409).await;

    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser).await;
    assert!(page.body.contains("Verify your identity"), "{}", page.body);
    let digits = Authenticator::of(SECRET).digits(world.clock.now());
    let page = types(&mut browser, &state, &digits).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    browser.get(&page.location()).await.brings_a_code();

    let one = format!("{METHODS}/{}", id.replace('|', "%7C"));
    let (status, told) = world.manages("PATCH", &one, json!({ "name": "Tablet" })).await;
    assert_eq!((status, &told["name"], &told["id"]), (200, &json!("Tablet"), &json!(id)));
    assert_eq!(world.sees(&one).await["name"], "Tablet");
    let enrolments = world.sees("users/auth0%7Cada/enrollments").await;
    assert_eq!(
        (&enrolments[0]["status"], &enrolments[0]["auth_method"]),
        (&json!("confirmed"), &json!("authenticator"))
    );
    world.does("DELETE", &one, 204).await;
    world.does("DELETE", &one, 404).await;
    world.does("GET", &one, 404).await;
    let (page, _) = to_page(&mut world.browser()).await;
    assert!(page.body.contains("Secure your account"), "{}", page.body);
}

#[tokio::test]
async fn letters_go_to_the_address_that_an_administrator_enrolled() {
    let desk = Desk::default();
    let world = World::told(|config| config.email = desk.email()).await;
    wanted(&world.app, ALWAYS, ALL).await;
    let made = world.enrols(json!({ "type": "email", "email": "Safe@Example.org" }), 201).await;
    assert_eq!(made["email"], "****@exam*******");
    let mut browser = world.browser();
    let (page, state) = to_page(&mut browser).await;
    assert!(page.body.contains("s***@example.org"), "{}", page.body);
    browser.post("/u/mfa", &Form::new().with("state", &state).with("action", "email")).await;
    let letter = desk.newest();
    assert!(letter.contains("safe@example.org") && !letter.contains(EMAIL), "{letter}");
}

#[tokio::test]
async fn what_nobody_signs_in_by_is_kept_and_shown_and_put_in_the_place_of_all() {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let all = json!([
        { "type": "email", "name": "Mail", "email": "foo@example.com" },
        { "type": "phone", "name": "Phone", "phone_number": "+44207183875044", "preferred_authentication_method": "sms" },
        { "type": "totp", "name": "Digits", "totp_secret": SECRET },
    ]);
    world.enrols(json!({ "type": "totp" }), 201).await;
    let (status, made) = world.manages("PUT", METHODS, all).await;
    assert_eq!(status, 200, "{made}");
    let kinds: Vec<_> = made.as_array().unwrap().iter().map(|one| one["type"].clone()).collect();
    assert_eq!(kinds, ["email", "phone", "totp"]);
    assert_eq!(made[1]["authentication_methods"][0]["type"], "sms");
    let listed = world.sees(METHODS).await;
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let phone = listed.as_array().unwrap().iter().find(|one| one["type"] == "phone").unwrap();
    assert_eq!(phone["phone_number"], "XXXXXXXXXXX5044");
    let page = world.sees(&format!("{METHODS}?page=1&per_page=2")).await;
    assert_eq!(page.as_array().unwrap().len(), 1);
    // All or none.
    let twice = json!([{ "type": "totp" }, { "type": "totp" }]);
    assert_eq!(world.manages("PUT", METHODS, twice).await.0, 409);
    assert_eq!(world.sees(METHODS).await, listed);
    assert_eq!(world.manages("PUT", METHODS, json!([])).await.0, 200);
    assert_eq!(world.sees(METHODS).await, json!([]));
    world.enrols(json!({ "type": "webauthn-roaming", "key_id": "k", "public_key": "p" }), 201).await;
    world.does("DELETE", METHODS, 204).await;
    assert_eq!(world.sees(METHODS).await, json!([]));
}

#[tokio::test]
async fn what_is_no_factor_or_nobodys_is_refused() {
    let world = World::new().await;
    for body in [
        json!({}),
        json!({ "type": "carrier-pigeon" }),
        json!({ "type": "email" }),
        json!({ "type": "email", "email": "no address" }),
        json!({ "type": "phone" }),
        json!({ "type": "totp", "totp_secret": "GEZD" }),
        json!({ "type": "totp", "totp_secret": "189!" }),
        json!({ "type": "totp", "name": "x".repeat(21) }),
        json!({ "type": "totp", "more": 1 }),
    ] {
        world.enrols(body, 400).await;
    }
    for wrong in [json!({}), json!([1]), json!([{ "type": "passkey" }])] {
        assert_eq!(world.manages("PUT", METHODS, wrong.clone()).await.0, 400, "{wrong}");
    }
    let id = world.enrols(json!({ "type": "totp" }), 201).await["id"].as_str().unwrap().replace('|', "%7C");
    world.person("eve", "eve@example.com", json!({})).await;
    for path in ["users/auth0%7Ceve", "users/auth0%7Cnobody"] {
        world.does("GET", &format!("{path}/authentication-methods/{id}"), 404).await;
        world.does("DELETE", &format!("{path}/authentication-methods/{id}"), 404).await;
    }
    let renamed = json!({ "name": "x" });
    assert_eq!(
        world.manages("PATCH", &format!("users/auth0%7Ceve/authentication-methods/{id}"), renamed).await.0,
        404
    );
    for path in ["authentication-methods", "enrollments"] {
        world.does("GET", &format!("users/auth0%7Cnobody/{path}"), 404).await;
    }
    assert_eq!(world.sees(METHODS).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_recovery_code_takes_the_place_of_the_one_before_and_lets_in() {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let path = "users/auth0%7Cada/recovery-code-regeneration";
    let code = async || world.does("POST", path, 200).await["recovery_code"].as_str().unwrap().to_owned();
    world.enrols(json!({ "type": "totp", "totp_secret": SECRET }), 201).await;
    let (old, new) = (code().await, code().await);
    assert!(new.len() == 24 && new != old, "{new}");
    let mut browser = world.browser();
    let (_, state) = to_page(&mut browser).await;
    assert_eq!(types(&mut browser, &state, &old).await.status, StatusCode::BAD_REQUEST);
    let page = types(&mut browser, &state, &new).await;
    assert!(page.status == StatusCode::OK || page.status == StatusCode::SEE_OTHER, "{}", page.body);
    world.does("DELETE", "users/auth0%7Cada/multifactor/duo", 204).await;
    assert_eq!(world.sees(METHODS).await.as_array().unwrap().len(), 2);
    world.does("DELETE", "users/auth0%7Cada/multifactor/google-authenticator", 204).await;
    assert_eq!(world.sees(METHODS).await, json!([]));
    world.does("DELETE", "users/auth0%7Cada/multifactor/abacus", 400).await;
    world.does("POST", "users/auth0%7Cada/multifactor/actions/invalidate-remember-browser", 204).await;
    for path in ["recovery-code-regeneration", "multifactor/actions/invalidate-remember-browser"] {
        world.does("POST", &format!("users/auth0%7Cnobody/{path}"), 404).await;
    }
}

#[tokio::test]
async fn what_devices_hold_is_listed_and_taken_away_by_its_owner_or_an_administrator() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let token = world.refresh_token(&mut browser, "spa").await;
    let ada = world.management_token("auth0|ada", OWN).await;
    let key = json!({ "device_name": "Phone", "type": "public_key", "value": "QUJD", "device_id": "ab-12" });
    let (status, made) = world.manages_with(&ada, ("POST", "device-credentials"), key.clone()).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(made, json!({ "id": id }));
    assert_eq!(world.manages_with(&ada, ("POST", "device-credentials"), key.clone()).await.0, 409);
    assert_eq!(world.manages("POST", "device-credentials", key.clone()).await.0, 201, "nobody's is another");
    let all = world.sees("device-credentials?user_id=auth0%7Cada&include_totals=true").await;
    assert_eq!((&all["total"], &all["start"]), (&json!(2), &json!(0)), "{all}");
    assert!(!all.to_string().contains("QUJD"));
    let keys = world.sees("device-credentials?user_id=auth0%7Cada&type=public_key").await;
    assert_eq!(
        keys[0],
        json!({
            "id": id, "type": "public_key", "user_id": "auth0|ada", "device_id": "ab-12", "device_name": "Phone",
        })
    );
    let mut held = Vec::new();
    for kind in ["refresh_token", "rotating_refresh_token"] {
        let found =
            world.sees(&format!("device-credentials?user_id=auth0%7Cada&client_id=spa&type={kind}")).await;
        held.extend(found.as_array().unwrap().clone());
    }
    assert_eq!(held.len(), 1);
    assert_eq!(world.manages("GET", "device-credentials?type=passport", Value::Null).await.0, 400);
    for (name, wrong) in
        [("type", json!("refresh_token")), ("device_id", json!("x".repeat(37))), ("value", Value::Null)]
    {
        let mut body = key.clone();
        body[name] = wrong;
        assert_eq!(world.manages("POST", "device-credentials", body).await.0, 400, "{name}");
    }

    let eve = world.management_token("auth0|eve", OWN).await;
    let family = held[0]["id"].as_str().unwrap();
    for named in [id, family] {
        let path = format!("device-credentials/{named}");
        assert_eq!(world.manages_with(&eve, ("DELETE", &path), Value::Null).await.0, 403, "{named}");
        assert_eq!(world.manages_with(&ada, ("DELETE", &path), Value::Null).await.0, 204, "{named}");
        world.does("DELETE", &path, 204).await;
    }
    world.refreshes("spa", &token).await.unwrap_err();
    assert_eq!(world.sees("device-credentials?user_id=auth0%7Cada").await, json!([]));
}

const OWN: &str = "create:current_user_device_credentials delete:current_user_device_credentials";
