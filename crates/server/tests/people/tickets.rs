//! Links that administrators hand out: what follows from one, once, and what does not.

use http::StatusCode;
use keybound_proto::form::Form;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::world::{Browser, EMAIL, ISSUER, PASSWORD, Page, World, ask};

const NEW: &str = "Another horse 8";

#[cfg(test)]
mod helpers {
    use super::*;

    impl World {
        pub(crate) async fn ticket(&self, kind: &str, body: Value) -> String {
            let (status, told) = self.manages("POST", &format!("tickets/{kind}"), body).await;
            assert_eq!(status, 201, "{told}");
            let ticket = told["ticket"].as_str().unwrap().to_owned();
            assert!(ticket.starts_with(ISSUER), "{ticket}");
            ticket
        }

        pub(crate) async fn verified(&self) -> Value {
            self.sees("users/auth0%7Cada").await["email_verified"].clone()
        }
    }

    pub(super) fn secret(ticket: &str) -> &str {
        ticket.split_once("ticket=").unwrap().1
    }

    /// Chooses a password by a ticket.
    pub(super) async fn chooses(browser: &mut Browser, ticket: &str, password: &str) -> Page {
        let form = Form::new()
            .with("ticket", secret(ticket))
            .with("password", password)
            .with("re-enter-password", password);
        browser.post("/u/reset-password", &form).await
    }

    pub(super) async fn confirms(browser: &mut Browser, ticket: &str) -> Page {
        browser.post("/u/email-verification", &Form::new().with("ticket", secret(ticket))).await
    }
}

use helpers::{chooses, confirms, secret};

