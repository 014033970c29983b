//! Links by which somebody sets up a second factor.

use http::StatusCode;
use keybound_proto::form::Form;
use serde_json::{Value, json};

use crate::{
    desk::Desk,
    factors::{ALWAYS, Authenticator, BOTH, wanted},
    world::{Browser, EMAIL, ISSUER, Page, World, ask},
};

const PAGE: &str = "/u/mfa-enrollment";

async fn given(world: &World, more: Value) -> String {
    let mut body = json!({ "user_id": "auth0|ada" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let (status, told) = world.manages("POST", "guardian/enrollments/ticket", body).await;
    assert_eq!(status, 200, "{told}");
    let (id, address) = (told["ticket_id"].as_str().unwrap(), told["ticket_url"].as_str().unwrap());
    assert!(address.starts_with(ISSUER) && address.ends_with(&format!("?ticket={id}")), "{told}");
    address.to_owned()
}

fn form(ticket: &str) -> Form {
    Form::new().with("ticket", ticket.split_once("ticket=").unwrap().1)
}

/// What stands between these on a page.
fn between<'p>(page: &'p Page, before: &str, after: &str) -> Vec<&'p str> {
    page.body.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

fn kept(page: &Page) -> &str {
    between(page, "name=\"kept\" value=\"", "\"")[0]
}

async fn begins(browser: &mut Browser, ticket: &str) -> (Page, Authenticator) {
    let page = browser.post(PAGE, &form(ticket)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let codes = between(&page, "<p class=\"code\">", "</p>");
    assert_eq!(codes.len(), 2, "a key, and a recovery code");
    let authenticator = Authenticator::of(codes[0]);
    (page, authenticator)
}

#[tokio::test]
async fn who_has_a_ticket_sets_up_an_authenticator_once() {
    let world = World::new().await;
    wanted(&world.app, ALWAYS, BOTH).await;
    let (ticket, other) = (given(&world, json!({})).await, given(&world, json!({})).await);
    let mut browser = world.browser();
    let page = browser.get(&ticket).await;
    assert!(page.status == StatusCode::OK && page.body.contains(EMAIL), "{}", page.body);
    assert!(!page.body.contains("class=\"code\""), "looking does nothing");
    browser.post_from_elsewhere(PAGE, &form(&ticket)).await.is_an_error_page("expired");
    let (page, authenticator) = begins(&mut browser, &ticket).await;
    let kept = kept(&page).to_owned();
    let wrong = browser.post(PAGE, &form(&ticket).with("kept", &kept).with("code", "000000")).await;
    assert!(wrong.status == StatusCode::BAD_REQUEST && wrong.body.contains("The code is wrong."));
    let digits = authenticator.digits(world.clock.now());
    // What one ticket began is not gone on with by another.
    let foreign = browser.post(PAGE, &form(&other).with("kept", &kept).with("code", &digits)).await;
    assert!(foreign.body.contains("Add this key"), "{}", foreign.body);
    let (page, authenticator) = begins(&mut browser, &ticket).await;
    let kept = self::kept(&page).to_owned();
    let digits = authenticator.digits(world.clock.now());
    let page = browser.post(PAGE, &form(&ticket).with("kept", &kept).with("code", &digits)).await;
    assert!(page.status == StatusCode::OK && page.body.contains("Your account is secured"), "{}", page.body);
    for used in [&ticket, &other] {
        browser.get(used).await.is_an_error_page("This link has expired");
        browser.post(PAGE, &form(used)).await.is_an_error_page("This link has expired");
    }
    let methods = world.sees("users/auth0%7Cada/authentication-methods").await;
    let totp = methods.as_array().unwrap().iter().find(|one| one["type"] == "totp");
    assert_eq!(totp.unwrap()["confirmed"], true, "{methods}");
    let late = given(&world, json!({})).await;
    browser.post(PAGE, &form(&late)).await.is_an_error_page("You have an authenticator");
    let mut elsewhere = world.browser();
    let state = elsewhere.asks(&ask("spa")).await.param("state");
    let login = crate::world::credentials(&state, EMAIL, crate::world::PASSWORD);
    let page = elsewhere.post("/u/login", &login).await;
    elsewhere.get(&page.location()).await.goes_to("/u/mfa?state=");
}

#[tokio::test]
async fn a_ticket_comes_by_letter_and_what_is_not_done_is_said() {
    let desk = Desk::default();
    let world = World::told(|config| config.email = desk.email()).await;
    let ticket = given(&world, json!({ "send_mail": true, "email": "eve@example.com" })).await;
    let letter = desk.newest();
    assert!(letter.contains("eve@example.com") && letter.contains(&ticket), "{letter}");
    given(&world, json!({ "send_mail": false })).await;
    assert_eq!(desk.letters().len(), 1);
    // Nobody asks for authenticators here.
    let mut browser = world.browser();
    browser.post(PAGE, &form(&ticket)).await.is_an_error_page("There is nothing to set up");
    let recorded = json!({
        "email": "jon@example.com", "factor": "push-notification", "allow_multiple_enrollments": true,
    });
    given(&world, recorded).await;
    for (body, status) in [
        (json!({ "user_id": "auth0|nobody" }), 404),
        (json!({}), 400),
        (json!({ "user_id": "auth0|ada", "factor": "pigeon" }), 400),
        (json!({ "user_id": "auth0|ada", "email": "no" }), 400),
    ] {
        let told = world.manages("POST", "guardian/enrollments/ticket", body.clone()).await;
        assert_eq!(told.0, status, "{body}: {}", told.1);
    }
}
