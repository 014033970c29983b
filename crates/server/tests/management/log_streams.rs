//! The log, sent on to a server that an administrator names: HTTP over a socket.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use keybound_proto::time::Lifetime;
use keybound_server::{Config, config::Reach, jobs::send_on};
use keybound_store::events;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::World;

const PATH: &str = "log-streams";

/// Longer than an entry takes to settle, on any database.
const SETTLED: Lifetime = Lifetime::seconds(36);

/// Who takes the log, or says that it does not.
#[derive(Clone)]
struct Receiver {
    address: String,
    said: Arc<AtomicU16>,
    took: Arc<Mutex<Vec<(HeaderMap, String)>>>,
}

impl Receiver {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://127.0.0.1:{}/logs", listener.local_addr().unwrap().port());
        let receiver = Self { address, said: Arc::new(AtomicU16::new(200)), took: Arc::default() };
        let router = Router::new().route("/logs", post(take)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    fn says(&self, status: u16) {
        self.said.store(status, Ordering::Relaxed);
    }

    fn requests(&self) -> Vec<(HeaderMap, String)> {
        self.took.lock().unwrap().clone()
    }

    /// The ids of every entry that was taken, in their order, where each stands in a line.
    fn ids(&self) -> Vec<String> {
        let lines = self
            .requests()
            .into_iter()
            .flat_map(|(_, body)| body.lines().map(str::to_owned).collect::<Vec<_>>());
        let id = |line: String| {
            serde_json::from_str::<Value>(&line).unwrap()["log_id"].as_str().unwrap().to_owned()
        };
        lines.map(id).collect()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    tokio::time::sleep(Duration::from_millis(50)).await;
    let said = StatusCode::from_u16(receiver.said.load(Ordering::Relaxed)).unwrap();
    if said.is_success() {
        receiver.took.lock().unwrap().push((headers, body));
    }
    said
}

async fn world(reach: Reach) -> World {
    let mut config = Config::default();
    config.administrators_reach = reach;
    let world = World::under(config).await;
    world.clock.turn(Lifetime::seconds(5));
    world
}

fn stream(receiver: &Receiver, more: Value) -> Value {
    let mut stream = json!({ "name": "mine", "type": "http", "sink": { "httpEndpoint": receiver.address } });
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Object(members) => stream[name].as_object_mut().unwrap().extend(members.clone()),
            value => stream[name] = value.clone(),
        }
    }
    stream
}

/// Lets what is written settle, and sends it on.
async fn goes_on(world: &World) {
    world.clock.turn(SETTLED);
    send_on(&world.app).await.unwrap();
}

/// The ids of the log since an entry.
async fn log(world: &World, after: &str) -> Vec<String> {
    let entries = events::after(&world.app.store, &world.app.tenant.id, Some(after), 1_000).await.unwrap();
    entries.into_iter().map(|entry| entry.id.into()).collect()
}

async fn does_something(world: &World, times: usize) {
    for nth in 0..times {
        world.post("roles", json!({ "name": format!("role {nth} {:?}", world.clock.now()) })).await.ok();
    }
}