#[tokio::test]
async fn a_ticket_lets_a_user_choose_another_password_once_and_puts_everybody_else_out() {
    let world = World::new().await;
    let mut elsewhere = world.signed_in().await;
    let token = world.refresh_token(&mut elsewhere, "spa").await;
    let ticket = world.ticket("password-change", json!({ "user_id": "auth0|ada" })).await;
    let other = world.ticket("password-change", json!({ "user_id": "auth0|ada" })).await;
    let mut browser = world.browser();
    let page = browser.get(&ticket).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in
        ["Choose a new password", EMAIL, "autocomplete=\"new-password\"", "name=\"re-enter-password\""]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    // Nothing is used up by what is not enough.
    for (password, again) in [("short", "short"), (NEW, "Another horse 9"), (NEW, ""), ("", "")] {
        let form = Form::new().with("ticket", secret(&ticket)).with("password", password);
        let page = browser.post("/u/reset-password", &form.with("re-enter-password", again)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{password}");
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
    }
    let page = chooses(&mut browser, &ticket, NEW).await;
    assert!(
        page.status == StatusCode::OK && page.body.contains("Your password was changed"),
        "{}",
        page.body
    );
    elsewhere.asks(&ask("spa")).await.goes_to("/u/login");
    world.refreshes("spa", &token).await.unwrap_err();
    assert!(world.signs_in_as(EMAIL).await.is_err(), "by the old one");
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.post("/u/login", &crate::world::credentials(&state, EMAIL, NEW)).await;
    browser.get(&page.location()).await.brings_a_code();
    for used in [&ticket, &other] {
        browser.get(used).await.is_an_error_page("This link has expired");
        chooses(&mut browser, used, PASSWORD).await.is_an_error_page("This link has expired");
    }
    assert!(world.events().await.contains(&"scp".to_owned()));
}

#[tokio::test]
async fn a_ticket_verifies_an_address_when_somebody_says_so_and_not_when_something_looks_at_it() {
    let world = World::new().await;
    world.manages("PATCH", "users/auth0%7Cada", json!({ "email_verified": false })).await;
    let ticket = world.ticket("email-verification", json!({ "user_id": "auth0|ada" })).await;
    let mut browser = world.browser();
    let page = browser.get(&ticket).await;
    assert!(page.status == StatusCode::OK && page.body.contains(EMAIL), "{}", page.body);
    assert_eq!(world.verified().await, false);
    let form = Form::new().with("ticket", secret(&ticket));
    browser.post_from_elsewhere("/u/email-verification", &form).await.is_an_error_page("expired");
    // A ticket for one thing is none for another.
    chooses(&mut browser, &ticket, NEW).await.is_an_error_page("This link has expired");
    let page = confirms(&mut browser, &ticket).await;
    assert!(page.status == StatusCode::OK && page.body.contains("is verified"), "{}", page.body);
    assert_eq!(world.verified().await, true);
    confirms(&mut browser, &ticket).await.is_an_error_page("This link has expired");
    assert!(world.events().await.contains(&"sv".to_owned()));
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_when_its_time_or_the_address_is_over() {
    let world = World::new().await;
    let ask = json!({ "user_id": "auth0|ada", "ttl_sec": 60 });
    let mut browser = world.browser();
    let late = world.ticket("email-verification", ask.clone()).await;
    let lasting = world.ticket("email-verification", json!({ "user_id": "auth0|ada", "ttl_sec": 0 })).await;
    world.later(61);
    confirms(&mut browser, &late).await.is_an_error_page("This link has expired");
    world.manages("PATCH", "users/auth0%7Cada", json!({ "email": "ada@example.org" })).await;
    confirms(&mut browser, &lasting).await.is_an_error_page("This link has expired");
    assert_eq!(world.verified().await, false, "that was another address");
    let password = world.ticket("password-change", ask).await;
    world.does("DELETE", "users/auth0%7Cada", 204).await;
    chooses(&mut browser, &password, NEW).await.is_an_error_page("This link has expired");
    for made_up in ["", "x", &"y".repeat(4_000)] {
        browser.get(&format!("/u/reset-password?ticket={made_up}")).await.is_an_error_page("expired");
    }
}

#[tokio::test]
async fn of_any_number_who_use_a_ticket_at_once_one_does() {
    let world = World::new().await;
    let ticket = world.ticket("password-change", json!({ "user_id": "auth0|ada" })).await;
    let (mut one, mut two) = (world.browser(), world.browser());
    let (one, two) =
        tokio::join!(chooses(&mut one, &ticket, NEW), chooses(&mut two, &ticket, "Another horse 9"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
}

#[tokio::test]
async fn a_ticket_does_what_its_request_says_besides() {
    let world = World::new().await;
    world.manages("PATCH", "users/auth0%7Cada", json!({ "email_verified": false })).await;
    let mut browser = world.browser();
    let plain = world.ticket("password-change", json!({ "user_id": "auth0|ada" })).await;
    assert_eq!(chooses(&mut browser, &plain, NEW).await.status, StatusCode::OK);
    assert_eq!(world.verified().await, false, "nobody asked for it");
    let back = "https://app.example/done?from=mail#top";
    let asked = json!({
        "user_id": "auth0|ada", "result_url": back, "mark_email_as_verified": true, "includeEmailInRedirect": true,
    });
    let page = chooses(&mut browser, &world.ticket("password-change", asked).await, PASSWORD).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    page.goes_to("https://app.example/done?from=mail&success=true&code=success&message=");
    assert!(page.location().ends_with("&email=ada%40example.com#top"), "{}", page.location());
    assert_eq!(world.verified().await, true);
    let asked = json!({ "user_id": "auth0|ada", "result_url": back });
    let page = confirms(&mut browser, &world.ticket("email-verification", asked).await).await;
    assert!(!page.location().contains("email="), "{}", page.location());
}

/// Chromium holds a form's redirects to `form-action` (CSP Level 3 §4.2.4); apps know Auth0's words for a link that was
/// followed twice.
#[tokio::test]
async fn a_link_leads_where_it_was_to_lead_when_it_is_followed_again_too() {
    let world = World::new().await;
    let mut browser = world.browser();
    for (kind, page) in [("email-verification", "email-verification"), ("password-change", "reset-password")]
    {
        let asked = json!({
            "user_id": "auth0|ada", "result_url": "https://app.example/done#top", "includeEmailInRedirect": true,
            "ttl_sec": 60,
        });
        let ticket = world.ticket(kind, asked).await;
        let shown = browser.get(&ticket).await;
        let policy = shown.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
        assert_eq!(shown.body.matches("<button").count(), 1, "{}", shown.body);
        let done = match kind {
            "password-change" => {
                let refused = chooses(&mut browser, &ticket, "short").await;
                let policy = refused.headers["content-security-policy"].to_str().unwrap();
                assert!(policy.contains("https://app.example"), "{policy}");
                chooses(&mut browser, &ticket, NEW).await
            }
            _ => confirms(&mut browser, &ticket).await,
        };
        done.goes_to("https://app.example/done?success=true&code=success&message=");
        let again = "https://app.example/done?success=false&message=This+URL+can+be+used+only+once&email=ada%40example.com#top";
        browser.get(&ticket).await.goes_to(again);
        let form = Form::new().with("ticket", secret(&ticket));
        browser.post(&format!("/u/{page}"), &form).await.goes_to(again);
        browser.post_from_elsewhere(&format!("/u/{page}"), &form).await.is_an_error_page("expired");
        world.later(61);
        browser.get(&ticket).await.is_an_error_page("This link has expired");
    }
}

#[tokio::test]
async fn a_ticket_is_given_for_who_there_is_and_what_they_have() {
    let world = World::new().await;
    let connection = world.sees("connections?name=Username-Password-Authentication").await[0]["id"].clone();
    let by_address = json!({ "connection_id": connection, "email": "ADA@example.com" });
    let ticket = world.ticket("password-change", by_address).await;
    assert_eq!(world.browser().get(&ticket).await.status, StatusCode::OK);
    let identity = json!({ "provider": "auth0", "user_id": "ada" });
    world.ticket("email-verification", json!({ "user_id": "auth0|ada", "identity": identity })).await;
    world.ticket("password-change", json!({ "user_id": "auth0|ada", "client_id": "spa" })).await;
    let foreign = json!({ "provider": "auth0", "user_id": "eve" });
    for (kind, body, status) in [
        ("password-change", json!({}), 400),
        ("password-change", json!({ "user_id": "auth0|nobody" }), 404),
        ("password-change", json!({ "user_id": "auth0|ada", "email": EMAIL }), 400),
        ("password-change", json!({ "connection_id": "con_0000000000000000", "email": EMAIL }), 404),
        ("password-change", json!({ "connection_id": connection, "email": "eve@example.com" }), 404),
        ("password-change", json!({ "user_id": "auth0|ada", "client_id": "nobody" }), 404),
        (
            "password-change",
            json!({ "user_id": "auth0|ada", "organization_id": "org_0000000000000000" }),
            404,
        ),
        ("password-change", json!({ "user_id": "auth0|ada", "result_url": "javascript:alert(1)" }), 400),
        ("password-change", json!({ "user_id": "auth0|ada", "new_password": NEW }), 400),
        ("password-change", json!({ "user_id": "auth0|ada", "ttl_sec": -1 }), 400),
        ("password-change", json!({ "user_id": "auth0|ada", "identity": foreign }), 400),
        ("email-verification", json!({}), 400),
        ("email-verification", json!({ "user_id": "auth0|nobody" }), 404),
        (
            "email-verification",
            json!({ "user_id": "auth0|ada", "client_id": "spa", "result_url": "https://app.example/" }),
            400,
        ),
    ] {
        let (got, told) = world.manages("POST", &format!("tickets/{kind}"), body.clone()).await;
        assert_eq!(got, status, "{kind} {body}: {told}");
    }
}

#[tokio::test]
async fn the_password_of_a_linked_account_is_changed_by_the_name_of_that_account() {
    let world = World::new().await;
    world.person("eve", "eve@example.com", json!({})).await;
    assert_eq!(world.links("eve").await.0, 201);
    let identity = json!({ "provider": "auth0", "user_id": "eve" });
    let asked = json!({ "user_id": "auth0|ada", "identity": identity });
    let ticket = world.ticket("password-change", asked.clone()).await;
    assert_eq!(chooses(&mut world.browser(), &ticket, NEW).await.status, StatusCode::OK);
    assert!(world.signs_in_as("eve@example.com").await.is_err());
    assert_eq!(world.signs_in_as(EMAIL).await.unwrap(), "auth0|ada", "that one is as it was");
    let (status, _) = world.manages("POST", "tickets/email-verification", asked).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_letter_that_nobody_sends_is_a_job_that_failed() {
    let world = World::new().await;
    let asked = json!({ "user_id": "auth0|ada" });
    let (status, job) = world.manages("POST", "jobs/verification-email", asked).await;
    assert_eq!(
        (status, &job["type"], &job["status"]),
        (201, &json!("verification_email"), &json!("pending"))
    );
    let id = job["id"].as_str().unwrap();
    assert!(id.strip_prefix("job_").is_some_and(|rest| rest.len() == 16), "{id}");
    let now = world.sees(&format!("jobs/{id}")).await;
    assert_eq!((&now["status"], &now["created_at"]), (&json!("failed"), &job["created_at"]));
    world.does("GET", "jobs/job_0000000000000000", 404).await;
    assert_eq!(world.manages("POST", "jobs/verification-email", json!({})).await.0, 400);
    let nobody = json!({ "user_id": "auth0|nobody" });
    assert_eq!(world.manages("POST", "jobs/verification-email", nobody).await.0, 404);
}

#[tokio::test]
async fn the_letter_of_a_job_brings_a_ticket_that_works() {
    let desk = Desk::default();
    let world = World::told(|config| config.email = desk.email()).await;
    world.manages("PATCH", "users/auth0%7Cada", json!({ "email_verified": false })).await;
    let (_, job) = world.manages("POST", "jobs/verification-email", json!({ "user_id": "auth0|ada" })).await;
    let now = world.sees(&format!("jobs/{}", job["id"].as_str().unwrap())).await;
    assert_eq!(now["status"], "completed");
    let letter = desk.newest();
    assert!(letter.contains(EMAIL), "{letter}");
    let ticket = letter.split_whitespace().find(|word| word.starts_with(ISSUER)).unwrap().to_owned();
    assert_eq!(confirms(&mut world.browser(), &ticket).await.status, StatusCode::OK);
    assert_eq!(world.verified().await, true);
    assert!(world.events().await.contains(&"svr".to_owned()));
}
