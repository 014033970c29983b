//! Roles, what people may do by them, and what of it is in their tokens.

use axum::body::Body;
use http::{Method, Request};
use keybound_proto::{form::Form, jose::decode_base64url};
use serde_json::{Value, json};

use crate::world::{World, text};

const ORDERS: &str = "https://orders.example/";
const EMAIL: &str = "ann@example.com";
const PASSWORD: &str = "Correct-horse-7";
const REALM: &str = "Username-Password-Authentication";
const GRANT: &str = "http://auth0.com/oauth/grant-type/password-realm";
const NO_ROLE: &str = "The role does not exist.";

/// An API that enforces roles and lists permissions, a role, a user, and an app of theirs.
struct Shop {
    world: World,
    role: String,
    user: String,
    app: String,
}

impl Shop {
    async fn open() -> Self {
        let world = World::new().await;
        let scopes = ["read:orders", "write:orders"];
        let api = json!({
            "identifier": ORDERS, "name": "Orders", "enforce_policies": true, "token_dialect": "access_token_authz",
            "skip_consent_for_verifiable_first_party_clients": true,
            "scopes": scopes.map(|value| json!({ "value": value, "description": format!("may {value}") })),
        });
        world.post("resource-servers", api).await.made();
        let role = text(&world.post("roles", json!({ "name": "Clerk" })).await.ok(), "id");
        let user = json!({ "connection": REALM, "email": EMAIL, "password": PASSWORD });
        let user = text(&world.post("users", user).await.made(), "user_id").replace('|', "%7C");
        let app = json!({ "name": "app", "app_type": "native", "grant_types": [GRANT] });
        let app = text(&world.post("clients", app).await.made(), "client_id");
        let found = world.get(&format!("connections?name={REALM}")).await.ok();
        let enable = json!({ "enabled_clients": [app] });
        world.patch(&format!("connections/{}", text(&found[0], "id")), enable).await.ok();
        Self { world, role, user, app }
    }

    /// What a token says that the user asks for now: its scopes, and the permissions it lists.
    async fn token(&self) -> (String, Value) {
        let form = Form::new()
            .with("grant_type", GRANT)
            .with("client_id", &self.app)
            .with("username", EMAIL)
            .with("password", PASSWORD)
            .with("realm", REALM)
            .with("audience", ORDERS)
            .with("scope", "read:orders write:orders");
        let request =
            Request::post("/oauth/token").header("content-type", "application/x-www-form-urlencoded");
        let answer = self.world.send(request.body(Body::from(form.encode())).unwrap()).await.ok();
        let payload = text(&answer, "access_token").split('.').nth(1).map(decode_base64url);
        let claims: Value = serde_json::from_slice(&payload.unwrap().unwrap()).unwrap();
        let mut permissions = claims["permissions"].clone();
        permissions.as_array_mut().unwrap().sort_by_key(Value::to_string);
        (claims["scope"].as_str().unwrap_or_default().to_owned(), permissions)
    }

    async fn post(&self, path: &str, body: Value) -> u16 {
        self.world.post(path, body).await.status.as_u16()
    }

    async fn take(&self, path: &str, body: Value) {
        self.world.root(Method::DELETE, path, Some(body)).await.gone();
    }
}

fn may(names: &[&str]) -> Value {
    let permissions = names
        .iter()
        .map(|name| json!({ "resource_server_identifier": ORDERS, "permission_name": name }))
        .collect::<Vec<_>>();
    json!({ "permissions": permissions })
}

#[tokio::test]
async fn a_role_is_made_found_changed_and_deleted() {
    let world = World::new().await;
    let made = world.post("roles", json!({ "name": "Clerk", "description": "Sells" })).await.ok();
    let id = text(&made, "id");
    assert!(id.strip_prefix("rol_").is_some_and(|rest| rest.len() == 16), "{id}");
    assert_eq!(made, json!({ "id": id, "name": "Clerk", "description": "Sells", "type": "tenant" }));
    let path = format!("roles/{id}");
    assert_eq!(world.get(&path).await.ok(), made);
    assert_eq!(world.post("roles", json!({ "name": "Clerk" })).await.status, 409);
    let plain = world.post("roles", json!({ "name": "Admin" })).await.ok();
    assert_eq!(plain["description"], "Admin", "until somebody says more");
    assert_eq!(world.patch(&path, json!({ "name": "Admin" })).await.status, 409);
    let changed = world.patch(&path, json!({ "description": "Buys" })).await.ok();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Clerk"), &json!("Buys")));
    assert_eq!(world.get("roles?name_filter=cLE").await.ok(), json!([changed]));
    let all = world.get("roles?include_totals=true").await.ok();
    assert_eq!((&all["total"], all["roles"].as_array().unwrap().len()), (&json!(2), 2));
    assert_eq!(world.delete(&path).await.ok(), json!({}));
    world.get(&path).await.refused(404, NO_ROLE, None);
    world.delete(&path).await.refused(404, NO_ROLE, None);
    assert_eq!(world.post("roles", json!({ "name": "" })).await.status, 400);
    assert_eq!(world.post("roles", json!({ "name": "x", "color": "red" })).await.status, 400);
}

