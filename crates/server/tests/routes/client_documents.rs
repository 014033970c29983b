//! Clients that describe themselves at the address that is their name (OAuth Client ID Metadata Document; conformance
//! A19), as their requests are taken or refused.

use http::Request;
use keybound_crypto::{SigningKey, entropy};
use keybound_proto::{
    form::Form,
    jose::{Alg, Sign as _},
    time::Lifetime,
};
use keybound_server::{
    Config,
    config::{DocumentProofs, LocalhostClients},
};
use keybound_store::documents::Clients;
use serde_json::{Value, json};

use crate::{
    documents_at::DocumentsAt,
    signing::{key, signed},
    wallet::{Wallet, get},
    world::{API, Answer, CALLBACK, ISSUER, Wish, World, claims, redeem, refresh},
};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// The S256 challenge of RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn begin() -> (World, DocumentsAt) {
    let at = DocumentsAt::open().await;
    at.publish(&app(&at));
    (World::with(at.read_by(Config::default())).await, at)
}

fn app(at: &DocumentsAt) -> Value {
    json!({
        "client_id": at.url, "client_name": "Notes", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none",
    })
}

fn but(mut said: Value, name: &str, value: Value) -> Value {
    said[name] = value;
    said
}

fn ask(client: &str, callback: &str) -> Form {
    Form::new()
        .with("client_id", client)
        .with("response_type", "code")
        .with("redirect_uri", callback)
        .with("scope", "openid")
        .with("code_challenge", CHALLENGE)
        .with("code_challenge_method", "S256")
}

async fn push(world: &World, client: &str) -> Answer {
    world.post("/oauth/par", ask(client, CALLBACK), &[]).await
}

fn asserting(world: &World, form: Form, client: &str, key: &SigningKey, audience: &str) -> Form {
    let now = world.now().as_unix();
    let claims = json!({
        "iss": client, "sub": client, "aud": audience, "jti": entropy::token::<16>(), "iat": now, "exp": now + 60,
    });
    form.with("client_assertion_type", KIND).with("client_assertion", &signed(key, "JWT", &claims))
}

/// Client ID Metadata Document §4, §5: read once, and read again when it is no longer fresh.
#[tokio::test]
async fn a_client_is_known_by_the_address_at_which_it_describes_itself() {
    let (world, at) = begin().await;
    for _ in 0..3 {
        assert_eq!(push(&world, &at.url).await.status, 201);
    }
    assert_eq!(at.asked(), 1);
    let elsewhere = world.post("/oauth/par", ask(&at.url, "https://evil.example/cb"), &[]).await;
    elsewhere.refused(400, "invalid_request");
    let metadata = get(&world, "/.well-known/oauth-authorization-server", &[]).await.ok();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);

    at.publish(&but(app(&at), "redirect_uris", json!(["https://app.example/moved"])));
    assert_eq!(push(&world, &at.url).await.status, 201, "what was read is fresh still");
    world.clock.turn(Lifetime::seconds(301));
    push(&world, &at.url).await.refused(400, "invalid_request");
    assert_eq!(at.asked(), 2);
}

/// A minute at the least, and a day at the most.
#[tokio::test]
async fn how_often_a_document_is_read_is_no_matter_of_the_document_alone() {
    let (world, at) = begin().await;
    for (said, good, over) in [(0, 59, 2), (31_536_000, 86_399, 2), (600, 599, 2)] {
        at.publish_for(said, &app(&at));
        world.clock.turn(Lifetime::seconds(86_401));
        let before = at.asked();
        push(&world, &at.url).await;
        world.clock.turn(Lifetime::seconds(good));
        push(&world, &at.url).await;
        assert_eq!(at.asked(), before + 1, "max-age={said}");
        world.clock.turn(Lifetime::seconds(over));
        push(&world, &at.url).await;
        assert_eq!(at.asked(), before + 2, "max-age={said}");
    }
}

#[tokio::test]
async fn many_requests_at_once_read_it_once() {
    let (world, at) = begin().await;
    let pushes = (0..16).map(|_| push(&world, &at.url));
    for answer in futures_util::future::join_all(pushes).await {
        assert_eq!(answer.status, 201, "{}", answer.json());
    }
    assert_eq!(at.asked(), 1);
}

/// Where nobody is read, an address names nobody, and is not called.
#[tokio::test]
async fn a_server_that_reads_no_documents_calls_nobody() {
    let at = DocumentsAt::open().await;
    at.publish(&app(&at));
    let world = World::new().await;
    push(&world, &at.url).await.refused(401, "invalid_client");
    push(&world, "http://localhost").await.refused(401, "invalid_client");
    assert_eq!(at.connections(), 0);
    let metadata = get(&world, "/.well-known/oauth-authorization-server", &[]).await.ok();
    assert!(metadata.get("client_id_metadata_document_supported").is_none());
}

