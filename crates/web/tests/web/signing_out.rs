//! Leaving, here and at the authorization server.

use crate::world::{APP, ISSUER, Kept, World};
use keybound_web::Leave;

/// RP-Initiated Logout §2: the user is out in the app, and at the server without being asked.
#[tokio::test]
async fn a_user_signs_out_here_and_there() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let mut browser = world.signed_in(&world.app(kept), "ada").await;
        let copy = browser.clone();
        let left = browser.get("/auth/logout?returnTo=%2Fbye").await;
        assert_eq!(left.param("post_logout_redirect_uri"), format!("{APP}/bye"));
        assert!(left.location().starts_with(ISSUER));
        assert_eq!(browser.cookies_of(APP).count(), 0);
        let revoked = world.wire.sent().iter().find(|sent| sent.path == "/oauth/revoke").cloned().unwrap();
        assert!(revoked.body.contains("token_type_hint=refresh_token"), "{kept:?}");
        let back = browser.get(&left.location()).await;
        assert_eq!(back.location(), format!("{APP}/bye"), "{}", back.body);
        assert_eq!(browser.get("/").await.body, "hello, stranger");
        // Signed out at the server too: it asks for the password again.
        let again = browser.get("/auth/login").await;
        assert!(browser.get(&again.location()).await.location().contains("/u/login"));
        let mut copy = copy;
        copy.get("/me").await.refuses(401, "web.not_signed_in");
    }
}

#[tokio::test]
async fn the_app_chooses_how_to_leave() {
    let world = World::new().await;
    for (leave, start) in [
        (Leave::V2, "https://id.example/v2/logout?client_id=web&returnTo=https%3A%2F%2Fapp.example%2F"),
        (Leave::Stay, "https://app.example/"),
    ] {
        let app = world.app_with(world.options(Kept::InCookies).leave(leave));
        let mut browser = world.signed_in(&app, "ada").await;
        assert_eq!(browser.get("/auth/logout").await.location(), start);
        assert!(browser.session().is_none());
    }
}

/// Logout CSRF: neither another site nor a browser that fetches ahead ends a session.
#[tokio::test]
async fn a_link_of_another_site_or_a_prefetch_signs_nobody_out() {
    let world = World::new().await;
    let mut browser = world.signed_in(&world.app(Kept::InCookies), "ada").await;
    for (name, value, code) in [
        ("sec-fetch-site", "cross-site", "web.cross_site"),
        ("sec-purpose", "prefetch;prerender", "web.prefetch"),
        ("purpose", "prefetch", "web.prefetch"),
    ] {
        browser.headers.clear();
        browser.headers.insert(name, value.parse().unwrap());
        let page = browser.get("/auth/logout").await;
        page.refuses(403, code);
        assert!(page.cookies().is_empty());
    }
    browser.headers.clear();
    assert_eq!(browser.get("/me").await.body, "auth0|ada");
}

/// A slow request that began before the logout does not bring the session back after it.
#[tokio::test]
async fn a_request_still_on_its_way_does_not_undo_a_logout() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let mut browser = world.signed_in(&world.app(kept), "ada").await;
        world.later(595);
        let mut slow = browser.clone();
        let (page, _) = tokio::join!(slow.get("/renew/due"), async {
            while world.wire.count("grant_type=refresh_token") == 0 {
                tokio::task::yield_now().await;
            }
            browser.get("/auth/logout").await
        });
        // It gets its token, or learns that this was revoked meanwhile; but no session.
        assert!(page.cookies().is_empty(), "{:?}", page.cookies());
        slow.get("/me").await.refuses(401, "web.not_signed_in");
    }
}