#[tokio::test]
async fn what_a_role_lets_its_users_do_is_in_their_next_token_and_gone_from_the_one_after() {
    let shop = Shop::open().await;
    let (role, user) = (format!("roles/{}", shop.role), format!("users/{}", shop.user));
    assert_eq!(shop.token().await, (String::new(), json!([])), "nobody may anything yet");

    assert_eq!(shop.post(&format!("{role}/permissions"), may(&["read:orders"])).await, 201);
    assert_eq!(shop.token().await.1, json!([]), "a role that nobody has");
    assert_eq!(
        shop.post(&format!("{role}/users"), json!({ "users": [shop.user.replace("%7C", "|")] })).await,
        200
    );
    assert_eq!(shop.token().await, ("read:orders".to_owned(), json!(["read:orders"])));

    assert_eq!(shop.post(&format!("{user}/permissions"), may(&["write:orders", "read:orders"])).await, 201);
    let both = ("read:orders write:orders".to_owned(), json!(["read:orders", "write:orders"]));
    assert_eq!(shop.token().await, both);
    let listed = shop.world.get(&format!("{user}/permissions")).await.ok();
    assert_eq!(listed[0]["resource_server_name"], "Orders");
    assert_eq!(listed[0]["description"], "may read:orders");
    let of = |permission: &Value| {
        let sources = permission["sources"].as_array().unwrap();
        sources.iter().map(|source| text(source, "source_type")).collect::<Vec<_>>()
    };
    assert_eq!(
        (of(&listed[0]), of(&listed[1])),
        (vec!["DIRECT".into(), "ROLE".into()], vec!["DIRECT".to_owned()])
    );

    shop.take(&format!("{user}/permissions"), may(&["read:orders"])).await;
    assert_eq!(shop.token().await, both, "by the role still");
    shop.take(&format!("{user}/roles"), json!({ "roles": [shop.role] })).await;
    assert_eq!(shop.token().await, ("write:orders".to_owned(), json!(["write:orders"])));
    shop.take(&format!("{user}/permissions"), may(&["write:orders"])).await;
    assert_eq!(shop.token().await, (String::new(), json!([])));
}

#[tokio::test]
async fn what_is_deleted_lets_nobody_do_anything() {
    let shop = Shop::open().await;
    let (role, user) = (format!("roles/{}", shop.role), format!("users/{}", shop.user));
    assert_eq!(shop.post(&format!("{role}/permissions"), may(&["read:orders"])).await, 201);
    shop.world.post(&format!("{user}/roles"), json!({ "roles": [shop.role] })).await.gone();
    assert_eq!(shop.world.get(&format!("{user}/roles")).await.ok()[0]["name"], "Clerk");
    let people = shop.world.get(&format!("{role}/users?include_totals=true")).await.ok();
    assert_eq!((&people["users"][0]["email"], &people["total"]), (&json!(EMAIL), &json!(1)));
    assert_eq!(people["users"][0].as_object().unwrap().get("identities"), None, "no more than Auth0 shows");

    let api = shop
        .world
        .get(&format!("resource-servers/{}", ORDERS.replace(':', "%3A").replace('/', "%2F")))
        .await
        .ok();
    shop.world.delete(&format!("resource-servers/{}", text(&api, "id"))).await.gone();
    assert_eq!(shop.world.get(&format!("{role}/permissions")).await.ok(), json!([]));
    shop.world.delete(&user).await.gone();
    assert_eq!(shop.world.get(&format!("{role}/users")).await.ok(), json!([]));
}

#[tokio::test]
async fn what_is_not_there_is_neither_given_nor_taken() {
    let shop = Shop::open().await;
    let (role, user) = (format!("roles/{}", shop.role), format!("users/{}", shop.user));
    let unknown = shop.world.post(&format!("{role}/permissions"), may(&["read:orders", "fly"])).await;
    assert_eq!(unknown.status, 400, "{}", unknown.body);
    assert_eq!(shop.world.get(&format!("{role}/permissions")).await.ok(), json!([]), "nothing half-written");
    for (path, body) in [
        (format!("{role}/users"), json!({ "users": ["auth0|nobody"] })),
        (format!("{user}/roles"), json!({ "roles": ["rol_none", shop.role] })),
        ("users/auth0%7Cnobody/roles".to_owned(), json!({ "roles": [shop.role] })),
        ("users/auth0%7Cnobody/permissions".to_owned(), may(&["read:orders"])),
        ("roles/rol_none/permissions".to_owned(), may(&["read:orders"])),
    ] {
        assert_eq!(shop.post(&path, body).await, 404, "{path}");
    }
    assert_eq!(shop.world.get(&format!("{user}/roles")).await.ok(), json!([]), "nothing half-written");
    for (path, body) in [
        (format!("{role}/users"), json!({ "users": [] })),
        (format!("{user}/roles"), json!({ "roles": [] })),
        (format!("{user}/permissions"), json!({ "permissions": [] })),
        (format!("{user}/permissions"), json!({ "permissions": [{ "permission_name": "read:orders" }] })),
        (
            format!("{user}/permissions"),
            json!({ "permissions": vec![may(&["x"])["permissions"][0].clone(); 1_001] }),
        ),
    ] {
        assert_eq!(shop.post(&path, body).await, 400, "{path}");
    }
    shop.take(&format!("{user}/roles"), json!({ "roles": [shop.role] })).await;
    let gone = json!({ "roles": ["rol_none"] });
    let gone = shop.world.root(Method::DELETE, &format!("{user}/roles"), Some(gone)).await;
    gone.refused(404, NO_ROLE, None);
}
