//! Administrators at once: nothing is lost, nothing is half-written, and who was too late is told so.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{Answer, MANAGEMENT, World, text};

const DATABASE: &str = "Username-Password-Authentication";

/// How many come at once.
const RACERS: usize = 8;

#[cfg(test)]
mod helped {
    use super::*;

    /// What each of them is answered, by their number.
    pub(super) async fn race(
        world: &Arc<World>,
        method: Method,
        path: &str,
        body: impl Fn(usize) -> Value,
    ) -> Vec<Answer> {
        let mut racers = JoinSet::new();
        for racer in 0..RACERS {
            let (world, method, path, body) =
                (Arc::clone(world), method.clone(), path.to_owned(), body(racer));
            racers.spawn(async move { (racer, world.root(method, &path, Some(body)).await) });
        }
        let mut answers = racers.join_all().await;
        answers.sort_by_key(|(racer, _)| *racer);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Each changes a member of its own: whoever was told that it is done finds it there, whoever was told that they
    /// came too late finds nothing of it, and comes again.
    pub(super) async fn all_change(
        world: &Arc<World>,
        path: &str,
        body: impl Fn(usize) -> Value,
        own: impl Fn(&Value, usize) -> bool,
    ) {
        let before = changes(world).await;
        let answers = race(world, Method::PATCH, path, &body).await;
        let now = world.get(path).await.ok();
        let mut done = 0;
        for (racer, answer) in answers.iter().enumerate() {
            assert_eq!(own(&now, racer), answer.status == 200, "{path} {racer}: {} {now}", answer.body);
            if answer.status == 200 {
                done += 1;
                assert!(own(&answer.body, racer), "{path} {racer}: {}", answer.body);
            } else {
                too_late(answer);
            }
        }
        assert!(done > 0, "{path}: somebody comes first");
        assert_eq!(changes(world).await - before, done, "{path}: the log knows those that were done");
        for racer in (0..RACERS).filter(|racer| !own(&now, *racer)) {
            world.patch(path, body(racer)).await.ok();
        }
        let now = world.get(path).await.ok();
        assert!((0..RACERS).all(|racer| own(&now, racer)), "{path}: {now}");
    }

    /// One of them makes it, and the others are told that it is there.
    pub(super) async fn one_makes(world: &Arc<World>, path: &str, body: Value) {
        let before = changes(world).await;
        let answers = race(world, Method::POST, path, |_| body.clone()).await;
        let (made, late): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| matches!(answer.status.as_u16(), 200 | 201));
        assert_eq!((made.len(), late.len()), (1, RACERS - 1), "{path}: {answers:?}");
        late.into_iter().for_each(too_late);
        assert_eq!(changes(world).await - before, 1, "{path}");
    }

    /// A 409 in Auth0's dialect.
    #[track_caller]
    fn too_late(answer: &Answer) {
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert_eq!((&answer.body["statusCode"], &answer.body["error"]), (&json!(409), &json!("Conflict")));
        assert!(answer.body["message"].as_str().is_some_and(|message| !message.is_empty()));
    }

    /// How many changes the log knows.
    async fn changes(world: &World) -> i64 {
        let found = world.get("logs?q=type:sapi&include_totals=true&per_page=1").await.ok();
        found["total"].as_i64().unwrap()
    }
}

