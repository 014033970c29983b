//! Signing in: the page, the form, the session.

use http::{StatusCode, header};
use keybound_proto::form::Form;
use serde_json::json;

use crate::world::{EMAIL, PASSWORD, World, ask, but, credentials};

const COOKIE: &str = "__Host-keybound_session";

/// The selectors of auth0-react's and nextjs-auth0's end-to-end suites.
#[tokio::test]
async fn the_page_has_the_fields_that_auth0s_suites_look_for() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.asks(&ask("spa")).await;
    let page = browser.get(&page.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "<input id=\"username\" name=\"username\"",
        "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\"",
        "<button type=\"submit\" name=\"action\" value=\"default\">Continue</button>",
        "<label for=\"username\">Email address</label>",
        "<strong>Photo Album</strong>",
        "<html lang=\"en\">",
        "href=\"/u/signup?state=",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[tokio::test]
async fn the_right_password_brings_a_session_a_code_and_an_event() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.asks(&ask("spa")).await;
    let page =
        browser.post("/u/login", &credentials(&page.param("state"), " ADA@Example.com ", PASSWORD)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-keybound_session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; Secure; SameSite=None"), "{cookie}");
    browser.get(&page.location()).await.brings_a_code();

    let event = world.newest_event().await;
    assert_eq!((&*event.kind, event.client.as_deref()), ("s", Some("spa")));
    assert_eq!((event.subject.as_deref(), event.user_name.as_deref()), (Some("auth0|ada"), Some(EMAIL)));
    assert_eq!(event.address.as_deref(), Some("192.0.2.7"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_alike_to_everybody_but_the_operator() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let wrong = browser.post("/u/login", &credentials(&state, EMAIL, "wrong")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.body.contains("role=\"alert\"><p>Wrong email or password.</p>"), "{}", wrong.body);
    assert!(wrong.body.contains("aria-invalid=\"true\" aria-describedby=\"wrong\""));
    assert!(wrong.body.contains("<title>Error: "));
    let unknown = browser.post("/u/login", &credentials(&state, "eve@example.com", "wrong")).await;
    assert_eq!(unknown.status, wrong.status);
    assert_eq!(unknown.body.replace("eve@", "ada@"), wrong.body);
    assert_eq!(world.events().await, ["fu", "fp"]);
    assert!(!browser.cookies.contains_key(COOKIE));
    // Nothing is lost by it.
    let page = browser.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
    browser.get(&page.location()).await.brings_a_code();
}

#[tokio::test]
async fn a_form_half_filled_in_is_a_wrong_password_and_no_error_of_ours() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let huge = "x".repeat(5000);
    for (username, password) in [("", ""), (EMAIL, ""), ("", PASSWORD), (EMAIL, huge.as_str())] {
        let form = but(&but(&credentials(&state, "x", "x"), "username", username), "password", password);
        assert_eq!(browser.post("/u/login", &form).await.status, StatusCode::BAD_REQUEST, "{username}");
    }
}

#[tokio::test]
async fn a_blocked_user_hears_so_only_with_the_right_password() {
    let world = World::new().await;
    world.person("bad", "bad@example.com", json!({ "blocked": true })).await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.post("/u/login", &credentials(&state, "bad@example.com", "wrong")).await;
    assert!(page.body.contains("Wrong email or password."));
    let page = browser.post("/u/login", &credentials(&state, "bad@example.com", PASSWORD)).await;
    assert!(page.body.contains("Your account has been blocked."), "{}", page.body);
    assert_eq!(world.events().await, ["f", "fp"]);
}

/// Session fixation: the cookie is always new.
#[tokio::test]
async fn a_session_cookie_that_was_there_before_opens_nothing_afterwards() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.cookies.insert(COOKIE.into(), "planted".into());
    browser.signs_in(&ask("spa")).await.brings_a_code();
    let first = browser.cookies[COOKIE].clone();
    assert_ne!(first, "planted");

    browser.signs_in(&but(&ask("spa"), "prompt", "login")).await.brings_a_code();
    assert_ne!(browser.cookies[COOKIE], first);
    let mut thief = world.browser();
    thief.cookies.insert(COOKIE.into(), first);
    thief.asks(&but(&ask("spa"), "prompt", "none")).await.refuses("login_required");
}

#[tokio::test]
async fn somebody_else_signing_in_ends_the_session_before() {
    let world = World::new().await;
    world.person("bob", "bob@example.com", json!({})).await;
    let mut browser = world.signed_in().await;
    let mut before = browser.clone();
    let state = browser.asks(&but(&ask("spa"), "prompt", "login")).await.param("state");
    let page = browser.post("/u/login", &credentials(&state, "bob@example.com", PASSWORD)).await;
    browser.get(&page.location()).await.brings_a_code();
    before.asks(&but(&ask("spa"), "prompt", "none")).await.refuses("login_required");
}

/// Login CSRF: what began in one browser cannot be finished in another.
#[tokio::test]
async fn a_form_from_another_browser_or_another_site_is_refused() {
    let world = World::new().await;
    let mut attacker = world.browser();
    let state = attacker.asks(&ask("spa")).await.param("state");
    let form = credentials(&state, EMAIL, PASSWORD);

    let mut victim = world.browser();
    victim.asks(&ask("spa")).await;
    victim.post("/u/login", &form).await.is_an_error_page("This page has expired");
    world.browser().post("/u/login", &form).await.is_an_error_page("This page has expired");
    let page = attacker.post_from_elsewhere("/u/login", &form).await;
    page.is_an_error_page("This page has expired");
    assert!(page.headers.get(header::SET_COOKIE).is_none());
    for state in ["", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\u{1f511}"] {
        attacker.post("/u/login", &credentials(state, EMAIL, PASSWORD)).await.is_an_error_page("expired");
        let query = Form::new().with("state", state).encode();
        attacker.get(&format!("/u/login?{query}")).await.is_an_error_page("expired");
        attacker.get(&format!("/authorize/resume?{query}")).await.is_an_error_page("expired");
    }
    assert!(world.events().await.is_empty());
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let world = World::new().await;
    let mut browser = world.browser();
    let first = browser.asks(&but(&ask("spa"), "state", "first")).await.param("state");
    let second = browser.asks(&but(&ask("two"), "state", "second")).await.param("state");
    let page = browser.post("/u/login", &credentials(&second, EMAIL, PASSWORD)).await;
    assert_eq!(browser.get(&page.location()).await.param("state"), "second");
    let page = browser.post("/u/login", &credentials(&first, EMAIL, PASSWORD)).await;
    assert_eq!(browser.get(&page.location()).await.param("state"), "first");
}

#[tokio::test]
async fn a_second_click_is_answered_like_the_first_and_the_back_button_is_told_so_kindly() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let form = credentials(&state, EMAIL, PASSWORD);
    let page = browser.post("/u/login", &form).await;
    browser.get(&page.location()).await.brings_a_code();
    let page = browser.post("/u/login", &form).await;
    browser.get(&page.location()).await.brings_a_code();
    let page = browser.get(&format!("/u/login?state={state}")).await;
    assert!(page.body.contains("This is done already"), "{}", page.body);

    world.later(31);
    for page in [
        browser.get(&format!("/u/login?state={state}")).await,
        browser.post("/u/login", &form).await,
        browser.get(&format!("/authorize/resume?state={state}")).await,
    ] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("This is done already"), "{}", page.body);
        assert!(page.body.contains("href=\"https://app.example\">Go to Photo Album</a>"), "{}", page.body);
    }
}

#[tokio::test]
async fn a_page_left_open_for_too_long_expires() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    world.later(3599);
    assert_eq!(browser.get(&format!("/u/login?state={state}")).await.status, StatusCode::OK);
    world.later(1);
    browser.get(&format!("/u/login?state={state}")).await.is_an_error_page("This page has expired");
}

/// `prompt=login` is answered by the sign-in made for it, not by going around it.
#[tokio::test]
async fn resuming_without_signing_in_leads_back_to_the_page() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let state = browser.asks(&but(&ask("spa"), "prompt", "login")).await.param("state");
    let page = browser.get(&format!("/authorize/resume?state={state}")).await;
    page.goes_to(&format!("/u/login?state={state}"));
}
