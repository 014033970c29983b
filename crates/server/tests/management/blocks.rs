//! `user-blocks` and `anomaly/blocks/ips`: who is kept out for having failed too often, and an end to it.

use std::net::SocketAddr;

use axum::body::Body;
use http::{Method, Request};
use keybound_proto::{form::Form, time::Lifetime};
use keybound_server::extract::Peer;
use keybound_store::events;
use serde_json::{Value, json};

use crate::world::{Answer, World, text};

const DATABASE: &str = "Username-Password-Authentication";
const PASSWORD: &str = "correct Horse 7";
const EMAIL: &str = "ann@example.com";
const THIEF: &str = "192.0.2.1";
const OWNER: &str = "198.51.100.7";
const BLOCKED: &str = "Your account has been blocked after multiple consecutive login attempts.";

/// Somebody, and an application that may ask for their password.
struct Ann {
    world: World,
    client: String,
    secret: String,
    id: String,
}

impl Ann {
    async fn new() -> Self {
        let world = World::new().await;
        let body = json!({ "connection": DATABASE, "email": EMAIL, "password": PASSWORD });
        let made = world.post("users", body).await.made();
        let grants = ["http://auth0.com/oauth/grant-type/password-realm"];
        let client = json!({ "name": "own", "app_type": "regular_web", "grant_types": grants });
        let client = world.post("clients", client).await.made();
        let (secret, id) = (text(&client, "client_secret"), text(&made, "user_id").replace('|', "%7C"));
        let client = text(&client, "client_id");
        let found = world.get(&format!("connections?name={DATABASE}")).await.ok();
        let enable = json!({ "enabled_clients": [client] });
        world.patch(&format!("connections/{}", text(&found[0], "id")), enable).await.ok();
        Self { world, client, secret, id }
    }

    async fn signs_in(&self, from: &str, name: &str, password: &str) -> Answer {
        let form = Form::new()
            .with("grant_type", "http://auth0.com/oauth/grant-type/password-realm")
            .with("client_id", &self.client)
            .with("client_secret", &self.secret)
            .with("username", name)
            .with("password", password)
            .with("realm", DATABASE)
            .with("scope", "openid");
        let request =
            Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        let mut request = request.body(Body::from(form.encode())).unwrap();
        request.extensions_mut().insert(Peer(SocketAddr::new(from.parse().unwrap(), 4711)));
        self.world.send(request).await
    }

    async fn is_kept_out(&self, from: &str) -> bool {
        let answer = self.signs_in(from, EMAIL, PASSWORD).await;
        match answer.status.as_u16() {
            200 => false,
            429 => {
                assert_eq!(answer.body["error_description"], BLOCKED);
                true
            }
            other => panic!("{other}: {}", answer.body),
        }
    }

    /// Ten wrong passwords.
    async fn is_guessed_at(&self, from: &str) {
        for _ in 0..10 {
            assert_eq!(self.signs_in(from, "Ann@Example.com", "wrong").await.status, 403);
        }
    }

    async fn events(&self, kind: &str) -> usize {
        let (store, tenant) = (&self.world.app.store, &self.world.app.tenant.id);
        let entries = events::after(store, tenant, None, 1_000).await.unwrap();
        entries.iter().filter(|entry| &*entry.kind == kind).count()
    }
}

fn blocks(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    &answer.body["blocked_for"]
}

#[tokio::test]
async fn a_block_is_seen_by_name_and_by_user_and_an_unblock_works_at_once() {
    let ann = Ann::new().await;
    let by_name = format!("user-blocks?identifier={EMAIL}");
    let by_user = format!("user-blocks/{}", ann.id);
    assert_eq!(blocks(&ann.world.get(&by_name).await), &json!([]));
    for (path, round) in [(&by_name, 1), (&by_user, 2)] {
        ann.is_guessed_at(THIEF).await;
        let expected = json!([{ "identifier": EMAIL, "ip": THIEF, "connection": DATABASE }]);
        assert_eq!(blocks(&ann.world.get(&by_name).await), &expected);
        assert_eq!(blocks(&ann.world.get(&by_user).await), &expected);
        assert!(ann.is_kept_out(THIEF).await);
        assert!(!ann.is_kept_out(OWNER).await, "elsewhere nobody is");

        ann.world.delete(path).await.gone();
        assert_eq!(blocks(&ann.world.get(&by_name).await), &json!([]));
        assert!(!ann.is_kept_out(THIEF).await);
        assert_eq!((ann.events("ublkdu").await, ann.events("limit_wc").await), (round, round));
        // What is not there is gone already, and nothing was released.
        ann.world.delete(path).await.gone();
        assert_eq!(ann.events("ublkdu").await, round);
    }
}

