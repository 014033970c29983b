//! What the person is asked, and when nobody may ask (OIDC Core §3.1.2.1, §3.1.2.6).

use keybound_authority::{grant::code::Found, model::digest::CodeDigest};
use keybound_crypto::AwsLc;
use keybound_proto::{jose::Digest, time::Timestamp};
use keybound_store::ledger::codes;

use crate::world::{PASSWORD, World, ask, but, credentials};

async fn authenticated_at(world: &World, code: &str) -> Timestamp {
    let digest = CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()]));
    match codes::find(&world.app.store, &world.app.tenant.id, &digest).await.unwrap() {
        Found::Fresh(code) => code.authenticated_at,
        found => panic!("{found:?}"),
    }
}

/// Conformance A20.
#[tokio::test]
async fn silence_without_a_session_is_login_required_in_auth0s_words() {
    let world = World::new().await;
    let page = world.browser().asks(&but(&ask("spa"), "prompt", "none")).await;
    page.refuses("login_required");
    assert_eq!(page.param("error_description"), "Login required");
    assert_eq!(world.events().await, ["fsa"]);
}

#[tokio::test]
async fn silence_with_a_session_brings_a_code() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    browser.asks(&but(&ask("spa"), "prompt", "none")).await.brings_a_code();
    assert_eq!(world.events().await, ["ssa", "s"]);
}

/// Conformance A20.
#[tokio::test]
async fn silence_where_consent_is_owed_is_consent_required() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let page = browser.asks(&but(&ask("third"), "prompt", "none")).await;
    page.refuses("consent_required");
    assert_eq!(page.param("error_description"), "Consent required");
}

#[tokio::test]
async fn a_session_is_used_without_asking_again() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    world.later(3600);
    browser.asks(&ask("spa")).await.brings_a_code();
    browser.asks(&ask("web")).await.brings_a_code();
}

#[tokio::test]
async fn a_client_may_want_the_person_to_sign_in_again() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    for (name, value) in [("prompt", "login"), ("prompt", "select_account")] {
        // Even within the second in which they did.
        let ask = but(&ask("spa"), name, value);
        browser.asks(&ask).await.goes_to("/u/login?state=");
        world.later(5);
        let code = browser.signs_in(&ask).await.brings_a_code();
        assert_eq!(authenticated_at(&world, &code).await, world.clock.now());
    }
}

/// Conformance A20.
#[tokio::test]
async fn a_sign_in_that_is_too_old_does_not_do() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let signed_in = world.clock.now();
    let ask = but(&ask("spa"), "max_age", "60");
    world.later(60);
    let code = browser.asks(&ask).await.brings_a_code();
    assert_eq!(authenticated_at(&world, &code).await, signed_in);
    world.later(1);
    browser.asks(&ask).await.goes_to("/u/login?state=");
    browser.asks(&but(&ask, "prompt", "none")).await.refuses("login_required");
    let code = browser.signs_in(&ask).await.brings_a_code();
    assert_eq!(authenticated_at(&world, &code).await, world.clock.now());
}

#[tokio::test]
async fn a_client_may_want_consent_asked_again() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let page = browser.asks(&but(&ask("spa"), "prompt", "consent")).await;
    page.goes_to("/u/consent?state=");
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("Know that it is you"), "{}", page.body);
}

#[tokio::test]
async fn hints_choose_the_page_and_fill_it_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.asks(&but(&ask("spa"), "screen_hint", "signup")).await;
    page.goes_to("/u/signup?state=");
    browser.asks(&but(&ask("spa"), "prompt", "create")).await.goes_to("/u/signup?state=");
    let page = browser.asks(&but(&ask("spa"), "login_hint", "\"ada\"@example.com")).await;
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("value=\"&#34;ada&#34;@example.com\""), "{}", page.body);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_when_its_user_is_gone_or_blocked() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let silent = but(&ask("spa"), "prompt", "none");
    for _ in 0..4 {
        world.later(2 * 86_400 - 1);
        if browser.asks(&silent).await.location().contains("error") {
            break;
        }
    }
    // Used every other day it lives a week, not longer.
    browser.asks(&silent).await.refuses("login_required");

    world.person("bob", "bob@example.com", serde_json::json!({})).await;
    let mut browser = world.browser();
    let page = browser.asks(&ask("spa")).await;
    let page =
        browser.post("/u/login", &credentials(&page.param("state"), "bob@example.com", PASSWORD)).await;
    browser.get(&page.location()).await.brings_a_code();
    let mut batch = keybound_store::Batch::new();
    let tenant = &world.app.tenant.id;
    keybound_store::documents::delete::<keybound_store::documents::Users>(&mut batch, tenant, "auth0|bob");
    world.app.store.apply(batch).await.unwrap();
    browser.asks(&silent).await.refuses("login_required");
}

/// OIDC Core §3.1.2.1: a hint may have expired; it may not name somebody else, nor be an access token.
/// Conformance A20.
#[tokio::test]
async fn a_client_may_say_whom_it_expects() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let hint = |token: String| but(&but(&ask("spa"), "prompt", "none"), "id_token_hint", &token);
    browser.asks(&hint(world.id_token("auth0|ada", "spa", None, 2).await)).await.brings_a_code();
    browser.asks(&hint(world.id_token("auth0|bob", "spa", None, 2).await)).await.refuses("login_required");
    let page =
        browser.asks(&but(&hint(world.id_token("auth0|bob", "spa", None, 2).await), "prompt", "")).await;
    page.goes_to("/u/login?state=");
}
