//! What every page says to the browser, whatever it shows.

use http::header;
use keybound_proto::form::Form;

use crate::{
    device::{self, Device},
    wire,
    world::{Page, World, ask, but},
};

#[track_caller]
fn is_clean(page: &Page) {
    let headers = &page.headers;
    let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("; base-uri 'none'; form-action 'self'"), "{policy}");
    assert!(policy.ends_with("; frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(headers[header::X_FRAME_OPTIONS], "DENY");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    assert!(
        !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
        "no page is for other origins to read"
    );
    for part in ["http-equiv", " style=\"", " onclick", "<link", "<img", "src=\""] {
        assert!(!page.body.contains(part), "{part}: {}", page.body);
    }
}

/// Conformance A2 and A23.
#[tokio::test]
async fn every_page_is_kept_private_and_loads_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    is_clean(&browser.get(&format!("/u/login?state={state}")).await);
    is_clean(&browser.get(&format!("/u/signup?state={state}")).await);
    is_clean(&browser.post("/u/login", &Form::new().with("state", &state)).await);
    is_clean(&browser.get("/u/login").await);
    is_clean(&browser.get("/activate").await);
    is_clean(&browser.post("/activate", &Form::new().with("user_code", "x")).await);
    is_clean(&browser.asks(&ask("nobody")).await);
    is_clean(&browser.get("/v2/logout?returnTo=x").await);
    is_clean(&browser.get("/oidc/logout").await);
    let page = browser.signs_in(&ask("third")).await;
    is_clean(&browser.get(&page.location()).await);
}

/// RFC 8628 §5.4: the page on which a person says yes to a device is not to be framed either.
#[tokio::test]
async fn the_page_that_confirms_a_device_is_as_private() {
    let world = device::world().await;
    let told = Device::new(&world, "tv").begins("openid").await;
    let mut browser = world.browser();
    let state = device::types(&mut browser, wire::text(&told, "user_code")).await;
    let page = browser.get(&format!("/activate/confirm?state={state}")).await;
    assert!(page.body.contains(wire::text(&told, "user_code")), "{}", page.body);
    is_clean(&page);
    is_clean(&browser.get("/activate/confirm?state=x").await);
    is_clean(&browser.post("/activate/confirm", &Form::new().with("state", "x")).await);
}

/// Fetch Metadata and `Origin`: no other site reads an answer or learns an address from a redirect.
/// Conformance A2.
#[tokio::test]
async fn redirects_are_not_stored_and_carry_no_referrer() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.asks(&ask("spa")).await;
    for page in
        [page, browser.signs_in(&ask("spa")).await, browser.asks(&but(&ask("spa"), "scope", "\"")).await]
    {
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
    }
}

#[tokio::test]
async fn what_a_client_calls_itself_is_text_and_nothing_else() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.asks(&but(&ask("third"), "login_hint", "\"><script>alert(1)</script>")).await;
    let page = browser.get(&page.location()).await;
    assert!(!page.body.contains("<script"), "{}", page.body);
    assert!(!page.body.contains("<Shop>"), "{}", page.body);
}