/// Client ID Metadata Document §3, §4, §6; half a minute later it is looked at again.
#[tokio::test]
async fn what_is_no_document_of_the_client_lets_nobody_in() {
    let (world, at) = begin().await;
    let json = "Content-Type: application/json\r\n";
    let document = app(&at).to_string();
    let moved = format!("{json}Location: {}\r\n", at.url.replace("client", "other"));
    let huge = but(app(&at), "software_statement", json!("x".repeat(6_000))).to_string();
    let told = |name: &str, value: Value| but(app(&at), name, value).to_string();
    for (status, headers, body, said) in [
        ("302 Found", moved.as_str(), document.clone(), "is answered with the status 302"),
        ("308 Permanent Redirect", &moved, document.clone(), "is answered with the status 308"),
        ("404 Not Found", json, document.clone(), "is answered with the status 404"),
        ("201 Created", json, document.clone(), "is answered with the status 201"),
        ("200 OK", "Content-Type: text/html\r\n", document.clone(), "is not answered as application/json"),
        ("200 OK", "", document.clone(), "is not answered as application/json"),
        ("200 OK", json, "<html></html>".to_owned(), "cannot be read"),
        ("200 OK", json, huge, "is longer than 5120 bytes"),
        ("200 OK", json, told("client_id", json!("https://localhost/client.json")), "another client_id"),
        ("200 OK", json, told("client_id", Value::Null), "another client_id"),
        ("200 OK", json, told("client_secret", json!("s3cret")), "holds a secret"),
        (
            "200 OK",
            json,
            told("token_endpoint_auth_method", json!("client_secret_post")),
            "no way to authenticate",
        ),
        ("200 OK", json, told("redirect_uris", json!([])), "there is none"),
        ("200 OK", json, told("redirect_uris", json!(["http://app.example/cb"])), "names a redirection"),
    ] {
        at.tell(status, headers, &body);
        world.clock.turn(Lifetime::seconds(86_401));
        let before = at.asked();
        for _ in 0..2 {
            let refused = push(&world, &at.url).await.refused(401, "invalid_client");
            assert!(refused.contains(said), "{refused}, where {said} was expected");
        }
        assert_eq!(at.asked(), before + 1, "{said}");
        at.publish(&app(&at));
        world.clock.turn(Lifetime::seconds(31));
        assert_eq!(push(&world, &at.url).await.status, 201, "{said}");
    }
}

/// Client ID Metadata Document §3: one spelling, and no other.
#[tokio::test]
async fn an_address_that_cannot_be_a_name_is_not_called() {
    let (world, at) = begin().await;
    for odd in [
        at.url.replace("https:", "http:"),
        at.url.replace("/client.json", ""),
        at.url.replace("/client.json", "/./client.json"),
        at.url.replace("/client.json", "/a/%2e%2E/client.json"),
        at.url.replace("localhost", "ada@localhost"),
        format!("{}#f", at.url),
        format!("{}?{}", at.url, "x".repeat(300)),
    ] {
        let answer = push(&world, &odd).await;
        assert!(matches!(answer.status.as_u16(), 400 | 401), "{odd}");
    }
    assert_eq!(at.connections(), 0);
}

/// Client ID Metadata Document §6.5: the host is trusted, listens and has the document, and lies inside.
#[tokio::test]
async fn a_host_inside_is_not_called_and_its_client_not_known() {
    let at = DocumentsAt::open().await;
    at.publish(&app(&at));
    let mut config = Config::default();
    config.client_documents = at.guarded();
    let world = World::with(config).await;
    for host in ["localhost", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]", "0"] {
        let answer = push(&world, &at.url.replace("localhost", host)).await;
        let said = answer.refused(503, "temporarily_unavailable");
        assert!(said.contains("is not to be had now") && !said.contains("public"), "no word of why: {said}");
        assert_eq!(answer.header("retry-after"), Some("30"));
    }
    assert_eq!(at.connections(), 0);
}

/// The keys are called by the same guard: the document may name what the operator did not.
#[tokio::test]
async fn keys_inside_are_not_called_either() {
    let (world, at) = begin().await;
    let (other, mine) = (DocumentsAt::open().await, key(Alg::Es256));
    other.publish(&json!({ "keys": [mine.public().to_json()] }));
    let signing = but(app(&at), "token_endpoint_auth_method", json!("private_key_jwt"));
    at.publish(&but(signing.clone(), "jwks_uri", json!(other.url)));
    let asked = || asserting(&world, ask(&at.url, CALLBACK), &at.url, &mine, ISSUER);
    let refused = world.post("/oauth/par", asked(), &[]).await.refused(401, "invalid_client");
    assert_eq!(refused, "no key of the client signed the client assertion");
    assert_eq!(other.connections(), 0);
}

