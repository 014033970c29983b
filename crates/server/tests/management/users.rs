use http::Method;
use keybound_authority::event::Sender;
use keybound_authority::model::{
    digest::SessionDigest,
    factor::Factors,
    name::{ConnectionName, SessionId},
    session::SignIn,
    tenant::Lifetimes,
};
use keybound_crypto::password::Verdict;
use keybound_proto::id::Subject;
use keybound_server::Secret;
use keybound_store::{
    Batch, events,
    ledger::{passwords, sessions},
};
use serde_json::{Value, json};

use crate::world::{World, text};

const DATABASE: &str = "Username-Password-Authentication";
const PASSWORD: &str = "correct Horse 7";

async fn ann(world: &World) -> Value {
    let body = json!({ "connection": DATABASE, "email": "Ann@Example.com", "password": PASSWORD });
    world.post("users", body).await.made()
}

fn path(user: &Value) -> String {
    format!("users/{}", text(user, "user_id").replace('|', "%7C"))
}

async fn knows(world: &World, user: &Value, password: &str) -> bool {
    let subject = Subject::parse(&text(user, "user_id")).unwrap();
    let kept = passwords::find(&world.app.store, &world.app.tenant.id, &subject).await.unwrap();
    let kept = kept.map(|kept| kept.hash);
    let verdict = world.app.passwords.verify(Secret::new(password.to_owned()), kept).await.unwrap();
    matches!(verdict, Verdict::Match)
}

#[tokio::test]
async fn a_user_is_made_as_auth0_would_with_a_password_that_is_nowhere_to_be_read() {
    let world = World::new().await;
    let made = ann(&world).await;
    let id = text(&made, "user_id");
    assert_eq!((id.starts_with("auth0|"), id.len()), (true, 30));
    assert_eq!(made["email"], "ann@example.com");
    assert_eq!((&made["name"], &made["nickname"]), (&json!("ann@example.com"), &json!("ann")));
    assert_eq!(made["email_verified"], false);
    assert_eq!(made["created_at"], "2027-01-15T08:00:10.000Z");
    assert_eq!(made["identities"][0]["connection"], DATABASE);
    assert!(text(&made, "picture").starts_with("https://s.gravatar.com/avatar/"));
    assert!(!made.to_string().contains("Horse"), "{made}");
    assert_eq!(world.get(&path(&made)).await.ok(), made);
    assert!(knows(&world, &made, PASSWORD).await);
    assert!(!knows(&world, &made, "wrong").await);
}

#[tokio::test]
async fn a_user_may_be_made_with_an_id_and_a_verified_address() {
    let world = World::new().await;
    let body = json!({
        "connection": DATABASE, "email": "bob@example.com", "password": PASSWORD, "user_id": "bob",
        "email_verified": true, "name": "Bob", "app_metadata": { "plan": "gold" }, "blocked": true,
    });
    let made = world.post("users", body).await.made();
    assert_eq!((&made["user_id"], &made["name"]), (&json!("auth0|bob"), &json!("Bob")));
    assert_eq!((&made["email_verified"], &made["blocked"]), (&json!(true), &json!(true)));
    assert_eq!(made["app_metadata"], json!({ "plan": "gold" }));
}

#[tokio::test]
async fn what_makes_no_user_is_refused_in_auth0s_words() {
    let world = World::new().await;
    ann(&world).await;
    let with =
        |email: &str, password: &str| json!({ "connection": DATABASE, "email": email, "password": password });
    let again = world.post("users", with("ANN@example.com", PASSWORD)).await;
    again.refused(409, "The user already exists.", Some("auth0_idp_error"));
    let weak = world.post("users", with("b@example.com", "weak")).await;
    weak.refused(400, "PasswordStrengthError: Password is too weak", None);
    let odd = world.post("users", with("nobody", PASSWORD)).await;
    let message = "Payload validation error: 'Object didn't pass validation for format email: nobody' on property email.";
    odd.refused(400, message, Some("invalid_body"));
    let nowhere = json!({ "connection": "nowhere", "email": "b@example.com", "password": PASSWORD });
    let nowhere = world.post("users", nowhere).await;
    nowhere.refused(400, "The connection does not exist.", Some("inexistent_connection"));
    let nameless = world.post("users", json!({ "connection": DATABASE, "password": PASSWORD })).await;
    nameless.refused(
        400,
        "Payload validation error: 'Missing required property: email'.",
        Some("invalid_body"),
    );
    let open = world.post("users", json!({ "connection": DATABASE, "email": "b@example.com" })).await;
    open.refused(
        400,
        "Payload validation error: 'Missing required property: password'.",
        Some("invalid_body"),
    );
    let mut named = with("b@example.com", PASSWORD);
    named["username"] = "bob".into();
    let named = world.post("users", named).await;
    assert_eq!(named.headers["keybound-inert"], "username", "nobody signs in by it there");
    assert_eq!(named.made()["username"], "bob");
}

#[tokio::test]
async fn a_user_has_a_name_where_the_connection_has_names() {
    let world = World::new().await;
    let staff = json!({ "name": "Staff", "strategy": "auth0", "options": { "requires_username": true } });
    world.post("connections", staff).await.made();
    let body = json!({ "connection": "Staff", "username": "Ann_1", "email": "ann@example.com", "password": PASSWORD });
    let made = world.post("users", body.clone()).await.made();
    assert_eq!(made["username"], "ann_1");
    let mut other = body;
    other["email"] = "other@example.com".into();
    other["username"] = "ANN_1".into();
    world.post("users", other.clone()).await.refused(
        409,
        "The user already exists.",
        Some("auth0_idp_error"),
    );
    other["username"] = "bob".into();
    let bob = world.post("users", other).await.made();
    let taken = world.patch(&path(&bob), json!({ "username": "ann_1" })).await;
    taken.refused(400, "The specified new username already exists", Some("auth0_idp_error"));
}

