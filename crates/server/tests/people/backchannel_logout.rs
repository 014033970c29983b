//! Clients hear that a session ended (OpenID Connect Back-Channel Logout 1.0).

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use http::StatusCode;
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    id::ClientId,
    jose::{AlgSet, Unverified},
    time::Lifetime,
    token::logout::{ExpectLogout, LogoutClaims},
};
use keybound_server::jobs;
use keybound_store::documents::Clients;
use serde_json::json;
use tokio::net::TcpListener;

use crate::world::{Browser, CALLBACK, PASSWORD, World, ask, but, credentials};

/// How a client takes the news.
#[derive(Clone, Copy)]
enum Takes {
    Well,
    Ill,
    Elsewhere,
    Never,
}

/// A client's endpoint, on a socket.
#[derive(Clone)]
struct Ear {
    takes: Takes,
    heard: Arc<Mutex<Vec<String>>>,
    url: String,
}

impl Ear {
    async fn open(takes: Takes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/backchannel-logout", listener.local_addr().unwrap());
        let ear = Self { takes, heard: Arc::default(), url };
        let router = Router::new()
            .route("/backchannel-logout", post(hear))
            .route("/moved", post(|| async { StatusCode::NO_CONTENT }))
            .with_state(ear.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        ear
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until so many logout tokens came.
    async fn hears(&self, many: usize) -> Vec<String> {
        for _ in 0..200 {
            if self.heard().len() >= many {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(self.heard().len(), many);
        self.heard()
    }
}

async fn hear(State(ear): State<Ear>, body: String) -> Response {
    ear.heard.lock().unwrap().push(body);
    match ear.takes {
        Takes::Well => StatusCode::NO_CONTENT.into_response(),
        Takes::Ill => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Takes::Elsewhere => Redirect::temporary("/moved").into_response(),
        Takes::Never => std::future::pending().await,
    }
}

async fn with_client(world: &World, id: &str, ear: &Ear) {
    let client = json!({
        "client_id": id, "name": "Shop", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "grant_types": ["authorization_code"],
        "oidc_logout": { "backchannel_logout_urls": [ear.url] },
    });
    world.insert::<Clients>(id, client).await;
}

async fn leaves(browser: &mut Browser) {
    let page = browser.get("/v2/logout?client_id=spa").await;
    assert_eq!(page.status, StatusCode::FOUND);
}

/// What a client reads in what it heard, checked as a client checks it (§2.6).
fn read(world: &World, heard: &str, client: &str) -> LogoutClaims {
    let form = Form::parse(heard.as_bytes()).unwrap();
    let token = Unverified::parse(form.text("logout_token").unwrap().as_bytes()).unwrap();
    let keys = world.app.keys.now();
    let verified = token.verify_with(&AwsLc, keys.published(), AlgSet::ALL).unwrap();
    assert_eq!(verified.typ(), Some("logout+jwt"));
    let client_id = ClientId::parse(client).unwrap();
    let expect =
        ExpectLogout { issuer: &world.app.tenant.issuer, client_id: &client_id, leeway: Lifetime::ZERO };
    LogoutClaims::check(&verified, &expect, world.app.clock.now()).unwrap()
}

async fn said(world: &World, kind: &str) -> usize {
    world.events().await.iter().filter(|event| *event == kind).count()
}

/// Waits for what is written after an answer was read.
async fn is_said(world: &World, kind: &str, many: usize) {
    for _ in 0..200 {
        if said(world, kind).await >= many {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(said(world, kind).await, many, "{kind}");
}

/// §2.3, §2.4: whoever took part hears once, and of that session alone.
#[tokio::test]
async fn who_took_part_in_a_session_hears_that_it_ended() {
    let world = World::new().await;
    let (one, two, absent) =
        (Ear::open(Takes::Well).await, Ear::open(Takes::Well).await, Ear::open(Takes::Well).await);
    for (id, ear) in [("one", &one), ("second", &two), ("absent", &absent)] {
        with_client(&world, id, ear).await;
    }
    let (mut browser, mut other) = (world.signed_in().await, world.signed_in().await);
    for id in ["one", "one", "second"] {
        browser.asks(&ask(id)).await.brings_a_code();
    }
    other.asks(&ask("one")).await.brings_a_code();
    leaves(&mut browser).await;
    let (at_one, at_two) = (one.hears(1).await, two.hears(1).await);
    is_said(&world, "oidc_backchannel_logout_succeeded", 2).await;
    let (one_read, two_read) = (read(&world, &at_one[0], "one"), read(&world, &at_two[0], "second"));
    assert_eq!(one_read.session, two_read.session);
    assert_eq!(one_read.subject.as_deref(), Some("auth0|ada"));
    assert_ne!(one_read.id, two_read.id);

    leaves(&mut other).await;
    let again = one.hears(2).await;
    assert_ne!(read(&world, &again[1], "one").session, one_read.session);
    jobs::round(&world.app).await;
    world.later(3_000);
    jobs::round(&world.app).await;
    assert_eq!((one.heard().len(), two.heard().len(), absent.heard().len()), (2, 1, 0));
}

/// Another person at the same browser ends the session of the one before.
#[tokio::test]
async fn a_session_that_another_person_ends_is_heard_of_too() {
    let world = World::new().await;
    world.person("eve", "eve@example.com", json!({})).await;
    let ear = Ear::open(Takes::Well).await;
    with_client(&world, "one", &ear).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask("one")).await.brings_a_code();
    let again = but(&ask("one"), "prompt", "login");
    browser.signs_in(&again).await;
    jobs::round(&world.app).await;
    assert_eq!(ear.heard().len(), 0, "the same person goes on in the same session");

    let page = browser.get(&format!("/authorize?{}", again.encode())).await.location();
    let state = page.split_once("state=").unwrap().1;
    let form = credentials(state, "eve@example.com", PASSWORD);
    browser.post("/u/login", &form).await;
    jobs::round(&world.app).await;
    assert_eq!(read(&world, &ear.hears(1).await[0], "one").subject.as_deref(), Some("auth0|ada"));
}

/// A client that is down does not keep people from leaving, is asked again, and is given up in the end.
/// Conformance A21.
#[tokio::test]
async fn a_client_that_does_not_take_it_is_told_three_times() {
    for takes in [Takes::Ill, Takes::Elsewhere] {
        let world = World::new().await;
        let ear = Ear::open(takes).await;
        with_client(&world, "one", &ear).await;
        let mut browser = world.signed_in().await;
        browser.asks(&ask("one")).await.brings_a_code();
        leaves(&mut browser).await;
        for tried in 1..=3 {
            ear.hears(tried).await;
            is_said(&world, "oidc_backchannel_logout_failed", tried).await;
            jobs::round(&world.app).await;
            assert_eq!(ear.heard().len(), tried, "not at once");
            world.later(31);
            jobs::round(&world.app).await;
        }
        assert_eq!(ear.heard().len(), 3);
        assert_eq!(said(&world, "oidc_backchannel_logout_succeeded").await, 0);
    }
}

/// Conformance A21.
#[tokio::test]
async fn nobody_waits_for_a_client_that_never_answers() {
    let world = World::new().await;
    let ear = Ear::open(Takes::Never).await;
    with_client(&world, "one", &ear).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask("one")).await.brings_a_code();
    let left = tokio::time::timeout(Duration::from_secs(2), leaves(&mut browser)).await;
    assert!(left.is_ok());
    ear.hears(1).await;
}

/// A client that was deleted, or no longer wants to hear, is left alone.
#[tokio::test]
async fn what_an_administrator_took_back_is_not_called() {
    let world = World::new().await;
    let ear = Ear::open(Takes::Well).await;
    with_client(&world, "one", &ear).await;
    let mut browser = world.signed_in().await;
    browser.asks(&ask("one")).await.brings_a_code();
    world.forget_client("one").await;
    leaves(&mut browser).await;
    world.later(31);
    jobs::round(&world.app).await;
    assert_eq!(ear.heard().len(), 0);
    assert!(!world.events().await.iter().any(|event| event.starts_with("oidc_backchannel")));
}

/// Whoever ends the session: an administrator, by its name or all of them, a new password, or the end of the user.
#[tokio::test]
async fn what_an_administrator_ends_is_heard_of_too() {
    let world = World::new().await;
    let ear = Ear::open(Takes::Well).await;
    with_client(&world, "shop", &ear).await;
    for (count, (method, path, body)) in [
        ("DELETE", "users/auth0%7Cada/sessions", json!(null)),
        ("POST", "users/auth0%7Cada/revoke-access", json!(null)),
        ("PATCH", "users/auth0%7Cada", json!({ "password": PASSWORD })),
        ("DELETE", "users/auth0%7Cada", json!(null)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut browser = world.signed_in().await;
        browser.asks(&ask("shop")).await.brings_a_code();
        let (status, told) = world.manages(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {told}");
        jobs::round(&world.app).await;
        ear.hears(count + 1).await;
        browser.asks(&ask("shop")).await.goes_to("/u/login");
    }
}
