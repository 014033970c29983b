//! A web app over `keybound-web`: its browser has a session, and the app has key and tokens.

use std::{sync::Arc, time::Duration};

use axum::{Router, extract::State, routing::get};
use http::StatusCode;
use keybound_client::Requests;
use keybound_proto::form::Form;
use keybound_store::documents::Clients;
use keybound_web::{MemorySessions, Options, User, WebAuth, WebSession};
use serde_json::json;

use crate::{
    place::{Bodies, Place},
    relay::Relay,
    world::{SECRET, TOKEN, USER, World, put, query, scopes},
};

/// What the app decides.
#[derive(Default)]
struct Decided {
    store: Option<MemorySessions>,
    requests: Requests,
}

/// The app, whose page `/call` calls that API for whoever is signed in. Where it has a store for its sessions, the
/// server tells it when one ended.
async fn app(world: &World, api: &Place, Decided { store, requests }: Decided) -> Place {
    let relay = Relay::open().await;
    let base = relay.url().trim_end_matches('/').to_owned();
    let mut client = json!({
        "name": "Shop", "app_type": "regular_web", "client_secret": SECRET,
        "token_endpoint_auth_method": "client_secret_post",
        "callbacks": [format!("{base}/auth/callback")], "allowed_logout_urls": [format!("{base}/")],
        "grant_types": ["authorization_code", "refresh_token"],
        "require_pushed_authorization_requests": requests == Requests::Pushed,
        "refresh_token": {
            "rotation_type": "rotating", "expiration_type": "expiring", "leeway": 30,
            "token_lifetime": 864_000, "idle_token_lifetime": 432_000,
        },
    });
    if store.is_some() {
        let heard = format!("{base}/auth/backchannel-logout");
        client["oidc_logout"] = json!({ "backchannel_logout_urls": [heard] });
    }
    put::<Clients>(&world.app, "web", client).await;
    let mut config = world.config("web").scopes(scopes("openid offline_access read:orders"));
    config.requests = requests;
    let options = Options::new(&base, "a secret of 32 bytes, or even more").unwrap();
    let mut options = options.ambient(world.time.clone());
    if let Some(store) = store {
        options = options.store(Arc::new(store));
    }
    let auth = WebAuth::new(config, world.web.clone(), options).unwrap();
    let pages = Router::new()
        .route("/me", get(|user: User| async move { user.subject().to_owned() }))
        .route("/call", get(call))
        .with_state(api.url.clone());
    Place::open(relay, auth.protect(pages), &world.time, Bodies::Passed).await
}

async fn call(State(api): State<String>, session: WebSession) -> Result<String, String> {
    let answer = async { session.fetcher(&api).await?.get("orders").send().await?.text().await };
    answer.await.map_err(|error| error.code().to_owned())
}

#[tokio::test]
async fn a_person_signs_in_to_a_web_app_that_calls_an_api_and_leaves() {
    let world = World::new().await;
    let api = world.api().await;
    let app = app(&world, &api, Decided::default()).await;
    let mut browser = world.browser();
    let at = |path: &str| format!("{}{path}", app.url);
    assert_eq!(browser.get(&at("me")).await.status, StatusCode::UNAUTHORIZED);

    let to_server = browser.get(&at("auth/login?returnTo=/me")).await.location().unwrap();
    let back = browser.signs_in(&to_server).await;
    let home = browser.get(&back).await;
    assert_eq!(home.location(), Some(at("me")), "{}", home.body);
    assert_eq!(browser.get(&at("me")).await.body, USER);
    let profile = browser.get(&at("auth/profile")).await;
    assert!(profile.body.contains(USER), "{}", profile.body);

    let called = browser.get(&at("call")).await;
    assert!(called.body.contains("\"bound\":true"), "{}", called.body);
    assert_eq!(world.refreshes().await, 0);
    world.time.later(TOKEN + 1);
    for _ in 0..2 {
        assert!(browser.get(&at("call")).await.body.contains("\"bound\":true"));
    }
    assert_eq!(world.refreshes().await, 1, "the renewed token is in the cookie");

    // A copy of the answer the server gave once serves nobody twice.
    assert_ne!(browser.get(&back).await.status, StatusCode::OK);
    let out = browser.get(&at("auth/logout")).await.location().unwrap();
    assert!(out.starts_with(&world.server.url), "{out}");
    assert_eq!(browser.get(&out).await.location(), Some(app.url.clone()));
    assert_eq!(browser.get(&at("me")).await.status, StatusCode::UNAUTHORIZED);
    let again = browser.get(&at("auth/login")).await.location().unwrap();
    let page = browser.get(&again).await.location().unwrap();
    assert!(page.contains("/u/login?"), "the server has forgotten them too: {page}");
}

/// OpenID Connect Back-Channel Logout 1.0 §2: whoever leaves elsewhere has left here too.
#[tokio::test]
async fn a_web_app_hears_from_the_server_that_a_session_ended() {
    let world = World::new().await;
    let api = world.api().await;
    let app =
        app(&world, &api, Decided { store: Some(MemorySessions::default()), ..Decided::default() }).await;
    let (mut leaving, mut staying) = (world.browser(), world.browser());
    let at = |path: &str| format!("{}{path}", app.url);
    for browser in [&mut leaving, &mut staying] {
        let to_server = browser.get(&at("auth/login")).await.location().unwrap();
        let back = browser.signs_in(&to_server).await;
        browser.get(&back).await;
        assert_eq!(browser.get(&at("me")).await.body, USER);
    }
    // Not by the app's own way out: it has no part in this but to hear of it.
    leaving.get(&format!("{}v2/logout", world.server.url)).await;
    for _ in 0..200 {
        if !app.heard_at("/auth/backchannel-logout").is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    for _ in 0..200 {
        if leaving.get(&at("me")).await.status == StatusCode::UNAUTHORIZED {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(leaving.get(&at("me")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(staying.get(&at("me")).await.body, USER, "another browser, another session");
    assert_eq!(app.heard_at("/auth/backchannel-logout").len(), 1);
}

/// RFC 9126 §2, RFC 9449 §10.1: what the app asks for, the browser never sees, and the code is bound to the app's key.
#[tokio::test]
async fn a_web_app_whose_requests_have_to_be_pushed_signs_people_in() {
    let world = World::new().await;
    let api = world.api().await;
    let app = app(&world, &api, Decided { requests: Requests::Pushed, ..Decided::default() }).await;
    let mut browser = world.browser();
    let at = |path: &str| format!("{}{path}", app.url);
    let to_server = browser.get(&at("auth/login?returnTo=/me")).await.location().unwrap();
    let told = Form::parse(query(&to_server).as_bytes()).unwrap();
    assert_eq!(told.pairs().map(|(name, _)| name).collect::<Vec<_>>(), ["client_id", "request_uri"]);
    let pushed = world.server.heard_at("/oauth/par");
    assert_eq!(pushed.last().unwrap().proof().unwrap()["htu"], format!("{}oauth/par", world.server.url));

    let back = browser.signs_in(&to_server).await;
    assert_eq!(browser.get(&back).await.location(), Some(at("me")));
    assert_eq!(browser.get(&at("me")).await.body, USER);
    assert!(browser.get(&at("call")).await.body.contains("\"bound\":true"));
    // What was pushed serves one login.
    let again = world.browser().get(&to_server).await;
    assert!(!again.location().unwrap_or_default().contains("/u/login"));
}
