//! The tenant log over HTTP, and what administrators leave in it.

use http::Method;
use keybound_authority::event::{Event, EventKind};
use keybound_proto::{
    id::{ClientId, Subject},
    time::Lifetime,
};
use keybound_store::{Batch, events};
use serde_json::{Value, json};

use crate::world::{World, text};

const DATABASE: &str = "Username-Password-Authentication";

#[cfg(test)]
mod helped {
    use super::*;

    /// People sign in, one each minute.
    pub(super) async fn people_sign_in(world: &World, names: &[&str]) {
        for name in names {
            signs_in(world, name, Lifetime::seconds(0)).await;
            world.clock.turn(Lifetime::seconds(60));
        }
    }

    /// Somebody signs in so much later.
    pub(super) async fn signs_in(world: &World, name: &str, later: Lifetime) {
        let subject = Subject::parse(&format!("auth0|{name}")).unwrap();
        let client = ClientId::parse("bootstrap").unwrap();
        let at = world.clock.now().plus(later);
        let event = Event::new(EventKind::LoggedIn, at).by(&client).about(&subject).named(name);
        let mut batch = Batch::new();
        events::record(&mut batch, &world.app.store, &world.app.tenant.id, &event);
        world.app.store.apply(batch).await.unwrap();
    }

    /// The values of a member, between spaces.
    pub(super) fn each(entries: &Value, member: &str) -> String {
        entries.as_array().unwrap().iter().map(|entry| text(entry, member)).collect::<Vec<_>>().join(" ")
    }

    /// The newest entry of that kind.
    pub(super) async fn newest(world: &World, kind: &str) -> Value {
        let found = world.get(&format!("logs?q=type:{kind}&per_page=1&sort=date:-1")).await.ok();
        found[0].clone()
    }
}

use helped::{each, newest, people_sign_in, signs_in};

