//! How often a password may be tried.

use http::StatusCode;

use crate::world::{EMAIL, PASSWORD, World, ask, credentials};

#[tokio::test]
async fn ten_wrong_passwords_from_one_address_block_the_account_for_that_address_alone() {
    let world = World::new().await;
    let mut thief = world.browser();
    let state = thief.asks(&ask("spa")).await.param("state");
    for _ in 0..10 {
        let page = thief.post("/u/login", &credentials(&state, EMAIL, "wrong")).await;
        assert!(page.body.contains("Wrong email or password."), "{}", page.body);
    }
    // Even the right one is not looked at any more.
    let page = thief.post("/u/login", &credentials(&state, "Ada@example.com", PASSWORD)).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.body.contains("Your account has been blocked after multiple consecutive login attempts."));
    assert_eq!(world.newest_event().await.kind.as_ref(), "limit_wc");

    let mut owner = world.browser();
    owner.address = "198.51.100.1:1".parse().unwrap();
    owner.signs_in(&ask("spa")).await.brings_a_code();

    world.later(86_400);
    thief.signs_in(&ask("spa")).await.brings_a_code();
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..3 {
        let state = browser.asks(&ask("spa")).await.param("state");
        for _ in 0..6 {
            browser.post("/u/login", &credentials(&state, EMAIL, "wrong")).await;
        }
        let page = browser.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        browser.cookies.remove("__Host-keybound_session");
    }
}

/// One password tried everywhere: nobody has all of an IPv6 network by chance.
#[tokio::test]
async fn a_hundred_failures_at_any_accounts_block_the_network_they_came_from() {
    let world = World::new().await;
    let mut thief = world.browser();
    thief.address = "[2001:db8::1]:1".parse().unwrap();
    let state = thief.asks(&ask("spa")).await.param("state");
    for number in 0..100 {
        thief.address = format!("[2001:db8::{number:x}]:1").parse().unwrap();
        let page = thief.post("/u/login", &credentials(&state, &format!("{number}@example.com"), "1")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
    }
    let page = thief.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.body.contains("suspicious login behavior"), "{}", page.body);
    assert_eq!(world.newest_event().await.kind.as_ref(), "limit_mu");
    thief.address = "[2001:db8:0:1::1]:1".parse().unwrap();
    let page = thief.post("/u/login", &credentials(&state, EMAIL, PASSWORD)).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_address_may_begin_a_thousand_sign_ins_in_ten_minutes_and_no_more() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..1_000 {
        browser.asks(&ask("spa")).await.goes_to("/u/login?state=");
    }
    browser.asks(&ask("spa")).await.refuses("too_many_requests");
    world.later(600);
    browser.asks(&ask("spa")).await.goes_to("/u/login?state=");
}