use helped::{all_change, one_makes, race};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_member_of_a_client_that_somebody_changed_stays_changed() {
    let world = Arc::new(World::new().await);
    let client = world.post("clients", json!({ "name": "Shop", "app_type": "spa" })).await.made();
    let changes: [(&str, Value); RACERS] = [
        ("name", json!("Store")),
        ("description", json!("Sells locks")),
        ("logo_uri", json!("https://shop.example/logo.png")),
        ("initiate_login_uri", json!("https://shop.example/login")),
        ("callbacks", json!(["https://shop.example/back"])),
        ("web_origins", json!(["https://shop.example"])),
        ("allowed_origins", json!(["https://other.example"])),
        ("client_metadata", json!({ "floor": "3" })),
    ];
    let path = format!("clients/{}", text(&client, "client_id"));
    let body = |racer: usize| json!({ changes[racer].0: changes[racer].1 });
    all_change(&world, &path, body, |client, racer| client[changes[racer].0] == changes[racer].1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_member_of_somebodys_metadata_that_was_written_is_there() {
    let world = Arc::new(World::new().await);
    let user = json!({ "connection": DATABASE, "email": "ann@example.com", "password": "correct Horse 7" });
    let path = format!("users/{}", text(&world.post("users", user).await.made(), "user_id"));
    for kind in ["user_metadata", "app_metadata"] {
        let body = |racer: usize| json!({ kind: { format!("k{racer}"): racer } });
        all_change(&world, &path, body, |user, racer| user[kind][format!("k{racer}")] == racer).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_setting_of_the_tenant_that_was_changed_stays_changed() {
    let world = Arc::new(World::new().await);
    let changes: [(&str, Value); RACERS] = [
        ("friendly_name", json!("Locks")),
        ("picture_url", json!("https://locks.example/logo.png")),
        ("support_email", json!("help@locks.example")),
        ("support_url", json!("https://locks.example/help")),
        ("session_lifetime", json!(100)),
        ("idle_session_lifetime", json!(50)),
        ("allowed_logout_urls", json!(["https://locks.example/bye"])),
        ("enabled_locales", json!(["en", "de"])),
    ];
    let body = |racer: usize| json!({ changes[racer].0: changes[racer].1 });
    all_change(&world, "tenants/settings", body, |tenant, racer| {
        tenant[changes[racer].0] == changes[racer].1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_role_was_let_do_by_several_it_may_all_do() {
    let world = Arc::new(World::new().await);
    let scopes: Vec<Value> =
        (0..RACERS).map(|racer| json!({ "value": format!("do:{racer}"), "description": "x" })).collect();
    let api = json!({ "name": "Orders", "identifier": "https://orders.example", "scopes": scopes });
    world.post("resource-servers", api).await.made();
    let role = text(&world.post("roles", json!({ "name": "clerk" })).await.ok(), "id");
    let path = format!("roles/{role}/permissions");
    let permission = |racer: usize| {
        let name = format!("do:{racer}");
        json!({ "resource_server_identifier": "https://orders.example", "permission_name": name })
    };
    // Each gives one of their own, and one that all of them give.
    let one = |racer: usize| match racer {
        0 => json!({ "permissions": [permission(0)] }),
        racer => json!({ "permissions": [permission(racer), permission(0)] }),
    };
    for answer in race(&world, Method::POST, &path, one).await {
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let now = world.get(&path).await.ok();
    assert_eq!(now.as_array().unwrap().len(), RACERS, "{now}");
    for answer in race(&world, Method::DELETE, &path, one).await {
        assert_eq!(answer.status, 204, "{}", answer.body);
    }
    assert_eq!(world.get(&path).await.ok(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_who_make_the_same_thing_one_does() {
    let world = Arc::new(World::new().await);
    let client = world.post("clients", json!({ "name": "m2m", "app_type": "non_interactive" })).await.made();
    let client = text(&client, "client_id");
    for (path, body) in [
        ("roles", json!({ "name": "clerk" })),
        ("resource-servers", json!({ "name": "Orders", "identifier": "https://orders.example" })),
        ("connections", json!({ "name": "partners", "strategy": "auth0" })),
        ("organizations", json!({ "name": "acme" })),
        ("client-grants", json!({ "client_id": client, "audience": MANAGEMENT, "scope": ["read:users"] })),
        (
            "users",
            json!({ "connection": DATABASE, "email": "bob@example.com", "password": "correct Horse 7" }),
        ),
        ("rules", json!({ "name": "greet", "script": "function (user, context, callback) {}" })),
    ] {
        one_makes(&world, path, body).await;
    }
    let found = world.get("users-by-email?email=bob@example.com").await.ok();
    assert_eq!(found.as_array().unwrap().len(), 1);
}

/// Some delete what others change: it is gone in the end, and nobody is told of an error of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_deleted_while_it_is_changed_is_gone() {
    let world = Arc::new(World::new().await);
    for kind in ["clients", "roles", "organizations"] {
        let made = world.post(kind, json!({ "name": "raced" })).await.body;
        let id = made.get("client_id").or(made.get("id")).and_then(Value::as_str).unwrap();
        let path = format!("{kind}/{id}");
        let changing =
            race(&world, Method::PATCH, &path, |racer| json!({ "name": format!("raced-{racer}") }));
        let (changed, deleted) = tokio::join!(changing, world.delete(&path));
        assert!([200, 204, 409].contains(&deleted.status.as_u16()), "{path}: {}", deleted.body);
        for answer in changed {
            assert!([200, 404, 409].contains(&answer.status.as_u16()), "{path}: {}", answer.body);
        }
        world.delete(&path).await;
        assert_eq!(world.get(&path).await.status, 404, "{path}");
    }
}
