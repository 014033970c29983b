//! Making an account, on our page and by an application's own form.

use http::{Request, StatusCode, header};
use keybound_proto::form::Form;
use keybound_store::documents::{self, Connections, Users};
use serde_json::{Value, json};

use crate::world::{EMAIL, PASSWORD, Page, World, ask, but};

fn form(state: &str, email: &str, password: &str) -> Form {
    Form::new().with("state", state).with("email", email).with("password", password).with("action", "default")
}

#[tokio::test]
async fn an_account_is_made_and_its_owner_is_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&but(&ask("spa"), "screen_hint", "signup")).await.param("state");
    let page = browser.get(&format!("/u/signup?state={state}")).await;
    for part in [
        "<input id=\"email\" name=\"email\"",
        "autocomplete=\"new-password\"",
        "value=\"default\">Continue</button>",
        "At least 8 characters in length",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let page = browser.post("/u/signup", &form(&state, "Eve@Example.com", "Good enough 1")).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    browser.get(&page.location()).await.brings_a_code();
    assert_eq!(world.events().await, ["s", "ss"]);
    assert_eq!(world.newest_event().await.user_name.as_deref(), Some("eve@example.com"));

    let mut later = world.browser();
    let state = later.asks(&ask("spa")).await.param("state");
    let form = crate::world::credentials(&state, "eve@example.com", "Good enough 1");
    assert_eq!(later.post("/u/login", &form).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_weak_password_is_told_what_is_missing() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.post("/u/signup", &form(&state, "eve@example.com", "short")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("Password is too weak."));
    assert!(page.body.contains("class=\"unmet\">At least 8 characters in length <strong>(missing)</strong>"));
    assert!(!page.body.contains("short"), "what was typed is not sent back");
    assert_eq!(world.events().await, ["fs"]);
    assert_eq!(world.newest_event().await.reason.as_deref(), Some("signup.weak_password"));
}

#[tokio::test]
async fn an_address_that_is_taken_or_is_none_makes_no_account() {
    let world = World::new().await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.post("/u/signup", &form(&state, " ADA@example.com", "Good enough 1")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("If you have one already, sign in instead."), "{}", page.body);
    for email in ["", "ada", "a@b@", "a b@c.example", "<x>@c.example"] {
        let page = browser.post("/u/signup", &form(&state, email, "Good enough 1")).await;
        assert!(page.body.contains("Please enter a valid email address."), "{email}: {}", page.body);
    }
    assert!(world.events().await.iter().all(|code| code == "fs"));
}

#[tokio::test]
async fn a_connection_may_be_closed_to_strangers() {
    let world = World::new().await;
    world.change_connection("disable_signup", json!(true)).await;
    let mut browser = world.browser();
    let state = browser.asks(&ask("spa")).await.param("state");
    let page = browser.get(&format!("/u/login?state={state}")).await;
    assert!(!page.body.contains("/u/signup"), "{}", page.body);
    browser.get(&format!("/u/signup?state={state}")).await.goes_to("/u/login?state=");
    let page = browser.post("/u/signup", &form(&state, "eve@example.com", "Good enough 1")).await;
    assert!(page.body.contains("New accounts cannot be created here."), "{}", page.body);
}

/// What the Management API keeps of other strategies is no way in, even where everything about it says it is.
#[tokio::test]
async fn nobody_comes_by_a_connection_of_a_strategy_that_is_only_kept() {
    let world = World::new().await;
    let doc = json!({
        "id": "con_0", "name": "work", "strategy": "okta", "is_domain_connection": true,
        "options": { "client_secret": "s", "disable_signup": false },
    });
    world.insert::<Connections>("con_0", doc).await;
    let mut browser = world.browser();
    let state = browser.asks(&but(&ask("spa"), "connection", "work")).await.param("state");
    let page = browser.get(&format!("/u/login?state={state}")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert!(!page.body.contains("type=\"password\""), "{}", page.body);
    let page = browser.post("/u/login", &crate::world::credentials(&state, EMAIL, PASSWORD)).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);

    let mut body = wish("eve@example.com", "Good enough 1");
    body["connection"] = "work".into();
    let (page, _) = api(&world, body).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    // Who names none comes by the one there is.
    world.browser().signs_in(&ask("spa")).await.brings_a_code();
}

async fn api(world: &World, body: Value) -> (Page, Value) {
    let request = Request::post("/dbconnections/signup").header(header::CONTENT_TYPE, "application/json");
    let page = world.browser().send(request, body.to_string()).await;
    let body = serde_json::from_str(&page.body).unwrap();
    (page, body)
}

fn wish(email: &str, password: &str) -> Value {
    let connection = "Username-Password-Authentication";
    json!({ "client_id": "spa", "connection": connection, "email": email, "password": password })
}

/// auth0.md §5: texts alone, ten of up to 500 characters.
#[tokio::test]
async fn what_an_application_knows_of_a_user_is_kept_with_them() {
    let world = World::new().await;
    let with = |email: &str, metadata: Value| {
        let mut body = wish(email, "Good enough 1");
        body["user_metadata"] = metadata;
        body
    };
    let (page, body) = api(&world, with("eve@example.com", json!({ "plan": "premium", "shoe": "" }))).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let id = format!("auth0|{}", body["_id"].as_str().unwrap());
    let kept = documents::find::<Users>(&world.app.store, &world.app.tenant.id, &id).await.unwrap().unwrap();
    assert_eq!(kept.doc["user_metadata"], json!({ "plan": "premium", "shoe": "" }));
    let many: serde_json::Map<_, _> = (0..11).map(|n| (format!("k{n}"), json!("v"))).collect();
    for bad in [json!("text"), json!(["a"]), json!({ "a": 1 }), json!({ "a": { "b": "c" } }), json!(many)] {
        let (page, body) = api(&world, with("bob@example.com", bad)).await;
        assert_eq!((page.status, &body["code"]), (StatusCode::BAD_REQUEST, &json!("invalid_request")));
    }
    for long in [json!({ "k".repeat(101): "v" }), json!({ "k": "v".repeat(501) })] {
        assert_eq!(api(&world, with("bob@example.com", long)).await.0.status, StatusCode::BAD_REQUEST);
    }
    let (page, _) = api(&world, with("bob@example.com", Value::Null)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
}

/// Auth0's answers, as auth0-java's and node-auth0's fixtures have them.
#[tokio::test]
async fn an_application_may_make_accounts_by_a_form_of_its_own() {
    let world = World::new().await;
    let (page, body) = api(&world, wish("eve@example.com", "Good enough 1")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!((&body["email"], &body["email_verified"]), (&json!("eve@example.com"), &json!(false)));
    assert_eq!(body["_id"].as_str().unwrap().len(), 24);

    let (page, body) = api(&world, wish(EMAIL, PASSWORD)).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        body,
        json!({
            "name": "BadRequestError", "code": "user_exists",
            "description": "The user already exists.", "statusCode": 400,
        })
    );

    let (page, body) = api(&world, wish("bob@example.com", "short")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert_eq!((&body["name"], &body["code"]), (&json!("PasswordStrengthError"), &json!("invalid_password")));
    assert_eq!(body["description"]["rules"][0]["format"], json!([8]));
    assert_eq!(body["description"]["rules"][1]["items"][0]["verified"], json!(true));
    assert_eq!(body["policy"].as_str().unwrap().lines().next(), Some("* At least 8 characters in length"));
    assert_eq!(world.events().await, ["fs", "fs", "ss"]);
}