/// Nine are not ten; a right password in between begins anew; and a day later it is over by itself.
#[tokio::test]
async fn what_is_no_block_is_not_listed() {
    let ann = Ann::new().await;
    let by_name = format!("user-blocks?identifier={EMAIL}");
    for _ in 0..2 {
        for _ in 0..9 {
            assert_eq!(ann.signs_in(THIEF, EMAIL, "wrong").await.status, 403);
        }
        assert_eq!(ann.signs_in(THIEF, EMAIL, PASSWORD).await.status, 200);
    }
    assert_eq!(blocks(&ann.world.get(&by_name).await), &json!([]));
    ann.is_guessed_at(THIEF).await;
    assert_eq!(blocks(&ann.world.get(&by_name).await).as_array().unwrap().len(), 1);

    // Where the connection keeps nobody out any more, there is a block only for who does not ask about that.
    let found = ann.world.get(&format!("connections?name={DATABASE}")).await.ok();
    let off = json!({ "options": { "brute_force_protection": false } });
    ann.world.patch(&format!("connections/{}", text(&found[0], "id")), off).await.ok();
    let considering = format!("{by_name}&consider_brute_force_enablement=true");
    assert_eq!(blocks(&ann.world.get(&considering).await), &json!([]));
    assert_eq!(blocks(&ann.world.get(&by_name).await).as_array().unwrap().len(), 1);
    ann.world.clock.turn(Lifetime::seconds(86_400));
    let later = ann.world.token("bootstrap", "bootstrap-secret-of-some-length", &[]).await;
    let answer = ann.world.with(&later, Method::GET, &by_name, None).await;
    assert_eq!(blocks(&answer), &json!([]));
}

/// A hundred failures at whatever account: the network is shut out, asked about, and let in again.
#[tokio::test]
async fn a_network_is_let_in_again() {
    let ann = Ann::new().await;
    let path = format!("anomaly/blocks/ips/{THIEF}");
    ann.world.get(&path).await.refused(404, "Not Found", None);
    for number in 0..100 {
        let name = format!("nobody-{number}@example.com");
        assert_eq!(ann.signs_in(THIEF, &name, "wrong").await.status, 403);
    }
    let answer = ann.world.get(&path).await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, Value::Null));
    assert_eq!(ann.signs_in(THIEF, EMAIL, PASSWORD).await.status, 429);
    ann.world.delete(&path).await.gone();
    ann.world.get(&path).await.refused(404, "Not Found", None);
    assert_eq!(ann.signs_in(THIEF, EMAIL, PASSWORD).await.status, 200);
    ann.world.delete(&path).await.gone();
}

#[tokio::test]
async fn whoever_may_not_hears_and_changes_nothing() {
    let ann = Ann::new().await;
    ann.is_guessed_at(THIEF).await;
    let reader = ann.world.administrator(&["read:users"]).await;
    let by_name = format!("user-blocks?identifier={EMAIL}");
    let told = ann.world.with(&reader, Method::GET, &by_name, None).await;
    assert_eq!(blocks(&told).as_array().unwrap().len(), 1);
    let by_user = format!("user-blocks/{}", ann.id);
    for (method, path, scope) in [
        (Method::DELETE, by_name.as_str(), "update:users"),
        (Method::DELETE, by_user.as_str(), "update:users"),
        (Method::GET, "anomaly/blocks/ips/192.0.2.1", "read:anomaly_blocks"),
        (Method::DELETE, "anomaly/blocks/ips/192.0.2.1", "delete:anomaly_blocks"),
    ] {
        let message = format!("Insufficient scope, expected any of: {scope}");
        ann.world.with(&reader, method, path, None).await.refused(403, &message, Some("insufficient_scope"));
    }
    assert!(ann.is_kept_out(THIEF).await);

    let absent = ann.world.get("user-blocks/auth0%7Cnobody").await;
    absent.refused(404, "The user does not exist.", Some("inexistent_user"));
    for path in ["user-blocks", "user-blocks?identifier=", "user-blocks?identifier=a&identity=b"] {
        assert_eq!(ann.world.get(path).await.status, 400, "{path}");
    }
    for path in ["anomaly/blocks/ips/nowhere", "anomaly/blocks/ips/192.0.2.1%2F24"] {
        let answer = ann.world.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["errorCode"]),
            (400, &json!("invalid_uri")),
            "{path}"
        );
    }
}