#[tokio::test]
async fn every_entry_is_sent_in_order_and_none_before_the_stream_was_made() {
    let (world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    does_something(&world, 3).await;
    world.clock.turn(Lifetime::seconds(1));
    let before = log(&world, "").await.pop().unwrap();
    world.post(PATH, stream(&receiver, json!({}))).await.ok();
    does_something(&world, 150).await;
    send_on(&world.app).await.unwrap();
    assert!(receiver.ids().is_empty(), "what has not settled is not sent");
    goes_on(&world).await;
    assert_eq!(receiver.ids(), log(&world, &before).await);
    assert_eq!(receiver.requests().len(), 2, "a hundred at once");
    does_something(&world, 2).await;
    goes_on(&world).await;
    goes_on(&world).await;
    assert_eq!(receiver.ids(), log(&world, &before).await);
    let (headers, body) = receiver.requests().pop().unwrap();
    assert_eq!(headers["content-type"], "application/json");
    let last: Value = serde_json::from_str(body.lines().last().unwrap()).unwrap();
    assert_eq!((&last["data"]["type"], &last["data"]["log_id"]), (&json!("sapi"), &last["log_id"]));
}

#[tokio::test]
async fn what_is_sent_looks_as_the_sink_says_and_is_of_the_categories_that_were_asked_for() {
    let world = world(Reach::Anywhere).await;
    let (array, object, filtered) = (Receiver::open().await, Receiver::open().await, Receiver::open().await);
    let header = json!([{ "header": "X-From", "value": "acme" }]);
    let sink = json!({
        "httpContentFormat": "JSONARRAY", "httpContentType": "application/vnd.acme+json",
        "httpAuthorization": "Bearer s3cret", "httpCustomHeaders": header,
    });
    let made = world.post(PATH, stream(&array, json!({ "sink": sink }))).await;
    assert!(!made.headers.contains_key("keybound-inert"), "{:?}", made.headers);
    made.ok();
    world.post(PATH, stream(&object, json!({ "sink": { "httpContentFormat": "JSONOBJECT" } }))).await.ok();
    let tokens = json!([{ "type": "category", "name": "auth.token_exchange.success" }]);
    world.post(PATH, stream(&filtered, json!({ "filters": tokens }))).await.ok();
    does_something(&world, 1).await;
    goes_on(&world).await;
    let (headers, body) = array.requests().remove(0);
    assert_eq!(
        (&headers["authorization"], &headers["x-from"]),
        (&"Bearer s3cret".parse().unwrap(), &"acme".parse().unwrap())
    );
    assert_eq!(headers["content-type"], "application/vnd.acme+json");
    let items: Value = serde_json::from_str(&body).unwrap();
    let whole: Value = serde_json::from_str(&object.requests().remove(0).1).unwrap();
    assert_eq!(whole["logs"].as_array().unwrap().last(), items.as_array().unwrap().last());
    assert!(filtered.requests().is_empty(), "only tokens were asked for");
    world.administrator(&["read:roles"]).await;
    goes_on(&world).await;
    let requests = filtered.requests();
    assert!(!requests.is_empty());
    for line in requests.iter().flat_map(|(_, body)| body.lines()) {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["data"]["type"], "seccft");
    }
}

