//! Invitations to an organization: accepted once, by the mailbox they were sent to.

use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    jose::{Digest as _, encode_base64url},
    time::Lifetime,
};
use keybound_store::documents::Invitations;
use serde_json::json;

use crate::{
    organizations::{ADA, at, claims, is_member, redeems, signs_in_as, tokens, world},
    world::{EMAIL, World, ask, but},
};

const TICKET: &str = "ticket-that-nobody-guesses-000001";

async fn invites(world: &World, email: &str) {
    let now = world.clock.now();
    let digest = encode_base64url(AwsLc.sha256(&[TICKET.as_bytes()]));
    let doc = json!({
        "id": "uinv_1", "organization_id": "org_other", "client_id": "b2b", "ticket_id": TICKET,
        "ticket_digest": digest, "inviter": { "name": "Bob" }, "invitee": { "email": email },
        "created_at": now.to_rfc3339(), "expires_at": now.plus(Lifetime::seconds(3600)).to_rfc3339(),
    });
    world.insert::<Invitations>("uinv_1", doc).await;
}

fn invited() -> Form {
    at("b2b", "org_other").with("invitation", TICKET).with("organization_name", "other")
}

#[tokio::test]
async fn an_invitation_is_accepted_once_by_signing_in() {
    let world = world().await;
    invites(&world, EMAIL).await;
    let mut browser = world.browser();
    let page = browser.asks(&invited()).await;
    let login = browser.get(&page.location()).await;
    assert!(login.body.contains(&format!("value=\"{EMAIL}\"")), "{}", login.body);
    let code = browser.signs_in(&invited()).await.brings_a_code();
    assert!(is_member(&world, "org_other", ADA).await);
    assert_eq!(
        claims(&tokens(&redeems(&mut browser, "b2b", &code).await), "id_token")["org_id"],
        "org_other"
    );
    let events = world.events().await;
    assert!(events.contains(&"si".to_owned()) && events.contains(&"organization_member_added".to_owned()));
    browser.asks(&invited()).await.refuses("invalid_request");
    let event = world.newest_event().await;
    assert_eq!((&*event.kind, event.reason.as_deref()), ("fi", Some("organization.invitation_unknown")));
    browser.asks(&at("b2b", "org_other")).await.brings_a_code();
}

/// Forms are sent twice: the second click of the same hand is answered like the first.
#[tokio::test]
async fn an_invitation_that_was_just_accepted_is_not_refused_to_a_second_click() {
    let world = world().await;
    invites(&world, EMAIL).await;
    let mut browser = world.browser();
    let state = browser.asks(&invited()).await.param("state");
    let form = crate::world::credentials(&state, EMAIL, crate::world::PASSWORD);
    let resume = browser.post("/u/login", &form).await.location();
    browser.get(&resume).await.brings_a_code();
    browser.get(&resume).await.brings_a_code();
}

#[tokio::test]
async fn an_invitation_is_for_the_mailbox_it_was_sent_to_whoever_has_the_ticket() {
    let world = world().await;
    invites(&world, "eve@example.com").await;
    let page = signs_in_as(&world, &invited(), EMAIL).await;
    page.refuses("access_denied");
    assert!(page.param("error_description").contains("not allowed to accept the current invitation"));
    assert_eq!(&*world.newest_event().await.kind, "fi");
    assert!(!is_member(&world, "org_other", ADA).await);
    // Whoever is signed in as somebody else is asked who they are; the invitation is still there.
    let mut browser = world.signed_in().await;
    browser.asks(&invited()).await.goes_to("/u/login?state=");
    browser.asks(&but(&invited(), "prompt", "none")).await.refuses("login_required");
    world.person("eve", "eve@example.com", json!({})).await;
    signs_in_as(&world, &invited(), "Eve@Example.com").await.brings_a_code();
    assert!(is_member(&world, "org_other", "auth0|eve").await);
}

#[tokio::test]
async fn who_is_invited_makes_an_account_of_their_own_and_no_other() {
    let world = world().await;
    invites(&world, "eve@example.com").await;
    let mut browser = world.browser();
    let state = browser.asks(&but(&invited(), "screen_hint", "signup")).await.param("state");
    let page = browser.get(&format!("/u/signup?state={state}")).await;
    assert!(page.body.contains("value=\"eve@example.com\""), "{}", page.body);
    let form = |email: &str| {
        Form::new()
            .with("state", &state)
            .with("email", email)
            .with("password", "Correct-horse-7")
            .with("action", "default")
    };
    let other = browser.post("/u/signup", &form("mallory@example.com")).await;
    assert_eq!(other.status, 400);
    assert!(other.body.contains("invited at another email address"), "{}", other.body);
    let page = browser.post("/u/signup", &form("eve@example.com")).await;
    assert_eq!(page.status, 303, "{}", page.body);
    let code = browser.get(&page.location()).await.brings_a_code();
    let got = tokens(&redeems(&mut browser, "b2b", &code).await);
    assert_eq!(claims(&got, "id_token")["org_id"], "org_other");
}

#[tokio::test]
async fn a_ticket_is_worth_nothing_anywhere_else_or_later() {
    let world = world().await;
    invites(&world, EMAIL).await;
    let mut browser = world.signed_in().await;
    for ask in [
        but(&invited(), "organization", "org_acme"),
        but(&invited(), "organization", ""),
        but(&invited(), "client_id", "only"),
        but(&invited(), "invitation", "guessed"),
        but(&ask("spa"), "invitation", TICKET),
    ] {
        browser.asks(&ask).await.refuses("invalid_request");
    }
    world.later(3600);
    browser.asks(&invited()).await.refuses("invalid_request");
    assert!(!is_member(&world, "org_other", ADA).await);
}