#[tokio::test]
async fn the_log_is_read_as_auth0_writes_it() {
    let world = World::new().await;
    people_sign_in(&world, &["ann"]).await;
    let [entry] =
        <[Value; 1]>::try_from(world.get("logs?q=type:s").await.ok().as_array().unwrap().clone()).unwrap();
    let id = text(&entry, "log_id");
    assert!(id.len() > 50 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    assert_eq!(
        entry,
        json!({
            "_id": id, "log_id": id, "type": "s", "date": "2027-01-15T08:00:10.000Z", "description": "",
            "hostname": "id.example", "tenant_name": "default", "isMobile": false, "details": {},
            "client_id": "bootstrap", "client_name": text(&entry, "client_name"), "user_id": "auth0|ann",
            "user_name": "ann",
        })
    );
    assert_eq!(world.get(&format!("logs/{id}")).await.ok(), entry);
    world.get("logs/900").await.refused(404, "Log not found.", None);
    let ended = world.get("logs/nothing%00").await;
    ended.refused(400, "Path validation error: 'No text may have a U+0000'.", Some("invalid_uri"));
    assert_eq!(world.get("users/auth0%7Cann/logs").await.ok(), json!([entry]));
    assert_eq!(world.get("users/auth0%7Cbob/logs").await.ok(), json!([]));
    assert_eq!(world.get("users/auth0%7C%00/logs").await.status, 400);
    let part = world.get("logs?q=type:s&fields=type,user_id").await.ok();
    assert_eq!(part, json!([{ "type": "s", "user_id": "auth0|ann" }]));
}

#[tokio::test]
async fn the_log_is_searched_sorted_and_paged() {
    let world = World::new().await;
    people_sign_in(&world, &["ann", "bob", "carl"]).await;
    let found = async |query: &str| each(&world.get(&format!("logs?{query}")).await.ok(), "user_name");
    assert_eq!(found("q=type:s").await, "carl bob ann", "the newest first");
    assert_eq!(found("search=type:s&sort=date:1").await, "ann bob carl");
    assert_eq!(found("q=type:s&sort=user_name:-1").await, "carl bob ann");
    assert_eq!(found("q=type:s&page=1&per_page=2").await, "ann");
    assert_eq!(found("q=user_name:b*").await, "bob");
    assert_eq!(found("q=type:s%20AND%20date:%5B2027-01-15T08:01%20TO%20*%5D").await, "carl bob");
    let page = world.get("logs?q=type:s&include_totals=true&per_page=1").await.ok();
    assert_eq!((&page["total"], &page["length"], &page["limit"]), (&json!(3), &json!(1), &json!(1)));
    // As `logs tail` asks.
    let second = world.get("logs?q=user_name:bob").await.ok();
    let tail = format!("q=log_id:%5B{}%20TO%20*%5D", text(&second[0], "log_id"));
    assert_eq!(found(&tail).await, "carl bob");
}

#[tokio::test]
async fn the_whole_log_is_read_from_checkpoint_to_checkpoint() {
    let world = World::new().await;
    people_sign_in(&world, &["ann", "bob", "carl", "dora", "eve"]).await;
    let (mut seen, mut path) = (Vec::new(), "logs?take=2".to_owned());
    loop {
        let answer = world.get(&path).await;
        let entries = answer.ok();
        let Some(link) = answer.headers.get("link") else {
            assert_eq!(entries, json!([]));
            break;
        };
        seen.extend(entries.as_array().unwrap().iter().map(|entry| text(entry, "log_id")));
        let link = link.to_str().unwrap();
        let (address, relation) = link.trim_start_matches('<').split_once('>').unwrap();
        assert_eq!(relation, "; rel=\"next\"");
        path = address.strip_prefix(crate::world::MANAGEMENT).unwrap().to_owned();
    }
    let sorted = {
        let mut ids = seen.clone();
        ids.sort();
        ids.dedup();
        ids
    };
    assert_eq!(seen, sorted, "each once, in order");
    let all = world.get("logs?per_page=100&include_totals=true").await.ok();
    assert_eq!(all["total"], seen.len());
    assert_eq!(world.get("logs?take=101").await.status, 400);
}

#[tokio::test]
async fn strange_searches_are_told_what_is_wrong_with_them() {
    let world = World::new().await;
    people_sign_in(&world, &["ann"]).await;
    let nested = format!("logs?q={}type:s{}", "(".repeat(1_000), ")".repeat(1_000));
    let long = format!("logs?q={}", "a".repeat(10_000));
    for path in [
        "logs?q=shoe_size:42",
        "logs?q=type:",
        "logs?q=date:now",
        "logs?q=date:2027*",
        "logs?q=type:%00",
        "logs?sort=date",
        "logs?sort=shoe:1",
        "logs?sort=date:2",
        "logs?sort=date:1;DROP",
        &nested,
        &long,
        "users?q=name:%00",
        "users?sort=password:1",
        "stats/daily?from=yesterday",
        "stats/daily?from=20271301",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert_eq!(answer.body["errorCode"], "invalid_query_string", "{path}");
    }
    for path in
        ["logs?q=user_name:%25", "logs?q=user_name:_nn", "logs?q='%20OR%201=1", "logs?q=user_name:%22a'nn%22"]
    {
        assert_eq!(world.get(path).await.ok(), json!([]), "{path}");
    }
    let beyond = "You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation";
    world.get("logs?page=10&per_page=100").await.refused(400, beyond, Some("invalid_paging"));
    world.get("users?page=20&per_page=50").await.refused(400, beyond, Some("invalid_paging"));
    assert_eq!(world.get("users?page=9&per_page=100").await.ok(), json!([]));
}

#[tokio::test]
async fn each_change_is_in_the_log_with_who_how_before_and_after_and_no_secret() {
    let world = World::new().await;
    let made = world.post("clients", json!({ "name": "Shop" })).await.made();
    let secret = text(&made, "client_secret");
    let entry = newest(&world, "sapi").await;
    assert_eq!((&entry["client_id"], &entry["type"]), (&json!("bootstrap"), &json!("sapi")));
    let (request, response) = (&entry["details"]["request"], &entry["details"]["response"]);
    assert_eq!((&request["method"], &request["path"]), (&json!("post"), &json!("/api/v2/clients")));
    assert_eq!((&request["channel"], &request["body"]), (&json!("api"), &json!({ "name": "Shop" })));
    assert_eq!(request["auth"]["strategy"], "jwt");
    assert!(request["auth"]["credentials"]["scopes"].as_array().unwrap().contains(&json!("create:clients")));
    assert_eq!((&response["statusCode"], &response["body"]["name"]), (&json!(201), &json!("Shop")));
    assert_eq!(response["body"]["client_secret"], "*****");

    let path = format!("clients/{}", text(&made, "client_id"));
    world.patch(&path, json!({ "name": "Store" })).await.ok();
    let entry = newest(&world, "sapi").await;
    assert_eq!(entry["details"]["before"]["name"], "Shop");
    assert_eq!(entry["details"]["response"]["body"]["name"], "Store");

    let body = json!({ "connection": DATABASE, "email": "ann@example.com", "password": "correct Horse 7" });
    let ann = world.post("users", body).await.made();
    world.delete(&format!("users/{}", text(&ann, "user_id"))).await.gone();
    let entry = newest(&world, "sapi").await;
    assert_eq!(entry["details"]["before"]["email"], "ann@example.com");
    assert_eq!(entry["details"]["response"], json!({ "statusCode": 204, "body": {} }));
    world.delete(&path).await.gone();
    let log = world.get("logs?per_page=100").await.ok().to_string();
    assert!(!log.contains(&secret) && !log.contains("Horse"), "a secret is in the log");
}

#[tokio::test]
async fn a_correlation_id_and_a_telemetry_header_are_kept_with_a_change() {
    let world = World::new().await;
    let token = world.administrator(&["create:roles"]).await;
    let bearer = format!("Bearer {token}");
    // {"name":"auth0","version":"1"}
    let headers = [
        ("authorization", bearer.as_str()),
        ("x-correlation-id", "deploy-7"),
        ("auth0-client", "eyJuYW1lIjoiYXV0aDAiLCJ2ZXJzaW9uIjoiMSJ9"),
        ("user-agent", "Mobile Safari"),
    ];
    world.call(Method::POST, "/api/v2/roles", &headers, Some(json!({ "name": "clerk" }))).await.ok();
    let entry = newest(&world, "sapi").await;
    assert_eq!(entry["references"], json!({ "correlation_id": "deploy-7" }));
    assert_eq!(entry["auth0_client"], json!({ "name": "auth0", "version": "1" }));
    assert_eq!((&entry["isMobile"], &entry["client_name"]), (&json!(true), &json!("admin")));
}

#[tokio::test]
async fn what_was_refused_changed_nothing_and_is_not_in_the_log_as_a_change() {
    let world = World::new().await;
    world.post("roles", json!({ "name": "clerk" })).await.ok();
    let before = world.get("logs?q=type:sapi&include_totals=true").await.ok()["total"].clone();
    assert_eq!(world.post("roles", json!({ "name": "clerk" })).await.status, 409);
    assert_eq!(world.post("roles", json!({ "shoe": 1 })).await.status, 400);
    assert_eq!(world.patch("roles/rol_none", json!({ "name": "x" })).await.status, 404);
    let after = world.get("logs?q=type:sapi&include_totals=true").await.ok()["total"].clone();
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_log_adds_up() {
    let world = World::new().await;
    people_sign_in(&world, &["ann", "bob"]).await;
    // Tomorrow, before the token ends.
    signs_in(&world, "ann", Lifetime::seconds(57_600)).await;
    let days = world.get("stats/daily").await.ok();
    assert_eq!(
        days,
        json!([
            {
                "date": "2027-01-15T00:00:00.000Z", "logins": 2, "signups": 0, "leaked_passwords": 0,
                "created_at": "2027-01-15T08:00:10.000Z", "updated_at": "2027-01-15T08:01:10.000Z",
            },
            {
                "date": "2027-01-16T00:00:00.000Z", "logins": 1, "signups": 0, "leaked_passwords": 0,
                "created_at": "2027-01-16T00:02:10.000Z", "updated_at": "2027-01-16T00:02:10.000Z",
            },
        ])
    );
    let one = world.get("stats/daily?from=20270116&to=20270116").await.ok();
    assert_eq!(one, json!([days[1]]));
    let wrong = world.get("stats/daily?from=20270117&to=20270101").await;
    wrong.refused(400, "'from' date cannot be greater than 'to' date.", Some("invalid_query_string"));
    assert_eq!(world.get("stats/active-users").await.ok(), 0, "nobody came by a login page");
}

#[tokio::test]
async fn who_may_not_read_the_log_does_not() {
    let world = World::new().await;
    let clerk = world.administrator(&["read:users"]).await;
    for (path, scopes) in [
        ("logs", "read:logs,read:logs_users"),
        ("logs/900", "read:logs,read:logs_users"),
        ("users/auth0%7Cann/logs", "read:logs,read:logs_users"),
        ("stats/daily", "read:stats"),
        ("stats/active-users", "read:stats"),
    ] {
        let refused = world.with(&clerk, Method::GET, path, None).await;
        let message = format!("Insufficient scope, expected any of: {scopes}");
        refused.refused(403, &message, Some("insufficient_scope"));
    }
}
