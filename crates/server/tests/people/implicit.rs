//! Tokens that come by the browser, for clients that opted in (RFC 6749 §4.2, OIDC Core §3.2).

use http::header;
use keybound_proto::{form::Form, jose::decode_base64url};
use keybound_store::documents::{Clients, ResourceServers};
use serde_json::{Value, json};

use crate::world::{API, CALLBACK, Page, World, ask, but};

const ID: &str = "legacy";
const BOUND: &str = "https://bound.example/";
const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

async fn world() -> World {
    let world = World::new().await;
    let client = json!({
        "client_id": ID, "name": "Old", "app_type": "spa", "token_endpoint_auth_method": "none",
        "callbacks": [CALLBACK], "web_origins": ["https://app.example"], "grant_types": ["implicit", "refresh_token"],
    });
    let mut bound = client.clone();
    bound["client_id"] = "bound".into();
    bound["require_proof_of_possession"] = true.into();
    world.insert::<Clients>(ID, client).await;
    world.insert::<Clients>("bound", bound).await;
    let api = json!({
        "id": "bound", "identifier": BOUND, "name": "Bound", "signing_alg": "RS256",
        "skip_consent_for_verifiable_first_party_clients": true, "scopes": [{ "value": "read:orders" }],
        "proof_of_possession": { "mechanism": "dpop", "required": true, "required_for": "all_clients" },
    });
    world.insert::<ResourceServers>("bound", api).await;
    world
}

/// What such a client asks: PKCE is none of its business.
fn asks(kind: &str) -> Form {
    let ask = but(&but(&ask(ID), "code_challenge", ""), "code_challenge_method", "");
    but(&ask, "response_type", kind)
}

/// What stands behind the `#`.
#[track_caller]
fn fragment(page: &Page) -> Form {
    let location = page.location();
    let (address, fragment) = location.split_once('#').unwrap_or_else(|| panic!("no fragment: {location}"));
    assert_eq!(address, CALLBACK);
    Form::parse(fragment.as_bytes()).unwrap()
}

#[track_caller]
fn refuses(page: &Page, error: &str) {
    let told = fragment(page);
    assert_eq!((told.text("error"), told.text("state")), (Some(error), Some("s-1=")), "{}", page.location());
    assert_eq!((told.text("access_token"), told.text("id_token")), (None, None));
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&decode_base64url(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// RFC 6749 §4.2.2; OIDC Core §3.2.2.5, §3.2.2.10; RFC 9207 §2.
#[tokio::test]
async fn tokens_come_in_the_fragment_as_they_were_asked_for() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    for (kind, access, id) in
        [("token", true, false), ("id_token", false, true), ("token id_token", true, true)]
    {
        let ask = but(&asks(kind), "scope", "openid email read:orders offline_access").with("audience", API);
        let told = fragment(&browser.asks(&ask).await);
        assert_eq!(
            (told.text("access_token").is_some(), told.text("id_token").is_some()),
            (access, id),
            "{kind}"
        );
        assert_eq!((told.text("state"), told.text("iss")), (Some("s-1="), Some("https://id.example/")));
        assert_eq!((told.text("code"), told.text("refresh_token")), (None, None));
        if let Some(token) = told.text("access_token") {
            let claims = claims(token);
            // Bound to nobody, for as long as browsers get them, and nothing that lasts.
            assert_eq!((claims.get("cnf"), told.text("token_type")), (None, Some("Bearer")));
            assert_eq!(
                (&claims["scope"], told.text("scope")),
                (&"openid email read:orders".into(), Some("openid email read:orders"))
            );
            let lives = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            assert_eq!(told.text("expires_in"), Some(&*lives.to_string()));
        }
        if let Some(token) = told.text("id_token") {
            let claims = claims(token);
            assert_eq!((&claims["nonce"], &claims["aud"]), (&"n-1".into(), &ID.into()));
            assert_eq!(claims.get("at_hash").is_some(), access, "{kind}");
            assert_eq!(claims["email"], "ada@example.com");
        }
    }
}

/// Multiple Response Types §5, Form Post Response Mode: never in a query, where servers and logs see it.
/// Conformance A24.
#[tokio::test]
async fn tokens_travel_by_form_or_message_and_never_in_a_query() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    refuses(&browser.asks(&asks("token").with("response_mode", "query")).await, "invalid_request");
    let refused = fragment(&browser.asks(&asks("token").with("response_mode", "query.jwt")).await);
    assert_eq!(claims(refused.text("response").unwrap())["error"], "invalid_request");
    let page = browser.asks(&asks("id_token token").with("response_mode", "form_post")).await;
    assert_eq!((page.status.as_u16(), page.headers.get(header::LOCATION)), (200, None));
    assert!(
        page.body.contains("name=\"access_token\"") && page.body.contains("name=\"id_token\""),
        "{}",
        page.body
    );
    let page = browser.asks(&asks("token").with("response_mode", "web_message").with("prompt", "none")).await;
    assert!(page.body.contains("access_token"), "{}", page.body);
    let signed = fragment(&browser.asks(&asks("token").with("response_mode", "jwt")).await);
    assert!(claims(signed.text("response").unwrap())["access_token"].is_string());
}