/// Whoever does not take it is asked again, less and less often; nothing is lost, and after a day it is suspended.
#[tokio::test]
async fn what_was_not_taken_is_sent_again_and_after_a_day_no_more_until_somebody_says_so() {
    let (mut world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    world.clock.turn(Lifetime::seconds(1));
    let before = log(&world, "").await.pop().unwrap();
    let made = world.post(PATH, stream(&receiver, json!({}))).await.ok();
    let one = format!("{PATH}/{}", made["id"].as_str().unwrap());
    receiver.says(503);
    does_something(&world, 2).await;
    goes_on(&world).await;
    receiver.says(200);
    send_on(&world.app).await.unwrap();
    assert!(receiver.ids().is_empty(), "it is not tried again at once");
    goes_on(&world).await;
    assert_eq!(receiver.ids(), log(&world, &before).await);

    receiver.says(500);
    does_something(&world, 1).await;
    goes_on(&world).await;
    world.clock.turn(Lifetime::seconds(86_400));
    send_on(&world.app).await.unwrap();
    world.root_again().await;
    assert_eq!(world.get(&one).await.ok()["status"], "suspended");
    receiver.says(200);
    world.clock.turn(Lifetime::seconds(86_400));
    send_on(&world.app).await.unwrap();
    let had = receiver.ids();
    world.root_again().await;
    world.patch(&one, json!({ "status": "active" })).await.ok();
    world.clock.turn(Lifetime::seconds(600));
    send_on(&world.app).await.unwrap();
    let all = receiver.ids();
    assert!(all.len() > had.len());
    assert_eq!(all, log(&world, &before).await);
}

#[tokio::test]
async fn of_two_who_send_at_once_one_does_and_a_stream_that_is_paused_goes_on_where_it_was() {
    let (world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    world.clock.turn(Lifetime::seconds(1));
    let before = log(&world, "").await.pop().unwrap();
    let made = world.post(PATH, stream(&receiver, json!({}))).await.ok();
    let one = format!("{PATH}/{}", made["id"].as_str().unwrap());
    does_something(&world, 20).await;
    world.clock.turn(SETTLED);
    let (first, second) = tokio::join!(send_on(&world.app), send_on(&world.app));
    first.and(second).unwrap();
    assert_eq!(receiver.ids(), log(&world, &before).await);
    world.patch(&one, json!({ "status": "paused" })).await.ok();
    does_something(&world, 1).await;
    let had = receiver.ids();
    goes_on(&world).await;
    assert_eq!(receiver.ids(), had);
    world.patch(&one, json!({ "status": "active" })).await.ok();
    goes_on(&world).await;
    assert_eq!(receiver.ids(), log(&world, &before).await);
    world.delete(&one).await.gone();
    does_something(&world, 1).await;
    let had = receiver.ids();
    goes_on(&world).await;
    assert_eq!(receiver.ids(), had);
}

#[tokio::test]
async fn a_stream_begins_where_it_is_told_to() {
    let (world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    does_something(&world, 3).await;
    world.clock.turn(Lifetime::seconds(60));
    let made =
        world.post(PATH, stream(&receiver, json!({ "startFrom": "2021-03-01T19:57:29.532Z" }))).await.ok();
    assert!(made.get("startFrom").is_none());
    goes_on(&world).await;
    assert_eq!(receiver.ids(), log(&world, "").await);
}

/// Nothing inside is called, unless the operator lets administrators reach it.
#[tokio::test]
async fn nothing_is_sent_to_what_lies_inside() {
    let (world, receiver) = (world(Reach::Public).await, Receiver::open().await);
    world.post(PATH, stream(&receiver, json!({}))).await.ok();
    for endpoint in ["https://127.0.0.1/", "https://localhost/", "https://169.254.169.254/", "https://[::1]/"]
    {
        let sink = json!({ "sink": { "httpEndpoint": endpoint } });
        world.post(PATH, stream(&receiver, sink)).await.ok();
    }
    goes_on(&world).await;
    assert!(receiver.requests().is_empty());
}

/// What is not done is said, whichever part of a stream is written; and what wants names kept back sends nothing.
#[tokio::test]
async fn a_stream_that_is_not_sent_to_is_said_to_be_kept() {
    let (world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    let config = json!({ "log_fields": ["email"], "method": "mask" });
    let mut masked = stream(&receiver, json!({}));
    masked["pii_config"] = config;
    let made = world.post(PATH, masked).await;
    assert!(made.headers["keybound-inert"].to_str().unwrap().contains("pii_config"));
    let made = made.ok();
    assert_eq!((&made["isPriority"], &made["pii_config"]["algorithm"]), (&json!(false), &json!("xxhash")));
    let id = made["id"].as_str().unwrap().to_owned();
    let renamed = world.patch(&format!("{PATH}/{id}"), json!({ "name": "other" })).await;
    assert_eq!(renamed.headers["keybound-inert"], "pii_config");
    goes_on(&world).await;
    assert!(receiver.requests().is_empty());
    let other = json!({ "type": "datadog", "sink": { "datadogApiKey": "k", "datadogRegion": "eu" } });
    let made = world.post(PATH, other).await;
    assert_eq!(made.headers["keybound-inert"], "type");
    let id = made.ok()["id"].as_str().unwrap().to_owned();
    let renamed = world.patch(&format!("{PATH}/{id}"), json!({ "name": "other" })).await;
    assert_eq!(renamed.headers["keybound-inert"], "type");
}

/// RFC 9110 §5.1, RFC 9112 §6: no header cuts the body or names another host.
#[tokio::test]
async fn a_header_that_would_change_the_request_is_refused() {
    let (world, receiver) = (world(Reach::Anywhere).await, Receiver::open().await);
    for (header, value) in [
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("X\r\nHost", "a"),
        ("X Y", "a"),
        ("", "a"),
        ("X-A", "a\r\nHost: evil.example"),
    ] {
        let sink = json!({ "sink": { "httpCustomHeaders": [{ "header": header, "value": value }] } });
        let status = world.post(PATH, stream(&receiver, sink)).await.status;
        assert_eq!(status, 400, "{header:?}: {value:?}");
    }
    for sink in [json!({ "httpAuthorization": "a\r\nb" }), json!({ "httpContentType": "a\nb" })] {
        assert_eq!(world.post(PATH, stream(&receiver, json!({ "sink": sink }))).await.status, 400);
    }
}
