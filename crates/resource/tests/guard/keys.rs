//! The issuer's keys: found, rotated, kept through an outage, asked for once.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, response::Redirect, routing::get};
use http::StatusCode;
use keybound_crypto::SigningKey;
use keybound_proto::{
    jose::{Alg, KeySet, Sign, mint},
    uri::Issuer,
};
use keybound_resource::{Fetch, FetchError, Fetched, HttpFetch, IssuerKeys};
use serde_json::json;

use super::common::{Client, ISSUER, World, named_key};

/// An issuer's documents, and how often they were read.
#[derive(Debug, Default)]
struct Documents {
    held: Mutex<HashMap<String, Result<String, FetchError>>>,
    reads: AtomicUsize,
}

impl Documents {
    fn of(keys: &[&SigningKey]) -> Arc<Self> {
        let documents = Arc::new(Self::default());
        documents.put(
            ".well-known/openid-configuration",
            Ok(json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}jwks") }).to_string()),
        );
        documents.publish(keys);
        documents
    }

    fn put(&self, path: &str, document: Result<String, FetchError>) {
        self.held.lock().unwrap().insert(format!("{ISSUER}{path}"), document);
    }

    fn publish(&self, keys: &[&SigningKey]) {
        let keys = keys.iter().map(|key| key.public().clone()).collect();
        self.put("jwks", Ok(KeySet::new(keys).to_json().to_string()));
    }

    fn break_down(&self) {
        let failed = || Err(FetchError::Failed("no route".into()));
        self.held.lock().unwrap().values_mut().for_each(|document| *document = failed());
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

impl Fetch for Documents {
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move {
            self.reads.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(5)).await;
            let held = self.held.lock().unwrap().get(url).cloned();
            held.unwrap_or(Err(FetchError::Status(404))).map(Into::into)
        })
    }
}

fn world(issuer: SigningKey, documents: &Arc<Documents>) -> World {
    let fetch = Arc::<Documents>::clone(documents);
    let keys = IssuerKeys::discovered(Issuer::parse(ISSUER).unwrap(), fetch);
    World::with_keys(issuer, Arc::new(keys), |_| {})
}

fn token_by(world: &World, client: &Client, key: &SigningKey) -> String {
    let mut claims = world.claims();
    claims["cnf"] = json!({ "jkt": client.builder.thumbprint().to_string() });
    mint("at+jwt", &claims, key).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_many_wait_one_asks() {
    let issuer = named_key(Alg::Rs256, "one");
    let documents = Documents::of(&[&issuer]);
    let world = Arc::new(world(issuer, &documents));
    let mut answers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let world = Arc::clone(&world);
        answers.spawn(async move {
            let client = Client::new();
            world.get(&client, &world.token(&client)).await.status
        });
    }
    assert!(answers.join_all().await.into_iter().all(|status| status == StatusCode::OK));
    assert_eq!(documents.reads(), 2);
}

#[tokio::test]
async fn an_unknown_key_makes_us_ask_but_not_all_the_time() {
    let (one, two) = (named_key(Alg::Es256, "one"), named_key(Alg::Es256, "two"));
    let documents = Documents::of(&[&one]);
    let world = world(one, &documents);
    let client = Client::new();
    world.still_works().await;
    assert_eq!(documents.reads(), 2);
    world.clock.advance(10);
    documents.publish(&[&world.issuer, &two]);
    let token = token_by(&world, &client, &two);
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    assert_eq!(documents.reads(), 3);
    let three = named_key(Alg::Es256, "three");
    for _ in 0..20 {
        let token = token_by(&world, &client, &three);
        world.get(&client, &token).await.refused("invalid_token", "token.key_unknown");
    }
    assert_eq!(documents.reads(), 3);
    world.clock.advance(10);
    world
        .get(&client, &token_by(&world, &client, &three))
        .await
        .refused("invalid_token", "token.key_unknown");
    assert_eq!(documents.reads(), 4);
    world.still_works().await;
}

