//! What a person is asked to allow, and what becomes of their answer.

use http::StatusCode;
use keybound_proto::form::Form;

use crate::world::{API, Browser, PASSWORD, World, ask, but, credentials};

fn wanted() -> Form {
    but(&ask("third"), "scope", "openid profile read:orders write:orders offline_access")
        .with("audience", API)
}

/// Ada at the consent page: its `state`.
async fn asked(browser: &mut Browser, ask: &Form) -> String {
    let page = browser.signs_in(ask).await;
    page.goes_to("/u/consent?state=");
    page.param("state")
}

fn answer(state: &str, action: &str) -> Form {
    Form::new().with("state", state).with("action", action)
}

#[tokio::test]
async fn somebody_elses_client_says_in_words_what_it_wants() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = asked(&mut browser, &wanted()).await;
    let page = browser.get(&format!("/u/consent?state={state}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Allow Print &#60;Shop&#62; to use your account?",
        "<strong>ada@example.com</strong>",
        "<li>Know that it is you</li>",
        "<li>See your name and picture</li>",
        "<li>Keep this access while you are away</li>",
        "<li>Read your orders<code>read:orders</code></li>",
        "<li>Write orders<code>write:orders</code></li>",
        "At <strong>https://api.example/</strong>",
        "<strong>https://app.example</strong>",
        "<button type=\"submit\" name=\"action\" value=\"accept\">Accept</button>",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn what_was_agreed_to_is_not_asked_again_and_what_is_new_is() {
    let world = World::new().await;
    let mut browser = world.browser();
    let ask = but(&wanted(), "scope", "openid read:orders");
    let state = asked(&mut browser, &ask).await;
    let page = browser.post("/u/consent", &answer(&state, "accept")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    browser.get(&page.location()).await.brings_a_code();

    browser.asks(&but(&ask, "prompt", "none")).await.brings_a_code();
    browser.asks(&but(&wanted(), "prompt", "none")).await.refuses("consent_required");
    let page = browser.asks(&wanted()).await;
    let page = browser.get(&page.location()).await;
    assert!(page.body.contains("write:orders"));
    assert!(!page.body.contains("read:orders"), "{}", page.body);
}

#[tokio::test]
async fn no_is_an_answer_that_goes_back() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = asked(&mut browser, &wanted()).await;
    let page = browser.post("/u/consent", &answer(&state, "deny")).await;
    let page = browser.get(&page.location()).await;
    page.refuses("access_denied");
    assert_eq!(page.param("error_description"), "User did not authorize the request");
    assert_eq!(world.events().await, ["f", "s"]);
    browser.asks(&but(&wanted(), "prompt", "none")).await.refuses("consent_required");
}

#[tokio::test]
async fn consent_cannot_be_given_by_another_site_or_another_browser() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = asked(&mut browser, &wanted()).await;
    let yes = answer(&state, "accept");
    browser.post_from_elsewhere("/u/consent", &yes).await.is_an_error_page("expired");
    world.browser().post("/u/consent", &yes).await.is_an_error_page("expired");
    browser.asks(&but(&wanted(), "prompt", "none")).await.refuses("consent_required");
}

#[tokio::test]
async fn a_yes_before_signing_in_means_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&wanted()).await.param("state");
    let page = browser.post("/u/consent", &answer(&state, "accept")).await;
    page.goes_to("/authorize/resume?state=");
    browser.get(&page.location()).await.goes_to("/u/login?state=");
}

/// Ada says yes; then Bob signs in in another tab. Nobody has asked Bob.
#[tokio::test]
async fn one_persons_yes_is_not_another_persons() {
    let world = World::new().await;
    world.person("bob", "bob@example.com", serde_json::json!({})).await;
    let mut browser = world.browser();
    let state = asked(&mut browser, &but(&wanted(), "prompt", "consent")).await;
    let page = browser.post("/u/consent", &answer(&state, "accept")).await;
    let resume = page.location();

    let other = browser.asks(&but(&ask("spa"), "prompt", "login")).await.param("state");
    browser.post("/u/login", &credentials(&other, "bob@example.com", PASSWORD)).await;
    browser.get(&resume).await.goes_to("/u/consent?state=");
}

#[tokio::test]
async fn the_tenants_own_client_asks_nothing() {
    let world = World::new().await;
    let ask = but(&but(&wanted(), "client_id", "spa"), "prompt", "none");
    world.signed_in().await.asks(&ask).await.brings_a_code();
}