/// RFC 9449 §11.7; conformance AS27: what has to be bound does not come by the browser.
#[tokio::test]
async fn nothing_that_must_be_bound_to_a_key_comes_by_the_browser() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    for kind in ["token", "id_token token", "id_token"] {
        refuses(&browser.asks(&but(&asks(kind), "client_id", "bound")).await, "unsupported_response_type");
        refuses(&browser.asks(&asks(kind).with("dpop_jkt", JKT)).await, "unsupported_response_type");
    }
    refuses(&browser.asks(&asks("token").with("audience", BOUND)).await, "unsupported_response_type");
}

/// Never the default: a client asks for the grant `implicit`, and then still for each request; conformance A23.
#[tokio::test]
async fn a_client_that_did_not_opt_in_gets_codes_and_one_that_did_gets_no_code_for_it() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    for client in ["spa", "native", "web"] {
        let ask = but(&asks("id_token token"), "client_id", client);
        let ask = if client == "native" { but(&ask, "redirect_uri", "com.example.app:/cb") } else { ask };
        let location = browser.asks(&ask).await.location();
        assert!(location.contains("#error=unauthorized_client"), "{client}: {location}");
    }
    browser.asks(&but(&ask(ID), "client_id", ID)).await.refuses("unauthorized_client");
    for kind in ["code token", "code id_token", "none", "token token"] {
        browser.asks(&asks(kind)).await.refuses("unsupported_response_type");
    }
    // It is redeemed nowhere.
    let form = Form::new().with("grant_type", "implicit").with("client_id", ID);
    let request =
        http::Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let page = browser.send(request, form.encode()).await;
    assert!(page.body.contains("unsupported_grant_type"), "{}", page.body);
}

/// OIDC Core §3.2.2.1, §3.2.2.11: without a nonce anybody's ID token would do.
#[tokio::test]
async fn an_id_token_by_the_browser_takes_a_nonce_and_openid() {
    let world = world().await;
    let mut browser = world.signed_in().await;
    refuses(&browser.asks(&but(&asks("id_token"), "nonce", "")).await, "invalid_request");
    refuses(&browser.asks(&but(&asks("id_token token"), "scope", "email")).await, "invalid_request");
    let told = fragment(&browser.asks(&but(&asks("token"), "nonce", "")).await);
    assert!(told.text("access_token").is_some());
    // A person in between changes nothing of it.
    let mut stranger = world.browser();
    let page = stranger.signs_in(&asks("id_token token")).await;
    let told = fragment(&page);
    assert!(told.text("id_token").is_some());
    refuses(
        &stranger.asks(&asks("token").with("prompt", "none").with("max_age", "0")).await,
        "login_required",
    );
}