#[tokio::test]
async fn a_profile_is_changed_and_its_metadata_merged() {
    let world = World::new().await;
    let made = ann(&world).await;
    let other = json!({ "connection": DATABASE, "email": "bob@example.com", "password": PASSWORD });
    world.post("users", other).await.made();
    world.clock.turn(keybound_proto::time::Lifetime::seconds(60));
    let patch = json!({ "name": "Ann", "user_metadata": { "a": 1, "b": 2 }, "email_verified": true });
    let changed = world.patch(&path(&made), patch).await.ok();
    assert_eq!((&changed["name"], &changed["email_verified"]), (&json!("Ann"), &json!(true)));
    assert_eq!(changed["updated_at"], "2027-01-15T08:01:10.000Z");
    let changed = world.patch(&path(&made), json!({ "user_metadata": { "a": null, "c": 3 } })).await.ok();
    assert_eq!(changed["user_metadata"], json!({ "b": 2, "c": 3 }));
    let moved = world.patch(&path(&made), json!({ "email": "Anna@example.com" })).await.ok();
    assert_eq!((&moved["email"], &moved["email_verified"]), (&json!("anna@example.com"), &json!(false)));
    let taken = world.patch(&path(&made), json!({ "email": "bob@example.com" })).await;
    taken.refused(400, "The specified new email already exists", Some("auth0_idp_error"));
    assert_eq!(world.patch(&path(&made), json!({ "email": null })).await.status, 400);
}

#[tokio::test]
async fn who_may_write_only_app_metadata_writes_only_that() {
    let world = World::new().await;
    let made = ann(&world).await;
    let clerk = world.administrator(&["update:users_app_metadata"]).await;
    let body = json!({ "app_metadata": { "plan": "gold" } });
    let changed = world.with(&clerk, Method::PATCH, &path(&made), Some(body)).await.ok();
    assert_eq!(changed["app_metadata"]["plan"], "gold");
    let refused = world.with(&clerk, Method::PATCH, &path(&made), Some(json!({ "name": "x" }))).await;
    refused.refused(403, "Insufficient scope, expected any of: update:users", Some("insufficient_scope"));
}

#[tokio::test]
async fn a_new_password_shuts_everybody_else_out() {
    let world = World::new().await;
    let made = ann(&world).await;
    let subject = Subject::parse(&text(&made, "user_id")).unwrap();
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let digest = SessionDigest::from_bytes([7; 32]);
    let sign_in = SignIn {
        digest,
        id: SessionId::parse("s1").unwrap(),
        subject: subject.clone(),
        connection: ConnectionName::parse(DATABASE).unwrap(),
        factors: Factors::One,
    };
    let mut batch = Batch::new();
    sessions::begin(
        &mut batch,
        tenant,
        &sign_in.begin(&Lifetimes::default(), world.clock.now()),
        &Sender::default(),
    );
    store.apply(batch).await.unwrap();
    assert!(sessions::find(store, tenant, &digest).await.unwrap().is_some());

    world.patch(&path(&made), json!({ "password": "another Horse 8" })).await.ok();
    assert!(sessions::find(store, tenant, &digest).await.unwrap().is_none());
    assert!(knows(&world, &made, "another Horse 8").await);
    assert!(!knows(&world, &made, PASSWORD).await);
    let newest = events::newest(store, tenant, 0, 2).await.unwrap();
    let kinds: Vec<_> = newest.iter().map(|entry| entry.kind.to_string()).collect();
    assert_eq!(kinds, ["sapi", "scp"]);
}

#[tokio::test]
async fn users_are_searched_for() {
    let world = World::new().await;
    let made = ann(&world).await;
    for at in 0..3 {
        let body =
            json!({ "connection": DATABASE, "email": format!("u{at}@example.com"), "password": PASSWORD });
        world.post("users", body).await.made();
    }
    let found = world.get("users?q=email%3A%22ann%40example.com%22&search_engine=v3").await.ok();
    assert_eq!(found, json!([made]));
    let some = world.get("users?q=email%3Au*&include_totals=true&per_page=2").await.ok();
    assert_eq!((&some["total"], &some["length"]), (&json!(3), &json!(2)));
    assert_eq!(world.get("users-by-email?email=ANN%40example.com").await.ok(), json!([made]));
    assert_eq!(world.get("users-by-email?email=x%40example.com").await.ok(), json!([]));
    let odd = world.get("users?q=shoe_size%3A42").await;
    assert_eq!((odd.status.as_u16(), &odd.body["errorCode"]), (400, &json!("invalid_query_string")));
    assert_eq!(world.get("users?connection=Staff").await.ok(), json!([]));
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_behind() {
    let world = World::new().await;
    let made = ann(&world).await;
    world.delete(&path(&made)).await.gone();
    world.get(&path(&made)).await.refused(404, "The user does not exist.", Some("inexistent_user"));
    assert!(!knows(&world, &made, PASSWORD).await);
    world.delete(&path(&made)).await.gone();
    let newest = events::newest(&world.app.store, &world.app.tenant.id, 0, 3).await.unwrap();
    let kinds: Vec<_> = newest.iter().map(|entry| entry.kind.to_string()).collect();
    assert_eq!(kinds, ["sapi", "sapi", "sdu"], "asked twice, done once");
    assert_eq!(ann(&world).await["email"], "ann@example.com");
}
