//! Tokens of a session: refreshed once, never lost, never another's.

use futures_util::future::join_all;

use crate::world::{APP, Kept, Wire, World};

const REFRESH: &str = "grant_type=refresh_token";

/// nextjs-auth0#2580, #2582: parallel requests of one session make one refresh, and the server, which lets no
/// refresh token be used twice here, has nothing to complain of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_requests_of_one_session_refresh_once_and_get_its_own_token() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let app = world.app(kept);
        let (ada, eve) = (world.signed_in(&app, "ada").await, world.signed_in(&app, "eve").await);
        world.later(595);
        let many = (0..20).map(|at| {
            let mut browser = if at % 2 == 0 { ada.clone() } else { eve.clone() };
            async move { browser.get("/renew/due").await.body }
        });
        let bodies = join_all(many).await;
        for (at, body) in bodies.iter().enumerate() {
            assert_eq!(body, &bodies[at % 2], "{kept:?}");
            assert!(body.starts_with(["auth0|ada ", "auth0|eve "][at % 2]), "{body}");
        }
        assert_ne!(bodies[0], bodies[1]);
        assert_eq!(refreshes(&world.wire), 2, "{kept:?}: one for each session");
    }
}

/// A browser that goes away before the answer comes loses nothing: the next answer brings the new cookie.
#[tokio::test]
async fn a_rotated_refresh_token_survives_an_answer_that_was_lost() {
    let world = World::new().await;
    let app = world.app(Kept::InCookies);
    let mut browser = world.signed_in(&app, "ada").await;
    world.later(595);
    let mut lost = browser.clone();
    let first = lost.get("/renew/due").await;
    assert!(!first.cookies().is_empty());
    let before = browser.session().map(str::to_owned);
    // It never saw that cookie.
    let again = browser.get("/renew/due").await;
    assert_eq!(again.body, first.body);
    assert_ne!(browser.session().map(str::to_owned), before);
    world.later(595);
    assert_ne!(browser.get("/renew/due").await.body, first.body);
    assert_eq!(refreshes(&world.wire), 2);
}

/// What a process learnt is told to the next one by the cookie alone.
#[tokio::test]
async fn another_process_goes_on_with_the_newest_cookie() {
    let world = World::new().await;
    let (one, two) = (world.app(Kept::InCookies), world.app(Kept::InCookies));
    let mut browser = world.signed_in(&one, "ada").await;
    for app in [&two, &one, &two, &one] {
        world.later(595);
        let mut there = world.browser(app);
        there.cookies = browser.cookies.clone();
        let page = there.get("/renew/due").await;
        assert!(page.body.starts_with("auth0|ada "), "{}", page.body);
        browser.cookies = there.cookies;
    }
    assert_eq!(refreshes(&world.wire), 4);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end_or_when_told_so() {
    let world = World::new().await;
    let app = world.app(Kept::InStore);
    let mut browser = world.signed_in(&app, "ada").await;
    let first = browser.get("/renew/due").await.body;
    assert_eq!(browser.get("/renew/due").await.body, first);
    assert_ne!(browser.get("/renew/now").await.body, first);
    assert_eq!(refreshes(&world.wire), 1);
    assert_eq!(browser.get("/call").await.json()["sub"], "auth0|ada");
}

/// With a store nobody waits for a token that is good for a while yet. With cookies the answer waits, since it has to
/// carry what is new.
#[tokio::test]
async fn with_a_store_a_token_is_renewed_in_the_background() {
    for (kept, beside) in [(Kept::InCookies, false), (Kept::InStore, true)] {
        let world = World::new().await;
        let app = world.app(kept);
        let mut browser = world.signed_in(&app, "ada").await;
        let first = browser.get("/renew/due").await.body;
        world.later(550);
        assert_eq!(browser.get("/renew/due").await.body == first, beside, "{kept:?}");
        while browser.get("/renew/due").await.body == first {
            tokio::task::yield_now().await;
        }
        assert_eq!(refreshes(&world.wire), 1, "{kept:?}");
    }
}

/// A session that is used lives on, up to its end.
#[tokio::test]
async fn a_session_rolls_with_its_use_and_ends_all_the_same() {
    for kept in [Kept::InCookies, Kept::InStore] {
        let world = World::new().await;
        let app = world.app(kept);
        let mut browser = world.signed_in(&app, "ada").await;
        let mut idle = browser.clone();
        world.later(3_600);
        assert!(browser.get("/me").await.cookies().is_empty(), "not with every request");
        world.later(80_000);
        assert!(browser.get("/me").await.cookies()[0].contains("Max-Age=86400;"));
        world.later(80_000);
        match kept {
            Kept::InCookies => idle.get("/me").await.refuses(401, "web.not_signed_in"),
            // The same row: used by one, it lives for both.
            Kept::InStore => assert_eq!(idle.get("/me").await.body, "auth0|ada"),
        }
        assert!(browser.get("/me").await.cookies()[0].contains("Max-Age=86400;"));
        world.later(80_000);
        let last = browser.get("/me").await;
        assert!(last.cookies()[0].contains("Max-Age=15"), "{:?}", last.cookies());
        world.later(16_000);
        browser.get("/me").await.refuses(401, "web.not_signed_in");
    }
}

/// Secrets rotate: the newest seals, all of them open.
#[tokio::test]
async fn sessions_outlive_a_new_secret_while_the_old_one_is_named() {
    let world = World::new().await;
    let mut browser = world.signed_in(&world.app(Kept::InCookies), "ada").await;
    let newer = keybound_web::Options::new(APP, "another secret, of 32 bytes or more").unwrap();
    let newer = newer.ambient(world.time());
    let both = world.app_with(newer.clone().older_secret(crate::world::SECRET).unwrap());
    let mut there = world.browser(&both);
    there.cookies = browser.cookies.clone();
    assert_eq!(there.get("/me").await.body, "auth0|ada");
    let mut alone = world.browser(&world.app_with(newer));
    alone.cookies = std::mem::take(&mut browser.cookies);
    alone.get("/me").await.refuses(401, "web.not_signed_in");
}

/// The route is there only where it was asked for, and only for the app's own pages.
#[tokio::test]
async fn scripts_get_access_tokens_only_where_the_app_says_so() {
    let world = World::new().await;
    let mut browser = world.signed_in(&world.app(Kept::InStore), "ada").await;
    assert_eq!(browser.get("/auth/access-token").await.status.as_u16(), 404);
    let app = world.app_with(world.options(Kept::InStore).giving_access_tokens_to_the_browser());
    let mut browser = world.signed_in(&app, "ada").await;
    let given = browser.get("/auth/access-token").await;
    assert_eq!(given.headers["cache-control"], "no-store");
    assert_eq!(given.json()["token_type"], "DPoP");
    browser.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    browser.get("/auth/access-token").await.refuses(403, "web.cross_site");
    world.browser(&app).get("/auth/access-token").await.refuses(401, "web.not_signed_in");
}

/// Requests that brought new tokens, without those that only learnt a nonce.
fn refreshes(wire: &Wire) -> usize {
    wire.count(REFRESH)
}