#[tokio::test]
async fn keys_are_fetched_again_in_time_and_a_withdrawn_one_is_worth_nothing() {
    let (one, two) = (named_key(Alg::Es256, "one"), named_key(Alg::Es256, "two"));
    let documents = Documents::of(&[&one, &two]);
    let world = world(one, &documents);
    let client = Client::new();
    let token = token_by(&world, &client, &two);
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    documents.publish(&[&world.issuer]);
    world.clock.advance(601);
    // The old keys serve this one request; the new ones come in the background.
    assert_eq!(world.get(&client, &token).await.status, StatusCode::OK);
    for _ in 0..100 {
        if documents.reads() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    world.get(&client, &token).await.refused("invalid_token", "token.key_unknown");
    world.still_works().await;
}

#[tokio::test]
async fn an_outage_of_the_issuer_is_survived_for_a_day() {
    let documents = Documents::of(&[&named_key(Alg::Es256, "zero")]);
    let issuer = named_key(Alg::Es256, "one");
    documents.publish(&[&issuer]);
    let world = world(issuer, &documents);
    world.still_works().await;
    documents.break_down();
    for _ in 0..10 {
        world.clock.advance(3600);
        world.still_works().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.clock.advance(86_400);
    let client = Client::new();
    let answer = world.get(&client, &world.token(&client)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.challenges().is_empty() && answer.header("retry-after").is_some());
    documents.put(
        ".well-known/openid-configuration",
        Ok(json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}jwks") }).to_string()),
    );
    documents.publish(&[&world.issuer]);
    world.clock.advance(10);
    world.still_works().await;
}

#[tokio::test]
async fn an_issuer_that_never_answered_is_not_asked_again_at_once() {
    let issuer = named_key(Alg::Es256, "one");
    let documents = Documents::of(&[&issuer]);
    documents.break_down();
    let world = world(issuer, &documents);
    let client = Client::new();
    for _ in 0..10 {
        let answer = world.get(&client, &world.token(&client)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(documents.reads(), 1);
    let recovered = Documents::of(&[&world.issuer]);
    *documents.held.lock().unwrap() = std::mem::take(&mut *recovered.held.lock().unwrap());
    world.clock.advance(2);
    world.still_works().await;
}

/// RFC 8414 §3.3: the issuer in the document is the one we asked, byte for byte.
#[tokio::test]
async fn metadata_of_another_issuer_is_not_believed() {
    for metadata in [
        json!({ "issuer": "https://login.example.com", "jwks_uri": format!("{ISSUER}jwks") }),
        json!({ "issuer": "https://evil.example/", "jwks_uri": format!("{ISSUER}jwks") }),
        json!({ "jwks_uri": format!("{ISSUER}jwks") }),
        json!({ "issuer": ISSUER }),
        json!({ "issuer": ISSUER, "jwks_uri": "http://login.example.com/jwks" }),
        json!({ "issuer": ISSUER, "jwks_uri": "file:///etc/passwd" }),
        json!([]),
    ] {
        let issuer = named_key(Alg::Es256, "one");
        let documents = Documents::of(&[&issuer]);
        documents.put(".well-known/openid-configuration", Ok(metadata.to_string()));
        let world = world(issuer, &documents);
        let client = Client::new();
        let answer = world.get(&client, &world.token(&client)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{metadata}");
        assert_eq!(documents.reads(), 1, "{metadata}");
    }
}

#[tokio::test]
async fn the_other_well_known_place_will_do() {
    let issuer = named_key(Alg::Es256, "one");
    let documents = Documents::of(&[&issuer]);
    documents.put(".well-known/openid-configuration", Err(FetchError::Status(404)));
    documents.put(
        ".well-known/oauth-authorization-server",
        Ok(json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}jwks") }).to_string()),
    );
    world(issuer, &documents).still_works().await;
    assert_eq!(documents.reads(), 3);
}

/// Conformance A2.
#[tokio::test]
async fn documents_are_read_over_http_without_redirects_and_without_end() {
    let app = Router::new()
        .route("/good", get(|| async { "{}" }))
        .route("/moved", get(|| async { Redirect::temporary("/good") }))
        .route("/large", get(|| async { "x".repeat(600 * 1024) }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let fetch = HttpFetch::new(&[]).unwrap();
    let read = async |path: &str| fetch.fetch(&format!("{at}{path}")).await;
    assert_eq!(read("/good").await.unwrap(), "{}");
    assert_eq!(read("/moved").await, Err(FetchError::Status(307)));
    assert_eq!(read("/missing").await, Err(FetchError::Status(404)));
    assert_eq!(read("/large").await, Err(FetchError::TooLarge));
    server.abort();
    let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(HttpFetch::new(&[broken]).is_err());
}