/// Whoever never answers keeps nobody waiting for long, and is asked again half a minute later.
#[tokio::test]
async fn a_host_that_does_not_answer_is_waited_for_once() {
    let (world, at) = begin().await;
    at.hang();
    for _ in 0..2 {
        push(&world, &at.url).await.refused(503, "temporarily_unavailable");
    }
    assert_eq!(at.asked(), 1);
    at.publish(&app(&at));
    world.clock.turn(Lifetime::seconds(31));
    assert_eq!(push(&world, &at.url).await.status, 201);
}

/// A refresh must not fail because a web page is down; what is taken back is over.
#[tokio::test]
async fn the_last_document_serves_while_its_host_fails_and_not_when_it_is_taken_back() {
    let (world, at) = begin().await;
    push(&world, &at.url).await;
    at.tell("503 Service Unavailable", "", "");
    world.clock.turn(Lifetime::seconds(80_000));
    assert_eq!(push(&world, &at.url).await.status, 201);
    assert_eq!(at.asked(), 2);
    world.clock.turn(Lifetime::seconds(7_000));
    push(&world, &at.url).await.refused(503, "temporarily_unavailable");
    at.publish(&app(&at));
    world.clock.turn(Lifetime::seconds(31));
    assert_eq!(push(&world, &at.url).await.status, 201);
    at.tell("410 Gone", "", "");
    world.clock.turn(Lifetime::seconds(301));
    push(&world, &at.url).await.refused(401, "invalid_client");
}

/// RFC 7523 §3; the profile `rfc`: to the issuer alone. Keys in the document, and elsewhere.
#[tokio::test]
async fn a_client_signs_with_keys_that_it_publishes() {
    let (world, at) = begin().await;
    let (mine, other) = (key(Alg::Es256), key(Alg::Es256));
    let signing = but(app(&at), "token_endpoint_auth_method", json!("private_key_jwt"));
    at.publish(&but(signing, "jwks", json!({ "keys": [mine.public().to_json()] })));
    let push = async |key: &SigningKey, audience: &str| {
        let form = asserting(&world, ask(&at.url, CALLBACK), &at.url, key, audience);
        world.post("/oauth/par", form, &[]).await
    };
    assert_eq!(push(&mine, ISSUER).await.status, 201);
    push(&other, ISSUER).await.refused(401, "invalid_client");
    push(&mine, &format!("{ISSUER}oauth/token")).await.refused(401, "invalid_client");
    world.post("/oauth/par", ask(&at.url, CALLBACK), &[]).await.refused(401, "invalid_client");
    assert_eq!(at.asked(), 1);
}

/// Document swap: what a client that showed who it is was given, is worth nothing to one that shows nothing.
#[tokio::test]
async fn a_client_that_ceases_to_sign_leaves_its_tokens_behind() {
    let (world, at) = begin().await;
    let (mine, wallet, thief) = (key(Alg::Es256), Wallet::new(), Wallet::new());
    let signing = but(app(&at), "token_endpoint_auth_method", json!("private_key_jwt"));
    at.publish(&but(signing, "jwks", json!({ "keys": [mine.public().to_json()] })));
    let code = world.code(&Wish { client: &at.url, ..Wish::default() }).await;
    wallet.ask(&world, asserting(&world, redeem(&code, &at.url), &at.url, &mine, ISSUER)).await;
    let form = asserting(&world, redeem(&code, &at.url), &at.url, &mine, ISSUER);
    let tokens = wallet.ask(&world, form).await.ok();
    let token = tokens["refresh_token"].as_str().unwrap();

    at.publish(&app(&at));
    world.clock.turn(Lifetime::seconds(301));
    thief.token(&world, refresh(token, &at.url)).await.refused(400, "invalid_grant");
    world.post("/oauth/token", refresh(token, &at.url), &[]).await;

    let signing = but(app(&at), "token_endpoint_auth_method", json!("private_key_jwt"));
    at.publish(&but(signing, "jwks", json!({ "keys": [mine.public().to_json()] })));
    world.clock.turn(Lifetime::seconds(301));
    let again = asserting(&world, refresh(token, &at.url), &at.url, &mine, ISSUER);
    let answer = wallet.ask(&world, again).await;
    let answer = match answer.json()["error"] == "use_dpop_nonce" {
        true => wallet.ask(&world, asserting(&world, refresh(token, &at.url), &at.url, &mine, ISSUER)).await,
        false => answer,
    };
    assert_eq!(answer.ok()["token_type"], "DPoP", "and to itself it is worth what it was");
}

