//! From the link to the greeting.

use http::{StatusCode, header};

use crate::world::{API, APP, ISSUER, Kept, SESSION, World};

/// RFC 6749 §4.1, RFC 7636, RFC 9449 §10: the whole way, wherever sessions are kept.
#[tokio::test]
async fn a_user_signs_in_and_every_page_knows_them() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let app = world.app(kept);
        let mut browser = world.browser(&app);
        assert_eq!(browser.get("/").await.body, "hello, stranger");
        browser.get("/me").await.refuses(401, "web.not_signed_in");

        let begun = browser.get("/auth/login?returnTo=%2Fpage%3Fa%3D1").await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER);
        assert!(begun.location().starts_with(&format!("{ISSUER}authorize?")));
        assert_eq!(begun.param("audience"), API);
        assert_eq!(begun.param("dpop_jkt").len(), 43);
        assert_eq!(begun.param("scope"), "openid profile email offline_access");
        assert_eq!(begun.headers[header::CACHE_CONTROL], "no-store");
        let [cookie] = begun.cookies()[..] else { panic!("{:?}", begun.cookies()) };
        assert!(cookie.starts_with(&format!("__Host-keybound_login.{}=", begun.param("state"))), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"), "{cookie}");

        let back = browser.signs_in_at(&begun.location(), "ada").await;
        assert!(back.starts_with(&format!("{APP}/auth/callback?")), "{back}");
        let done = browser.get(&back).await;
        assert_eq!(done.location(), format!("{APP}/page?a=1"), "{}", done.body);
        assert_eq!(done.headers[header::CACHE_CONTROL], "private, no-store");
        assert!(browser.cookies_of(APP).all(|(name, _)| name.starts_with(SESSION)), "{:?}", browser.cookies);

        assert_eq!(browser.get("/").await.body, "hello, ada@example.com");
        assert_eq!(browser.get("/me").await.body, "auth0|ada");
        let profile = browser.get("/auth/profile").await.json();
        assert_eq!((&profile["sub"], &profile["email"]), (&"auth0|ada".into(), &"ada@example.com".into()));
        assert!(
            profile.get("nonce").is_none() && profile.get("sid").is_none() && profile.get("iss").is_none()
        );
        let called = browser.get("/call").await;
        assert_eq!(called.json()["sub"], "auth0|ada", "{called:?}");
    }
}

/// RFC 9700 §4.7.1: a code is redeemed in the browser that asked for it, and once.
#[tokio::test]
async fn an_answer_to_another_browsers_login_signs_nobody_in() {
    let world = World::new().await;
    let app = world.app(Kept::InCookies);
    let (mut ada, mut eve) = (world.browser(&app), world.browser(&app));
    let begun = eve.get("/auth/login").await;
    let eves = eve.signs_in_at(&begun.location(), "eve").await;
    ada.get(&eves).await.refuses(400, "web.transaction");
    ada.get("/auth/login").await;
    ada.get(&eves).await.refuses(400, "web.transaction");
    assert!(ada.session().is_none());
    eve.get(&eves).await.location();
    eve.get(&eves).await.refuses(400, "web.transaction");
    assert_eq!(eve.get("/me").await.body, "auth0|eve");
}

#[tokio::test]
async fn logins_in_several_tabs_do_not_disturb_one_another() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InStore));
    let first = browser.get("/auth/login?returnTo=/page").await;
    let second = browser.get("/auth/login?returnTo=/me").await;
    let answer = browser.signs_in_at(&second.location(), "ada").await;
    assert_eq!(browser.get(&answer).await.location(), format!("{APP}/me"));
    let answer = browser.signs_in_at(&first.location(), "ada").await;
    assert_eq!(browser.get(&answer).await.location(), format!("{APP}/page"));
    assert_eq!(browser.cookies_of(APP).count(), 1);
}

#[tokio::test]
async fn a_login_that_took_an_hour_is_over() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InCookies));
    let begun = browser.get("/auth/login").await;
    world.later(3_601);
    let answer = browser.signs_in_at(&begun.location(), "ada").await;
    browser.get(&answer).await.refuses(400, "web.transaction");
}

/// What a link may add: six parameters, and none that widens what is asked for.
#[tokio::test]
async fn a_link_to_the_login_passes_on_what_is_on_the_list_alone() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InCookies));
    let begun = browser
        .get("/auth/login?screen_hint=signup&login_hint=a%40b&ui_locales=de&connection=c&scope=admin&redirect_uri=https://evil.example&audience=x&max_age=1")
        .await;
    for (name, value) in
        [("screen_hint", "signup"), ("login_hint", "a@b"), ("ui_locales", "de"), ("connection", "c")]
    {
        assert_eq!(begun.param(name), value);
    }
    assert_eq!(begun.param("scope"), "openid profile email offline_access");
    assert_eq!(
        (begun.param("redirect_uri"), begun.param("audience")),
        (format!("{APP}/auth/callback"), API.into())
    );
    assert!(begun.query().text("max_age").is_none());
}

#[tokio::test]
async fn whoever_wants_a_page_signs_in_and_comes_back_to_it_and_a_form_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InCookies));
    let page = browser.get("/page?a=1&b=%2F").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let done = browser.signs_in(&page.location(), "ada").await;
    assert_eq!(done.location(), format!("{APP}/page?a=1&b=%2F"));
    assert_eq!(browser.get("/page").await.body, "hello, ada@example.com");
    let mut stranger = world.browser(&world.app(Kept::InCookies));
    stranger.post("/page", &keybound_proto::form::Form::new()).await.refuses(401, "web.not_signed_in");
}

/// Session fixation: what a browser had before becomes nobody's session.
#[tokio::test]
async fn every_login_begins_a_session_of_its_own_and_ends_the_one_before() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let mut browser = world.signed_in(&app, "eve").await;
    let before = browser.clone();
    browser.cookies.retain(|(origin, _), _| origin == APP);
    browser.signs_in("/auth/login", "ada").await;
    assert_ne!(browser.session(), before.session());
    assert_eq!(browser.get("/me").await.body, "auth0|ada");
    let mut before = before;
    before.get("/me").await.refuses(401, "web.not_signed_in");
}

/// The user says no, or the server does.
#[tokio::test]
async fn a_refusal_of_the_server_is_told_with_its_own_words() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InCookies));
    let begun = browser.get("/auth/login").await;
    let answer = format!(
        "/auth/callback?error=access_denied&error_description=No%20way&state={}&iss=https%3A%2F%2Fid.example%2F",
        begun.param("state")
    );
    let page = browser.get(&answer).await;
    page.refuses(400, "client.refused");
    assert!(page.body.contains("access_denied (No way)"), "{}", page.body);
    // RFC 9207 §2.4: what another server says is not repeated.
    let begun = browser.get("/auth/login").await;
    let answer = format!(
        "/auth/callback?error=%3Cb%3E&iss=https%3A%2F%2Fevil.example%2F&state={}",
        begun.param("state")
    );
    let page = browser.get(&answer).await;
    page.refuses(400, "client.issuer");
    assert!(!page.body.contains("<b>"));
}
