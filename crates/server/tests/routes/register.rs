//! `/oidc/register` (RFC 7591, RFC 7592; conformance A19, AS08).

use axum::body::Body;
use http::{Method, Request};
use keybound_proto::form::Form;
use keybound_server::{Config, config::Registration};
use keybound_store::{
    documents::{self, Clients},
    events,
};
use serde_json::{Value, json};

use crate::{
    wallet::get,
    world::{API, Answer, CALLBACK, ISSUER, SPA, Wish, World, redeem},
};

const PATH: &str = "/oidc/register";

async fn world() -> World {
    let mut config = Config::default();
    config.registration = Registration::Open;
    World::with(config).await
}

fn app() -> Value {
    json!({ "client_name": "Notes", "redirect_uris": [CALLBACK] })
}

fn but(mut said: Value, name: &str, value: Value) -> Value {
    said[name] = value;
    said
}

async fn send(world: &World, (method, path): (Method, &str), token: Option<&str>, said: &Value) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = if said.is_null() { Body::empty() } else { said.to_string().into() };
    world.send(request.body(body).unwrap()).await
}

async fn register(world: &World, said: &Value) -> Answer {
    send(world, (Method::POST, PATH), None, said).await
}

async fn registered(world: &World, said: &Value) -> Value {
    let answer = register(world, said).await;
    assert_eq!(answer.status, 201, "{}", answer.json());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

fn place(client: &Value) -> (String, String) {
    let uri = client["registration_client_uri"].as_str().unwrap();
    let path = uri.strip_prefix(ISSUER.trim_end_matches('/')).unwrap().to_owned();
    (path, client["registration_access_token"].as_str().unwrap().to_owned())
}

fn id(client: &Value) -> &str {
    client["client_id"].as_str().unwrap()
}

async fn document(world: &World, id: &str) -> Option<Value> {
    let found = documents::find::<Clients>(&world.app.store, &world.app.tenant.id, id).await.unwrap();
    found.map(|found| found.doc)
}

/// RFC 7591 §3.2.1: everything that was registered is told.
#[tokio::test]
async fn a_client_registers_itself_and_hears_what_it_is() {
    let world = world().await;
    let client = registered(&world, &but(app(), "software_version", json!("1"))).await;
    for (name, value) in [
        ("client_name", json!("Notes")),
        ("redirect_uris", json!([CALLBACK])),
        ("grant_types", json!(["authorization_code"])),
        ("response_types", json!(["code"])),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("application_type", json!("web")),
        ("dpop_bound_access_tokens", json!(false)),
        ("client_secret_expires_at", json!(0)),
        ("client_id_issued_at", json!(world.now().as_unix())),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    assert!(client["client_secret"].as_str().unwrap().len() >= 43);
    assert!(client.get("software_version").is_none(), "what is not obeyed is not told");
    let (path, token) = place(&client);
    assert_eq!(path, format!("{PATH}/{}", id(&client)));
    let kept = document(&world, id(&client)).await.unwrap();
    assert_eq!(kept["is_first_party"], false);
    assert!(!kept.to_string().contains(&token), "the token is kept as its hash");
    let log = events::newest(&world.app.store, &world.app.tenant.id, 0, 1).await.unwrap().remove(0);
    assert_eq!(&*log.kind, "sapi");
    assert!(log.description.unwrap().contains(id(&client)));
}

/// RFC 9449 §5.2; AS08: what is registered as bound gets no bearer tokens.
#[tokio::test]
async fn a_client_that_says_so_gets_bound_tokens_alone() {
    let world = world().await;
    let said =
        but(but(app(), "dpop_bound_access_tokens", json!(true)), "token_endpoint_auth_method", json!("none"));
    let client = registered(&world, &said).await;
    assert_eq!((&client["dpop_bound_access_tokens"], client.get("client_secret")), (&json!(true), None));
    let code = world.code(&Wish { client: id(&client), audience: Some(API), ..Wish::default() }).await;
    let bare = world.post("/oauth/token", redeem(&code, id(&client)), &[]).await;
    bare.refused(400, "invalid_dpop_proof");
    for odd in [json!("true"), json!(1), json!(null)] {
        let answer = register(&world, &but(app(), "dpop_bound_access_tokens", odd)).await;
        answer.refused(400, "invalid_client_metadata");
    }
}

/// RFC 7591 §3.2.2; conformance A18 and A20.
#[tokio::test]
async fn what_cannot_be_registered_is_refused_and_nothing_is_kept() {
    let world = world().await;
    for (name, odd, error) in [
        ("redirect_uris", json!([]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://app.example/#f"]), "invalid_redirect_uri"),
        ("redirect_uris", json!(["javascript:alert(1)"]), "invalid_redirect_uri"),
        ("redirect_uris", json!("https://app.example/"), "invalid_redirect_uri"),
        ("redirect_uris", json!(["https://*.example/cb"]), "invalid_redirect_uri"),
        ("grant_types", json!(["client_credentials"]), "invalid_client_metadata"),
        ("grant_types", json!(["authorization_code", "implicit"]), "invalid_client_metadata"),
        ("grant_types", json!(["password"]), "invalid_client_metadata"),
        ("response_types", json!(["token"]), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("private_key_jwt"), "invalid_client_metadata"),
        ("token_endpoint_auth_method", json!("tls_client_auth"), "invalid_client_metadata"),
        ("id_token_signed_response_alg", json!("none"), "invalid_client_metadata"),
        ("subject_type", json!("pairwise"), "invalid_client_metadata"),
        ("client_name", json!("<script>"), "invalid_client_metadata"),
        ("client_name", json!("Bank\u{202e}knaB"), "invalid_client_metadata"),
        ("application_type", json!("robot"), "invalid_client_metadata"),
        ("post_logout_redirect_uris", json!("x"), "invalid_client_metadata"),
    ] {
        register(&world, &but(app(), name, odd.clone())).await.refused(400, error);
    }
    register(&world, &json!([])).await.refused(400, "invalid_request");
    register(&world, &Value::Null).await.refused(400, "invalid_request");
    let form = world.post(PATH, Form::new().with("client_name", "Notes"), &[]).await;
    assert_eq!(form.status, 415);
    let twice = Request::post(PATH).header("content-type", "application/json");
    let twice = twice.body(r#"{"redirect_uris":["https://a.example/"],"redirect_uris":[]}"#.into()).unwrap();
    world.send(twice).await.refused(400, "invalid_request");
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let all = documents::page::<Clients>(store, tenant, &documents::Window::after(None, 100)).await.unwrap();
    assert!(all.documents.iter().all(|client| client.doc.get("registration").is_none()));
}

/// A name that says nothing would be the worst of names: the host says where the tokens go.
#[tokio::test]
async fn a_client_without_a_name_is_called_by_where_its_users_go() {
    let world = world().await;
    let client = registered(&world, &json!({ "redirect_uris": ["https://notes.example:8443/cb"] })).await;
    assert_eq!(client["client_name"], "notes.example");
}

/// RFC 7592 §2.1, §2.2, §2.3.
#[tokio::test]
async fn a_registration_is_read_changed_and_ended_by_whoever_has_its_token() {
    let world = world().await;
    let client = registered(&world, &app()).await;
    let (path, token) = place(&client);
    assert_eq!(send(&world, (Method::GET, &path), Some(&token), &Value::Null).await.ok(), client);

    let said = json!({
        "client_id": client["client_id"], "client_secret": client["client_secret"], "client_name": "Notes 2",
        "redirect_uris": ["https://app.example/other"], "grant_types": ["authorization_code", "refresh_token"],
    });
    let changed = send(&world, (Method::PUT, &path), Some(&token), &said).await.ok();
    assert_eq!(
        (&changed["client_name"], &changed["client_secret"]),
        (&json!("Notes 2"), &client["client_secret"])
    );
    assert_eq!(changed["redirect_uris"], json!(["https://app.example/other"]));
    for odd in [
        app(),
        but(said.clone(), "client_id", json!(SPA)),
        but(said.clone(), "client_secret", json!("another")),
        but(said.clone(), "grant_types", json!(["client_credentials"])),
    ] {
        let answer = send(&world, (Method::PUT, &path), Some(&token), &odd).await;
        answer.refused(400, "invalid_client_metadata");
    }
    assert_eq!(send(&world, (Method::GET, &path), Some(&token), &Value::Null).await.ok(), changed);

    let gone = send(&world, (Method::DELETE, &path), Some(&token), &Value::Null).await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
    assert!(document(&world, id(&client)).await.is_none());
    send(&world, (Method::GET, &path), Some(&token), &Value::Null).await.refused(401, "invalid_token");
    let code =
        Form::new().with("grant_type", "authorization_code").with("client_id", id(&client)).with("code", "x");
    world.post("/oauth/token", code, &[]).await.refused(401, "invalid_client");
}

/// RFC 7592 §3: the token opens one registration, and administrators' clients have none.
#[tokio::test]
async fn nobody_else_reads_or_changes_a_registration() {
    let world = world().await;
    let (mine, other) = (registered(&world, &app()).await, registered(&world, &app()).await);
    let ((path, _), (_, token)) = (place(&mine), place(&other));
    let own = format!("{PATH}/{SPA}");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for (path, token) in [(&path, &*token), (&path, "guess"), (&own, &*token), (&own, "")] {
            let answer = send(&world, (method.clone(), path), Some(token), &app()).await;
            assert!(matches!(answer.status.as_u16(), 400 | 401), "{method} {path}: {}", answer.status);
        }
        let none = send(&world, (method, &path), None, &app()).await;
        assert_eq!(none.status, 401);
        assert!(none.challenges().iter().any(|challenge| challenge.starts_with("Bearer")), "{none:?}");
    }
    assert!(document(&world, id(&mine)).await.is_some() && document(&world, SPA).await.is_some());
    let log = events::newest(&world.app.store, &world.app.tenant.id, 0, 5).await.unwrap();
    assert!(log.iter().any(|entry| entry.reason.as_deref() == Some("token.untrusted")), "{log:?}");
}

/// What binds a client is not taken back by the client: an administrator may have said so.
#[tokio::test]
async fn a_client_does_not_make_itself_looser() {
    let world = world().await;
    let client = registered(&world, &app()).await;
    let (path, token) = place(&client);
    let (store, tenant) = (&world.app.store, &world.app.tenant.id);
    let mut found = documents::find::<Clients>(store, tenant, id(&client)).await.unwrap().unwrap();
    found.doc["require_proof_of_possession"] = true.into();
    let mut batch = keybound_store::Batch::new();
    documents::update(&mut batch, store, tenant, found);
    store.apply(batch).await.unwrap();
    let said = but(app(), "client_id", client["client_id"].clone());
    let changed = send(&world, (Method::PUT, &path), Some(&token), &said).await.ok();
    assert_eq!(changed["dpop_bound_access_tokens"], true);
}

/// Closed is the default, and looks like nothing at all.
#[tokio::test]
async fn where_nobody_may_register_there_is_no_such_path() {
    let closed = World::new().await;
    assert_eq!(register(&closed, &app()).await.status, 404);
    let path = format!("{PATH}/{SPA}");
    assert_eq!(send(&closed, (Method::GET, &path), Some("x"), &Value::Null).await.status, 404);
    let metadata = "/.well-known/openid-configuration";
    assert!(get(&closed, metadata, &[]).await.ok().get("registration_endpoint").is_none());
    let open = world().await;
    let told = get(&open, metadata, &[]).await.ok();
    assert_eq!(told["registration_endpoint"], format!("{ISSUER}oidc/register"));
}