/// RFC 9449 §5.2: where the client says so, and where the operator does.
#[tokio::test]
async fn its_tokens_are_bound_where_it_or_the_operator_says_so() {
    let (world, at) = begin().await;
    let code = world.code(&Wish { client: &at.url, ..Wish::default() }).await;
    assert_eq!(world.post("/oauth/token", redeem(&code, &at.url), &[]).await.ok()["token_type"], "Bearer");
    at.publish(&but(app(&at), "dpop_bound_access_tokens", json!(true)));
    world.clock.turn(Lifetime::seconds(301));
    let code = world.code(&Wish { client: &at.url, ..Wish::default() }).await;
    world.post("/oauth/token", redeem(&code, &at.url), &[]).await.refused(400, "invalid_dpop_proof");
    assert_eq!(Wallet::new().token(&world, redeem(&code, &at.url)).await.ok()["token_type"], "DPoP");

    at.publish(&app(&at));
    let mut config = at.read_by(Config::default());
    config.client_documents.dpop = DocumentProofs::Required;
    let world = World::with(config).await;
    let code = world.code(&Wish { client: &at.url, ..Wish::default() }).await;
    world.post("/oauth/token", redeem(&code, &at.url), &[]).await.refused(400, "invalid_dpop_proof");
    let wallet = Wallet::new();
    let tokens = wallet.token(&world, redeem(&code, &at.url)).await.ok();
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["azp"], at.url.as_str());
    let token = tokens["refresh_token"].as_str().unwrap();
    Wallet::new().token(&world, refresh(token, &at.url)).await.refused(400, "invalid_grant");
    let next = wallet.token(&world, refresh(token, &at.url)).await.ok();
    assert_ne!(next["refresh_token"], token, "RFC 9700 §4.14.2");
}

/// A stranger's document does not change what an administrator wrote down.
#[tokio::test]
async fn a_registered_client_is_not_replaced_by_a_document() {
    let (world, at) = begin().await;
    let own = json!({
        "client_id": at.url, "name": "Ours", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": ["https://ours.example/cb"], "grant_types": ["authorization_code"],
    });
    world.put::<Clients>(&at.url, own).await;
    push(&world, &at.url).await.refused(400, "invalid_request");
    assert_eq!(world.post("/oauth/par", ask(&at.url, "https://ours.example/cb"), &[]).await.status, 201);
    assert_eq!(at.connections(), 0);
}

/// It may have a page that nobody registered. No cookie counts at these endpoints; the others are as before.
#[tokio::test]
async fn a_page_that_nobody_registered_may_ask_where_clients_describe_themselves() {
    let (world, _) = begin().await;
    let preflight = async |path: &str| {
        let request = Request::options(path)
            .header("origin", "https://notes.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "dpop");
        world.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    for path in ["/oauth/token", "/oauth/par", "/oauth/revoke"] {
        let answer = preflight(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://notes.example"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("vary"), Some("origin"));
    }
    for path in ["/userinfo", "/dbconnections/signup", "/passwordless/start"] {
        assert_eq!(preflight(path).await.header("access-control-allow-origin"), None, "{path}");
    }
}

/// AT Protocol, "Localhost Client Development": only where the operator takes it, by any port, and bound.
#[tokio::test]
async fn a_developers_machine_is_a_client_where_the_operator_takes_it() {
    let name = "http://localhost?redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&scope=openid";
    let (world, at) = begin().await;
    push(&world, name).await.refused(401, "invalid_client");
    let mut config = at.read_by(Config::default());
    config.client_documents.localhost = LocalhostClients::Taken;
    let world = World::with(config).await;
    for (callback, status) in [
        ("http://127.0.0.1:4711/cb", 201),
        ("http://127.0.0.1:4711/other", 400),
        ("http://localhost:4711/cb", 400),
        ("https://evil.example/cb", 400),
    ] {
        let answer = world.post("/oauth/par", ask(name, callback), &[]).await;
        assert_eq!(answer.status, status, "{callback}: {}", answer.json());
    }
    let odd = "http://localhost?redirect_uri=https%3A%2F%2Fevil.example%2F";
    push(&world, odd).await.refused(401, "invalid_client");
    let code = world.code(&Wish { client: name, audience: Some(API), ..Wish::default() }).await;
    world.post("/oauth/token", redeem(&code, name), &[]).await.refused(400, "invalid_dpop_proof");
    assert_eq!(at.connections(), 0);
}
