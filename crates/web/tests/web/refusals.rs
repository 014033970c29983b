//! What attackers and accidents get.

use http::{Method, StatusCode};
use keybound_web::{Nobody, Options, WebAuth};

use crate::world::{APP, Kept, SECRET, SESSION, World};

/// RFC 9700 §4.11.
#[tokio::test]
async fn nobody_is_sent_out_of_the_app() {
    let world = World::new().await;
    let mut browser = world.signed_in(&world.app(Kept::InCookies), "ada").await;
    for route in ["login", "logout"] {
        for evil in [
            "https%3A%2F%2Fevil.example",
            "%2F%2Fevil.example",
            "%2F%5Cevil.example",
            "%2F%09%2Fevil.example",
        ] {
            let page = browser.get(&format!("/auth/{route}?returnTo={evil}")).await;
            page.refuses(400, "web.return_to");
            assert!(page.cookies().is_empty());
        }
        browser
            .get(&format!("/auth/{route}?returnTo=/a&returnTo=//evil.example"))
            .await
            .refuses(400, "web.return_to");
    }
    assert_eq!(browser.get("/me").await.body, "auth0|ada");
}

#[tokio::test]
async fn a_cookie_that_was_changed_cut_or_moved_is_not_there() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let app = world.app(kept);
        let browser = world.signed_in(&app, "ada").await;
        let good = browser.session().unwrap().to_owned();
        let at = good.len() / 2;
        let other = if &good[at..=at] == "A" { "B" } else { "A" };
        let bent = format!("{}{other}{}", &good[..at], &good[at + 1..]);
        for bad in
            [bent, good[..good.len() - 4].to_owned(), "1.".to_owned(), "x".to_owned(), "2.AAAA".to_owned()]
        {
            let mut browser = browser.clone();
            browser.cookies.insert((APP.to_owned(), SESSION.to_owned()), bad);
            browser.get("/me").await.refuses(401, "web.not_signed_in");
            assert_eq!(browser.get("/").await.body, "hello, stranger");
        }
        // A login's cookie under the session's name.
        let mut stranger = world.browser(&app);
        stranger.get("/auth/login").await;
        let (_, login) = stranger.cookies.pop_first().unwrap();
        stranger.cookies.insert((APP.to_owned(), SESSION.to_owned()), login);
        stranger.get("/me").await.refuses(401, "web.not_signed_in");
    }
}

#[tokio::test]
async fn the_profile_of_nobody_is_as_the_app_wants_it() {
    let world = World::new().await;
    let mut browser = world.browser(&world.app(Kept::InCookies));
    browser.get("/auth/profile").await.refuses(401, "web.not_signed_in");
    let app = world.app_with(world.options(Kept::InCookies).nobody(Nobody::NoContent));
    let page = world.browser(&app).get("/auth/profile").await;
    assert_eq!((page.status, page.body.as_str()), (StatusCode::NO_CONTENT, ""));
}

#[tokio::test]
async fn an_app_shows_its_own_page_for_what_goes_wrong() {
    let world = World::new().await;
    let options = world.options(Kept::InCookies).on_error(|error| {
        let status = error.status();
        axum::response::IntoResponse::into_response((status, format!("oops: {}", error.code())))
    });
    let page = world.browser(&world.app_with(options)).get("/auth/callback?state=x&code=y").await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (400, "oops: web.transaction"));
}

/// Without the layer there is no session to ask for, and the answer says what to do.
#[tokio::test]
async fn a_router_without_the_layer_says_so() {
    use tower::ServiceExt;
    let app = axum::Router::new().route("/", axum::routing::get(|_: keybound_web::User| async {}));
    let request =
        http::Request::builder().method(Method::GET).uri("/").body(axum::body::Body::empty()).unwrap();
    assert_eq!(app.oneshot(request).await.unwrap().status().as_u16(), 500);
}

/// The server is away: the app starts all the same, and tries again when somebody comes.
#[tokio::test]
async fn a_server_that_is_away_is_asked_again() {
    #[derive(Clone)]
    struct Away;
    impl keybound_client::http::Http for Away {
        async fn send(
            &self,
            _: http::Request<keybound_client::http::Body>,
        ) -> Result<http::Response<keybound_client::http::Body>, keybound_client::http::TransportError>
        {
            Err(keybound_client::http::TransportError::new("nobody is there"))
        }
    }
    let world = World::new().await;
    let auth = WebAuth::new(world.config.clone(), Away, Options::new(APP, SECRET).unwrap()).unwrap();
    let app = auth.protect(axum::Router::new());
    let mut browser = world.browser(&app);
    for _ in 0..2 {
        let page = browser.get("/auth/login").await;
        page.refuses(502, "client.transport");
        assert!(!page.body.contains("nobody is there"), "that is for the log");
    }
}
