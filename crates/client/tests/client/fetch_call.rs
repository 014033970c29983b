//! A fetcher: what it sends, and when it sends it again.

use std::sync::Arc;

use http::Method;
use keybound_client::{
    Again, Client, ClientError, Dpop, DpopKey, Fetcher, Tokens,
    http::{Body, Response},
    proto::{jose::encode_base64url, scope::Scopes, secret::Secret, uri::Origin},
    session::{MemoryStore, Renew, Session, Want},
};

use crate::wire::{Standing, TOKEN, Wire, answer, client};

const API: &str = "https://api.example/v1/";

fn tokens(client: &Client, token: &str) -> Arc<Tokens> {
    Arc::new(Tokens {
        access_token: Secret::new(token.into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    })
}

/// A fetcher with one token.
fn fetcher(client: &Client, wire: &Arc<Wire>) -> Fetcher {
    let tokens = tokens(client, TOKEN);
    Fetcher::new(API, client, Arc::clone(wire), tokens).unwrap().by_clock(Standing)
}

fn wire(answers: impl IntoIterator<Item = Response<Body>>) -> Arc<Wire> {
    Arc::new(Wire::answering(answers))
}

fn ok() -> Response<Body> {
    answer(200, &[], "[]")
}

fn grant(token: &str) -> Response<Body> {
    answer(200, &[], &format!(r#"{{"access_token":"{token}","token_type":"DPoP","expires_in":600}}"#))
}

fn invalid_token() -> Response<Body> {
    answer(401, &[("www-authenticate", r#"DPoP error="invalid_token", algs="ES256""#)], "no")
}

fn machine(client: &Client, wire: &Arc<Wire>) -> Session<Arc<Wire>, Standing> {
    let store = Arc::new(MemoryStore::default());
    Session::of_machine(client.clone(), Arc::clone(wire), store).by_clock(Standing)
}

/// RFC 3986 §5.2, RFC 9449 §7.1; conformance CL01, CL03, CL11.
#[tokio::test]
async fn a_request_is_put_together_as_its_caller_says() {
    let (client, wire) = (client(), wire([ok()]));
    let fetcher = fetcher(&client, &wire);
    let request = fetcher.post("orders?a=1#top").query(&[("q", "ä &"), ("page", "2")]);
    let request = request.header("x-request", "7").header("authorization", "Bearer other");
    let response = request.json(&serde_json::json!({ "item": "a lock" })).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.attempts()), (200, 1));
    assert_eq!(response.json::<Vec<String>>().await.unwrap().len(), 0);
    wire.with(0, |seen| {
        assert_eq!(seen.method, "POST");
        assert_eq!(seen.url, "https://api.example/v1/orders?a=1&q=%C3%A4+%26&page=2");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        assert_eq!(seen.header("authorization"), Some(format!("DPoP {TOKEN}").as_str()));
        assert_eq!(seen.header("x-request"), Some("7"));
        assert_eq!(seen.claim("htu").as_deref(), Some("https://api.example/v1/orders"));
        assert!(seen.claim("ath").is_some());
        assert_eq!(seen.body, r#"{"item":"a lock"}"#);
    });
}

/// CL11: a token never leaves for an origin nobody named.
#[tokio::test]
async fn other_origins_must_be_named_first() {
    let (client, wire) = (client(), wire([ok()]));
    let fetcher = fetcher(&client, &wire);
    for elsewhere in ["https://evil.example/", "//evil.example", "http://api.example/v1/"] {
        let error = fetcher.get(elsewhere).send().await.unwrap_err();
        assert_eq!(error.code(), "client.origin_not_allowed", "{elsewhere}");
    }
    assert_eq!(wire.sent(), 0);
    let fetcher = fetcher.allowing(Origin::parse("https://files.example").unwrap());
    let response = fetcher.get("https://files.example/a").send().await.unwrap();
    assert_eq!(response.url(), "https://files.example/a");
}

/// RFC 9449 §8, §9; CL06, CL09: at 400 and 401, in the header or in the body, under both names.
#[tokio::test]
async fn a_nonce_is_taken_from_wherever_it_is_asked_for() {
    let json = ("content-type", "application/json");
    let nonce = ("dpop-nonce", "r1");
    for challenge in [
        answer(401, &[("www-authenticate", r#"DPoP error="use_dpop_nonce""#), nonce], ""),
        answer(400, &[("www-authenticate", r#"dpop error="use_dpop_nonce""#), nonce], ""),
        answer(401, &[("www-authenticate", r#"DPoP error="invalid_dpop_nonce""#), nonce], ""),
        answer(400, &[json, nonce], r#"{"error":"use_dpop_nonce"}"#),
        answer(401, &[json, nonce], r#"{"error":"invalid_dpop_nonce"}"#),
    ] {
        let (client, wire) = (client(), wire([challenge, ok()]));
        let response = fetcher(&client, &wire).post("orders").body("{}").send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.attempts()), (200, 2));
        let seen = wire.seen.lock().unwrap();
        assert_eq!(seen[1].claim("nonce").as_deref(), Some("r1"));
        assert_ne!(seen[0].claim("jti"), seen[1].claim("jti"));
        assert_eq!(seen[0].body, seen[1].body);
    }
}

/// CL06: bounded, and an error that says what was tried.
#[tokio::test]
async fn a_nonce_that_is_refused_is_an_error_of_its_own() {
    let challenge =
        || answer(401, &[("www-authenticate", r#"DPoP error="use_dpop_nonce""#), ("dpop-nonce", "r")], "");
    let (client, wire) = (client(), wire([challenge(), challenge()]));
    let error = fetcher(&client, &wire).get("orders").send().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.nonce_retry_spent", Again::Later));
    assert_eq!(error.oauth_code(), Some("use_dpop_nonce"));
    assert_eq!(wire.sent(), 2);
}

/// RFC 9449 §7.3; CL13: every attempt is another proof; what is not idempotent is not repeated.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again_where_that_does_no_harm() {
    let client = client();
    let wire = Arc::new(Wire::answering([ok()]).breaks_off().breaks_off());
    let response = fetcher(&client, &wire).put("orders/1").body("{}").send().await.unwrap();
    assert_eq!(response.attempts(), 3);
    let jtis: Vec<_> = (0..3).map(|at| wire.with(at, |seen| seen.claim("jti"))).collect();
    assert!(jtis[0] != jtis[1] && jtis[1] != jtis[2] && jtis[0] != jtis[2]);

    let wire = Arc::new(Wire::default().breaks_off().breaks_off().breaks_off());
    let error = fetcher(&client, &wire).get("orders").send().await.unwrap_err();
    assert_eq!((error.code(), wire.sent()), ("client.transport", 3));

    let wire = Arc::new(Wire::answering([ok()]).breaks_off());
    let error = fetcher(&client, &wire).post("orders").body("{}").send().await.unwrap_err();
    assert_eq!((error.code(), wire.sent()), ("client.transport", 1));
}

/// RFC 6750 §3.1, RFC 9449 §7.1.
#[tokio::test]
async fn a_token_that_is_called_invalid_is_renewed_once() {
    let client = client();
    let wire =
        wire([grant("a"), invalid_token(), grant("b"), ok(), invalid_token(), grant("c"), invalid_token()]);
    let fetcher = machine(&client, &wire).fetcher(API).unwrap();
    assert_eq!(fetcher.get("orders").send().await.unwrap().status(), 200);
    assert_eq!(wire.with(3, |seen| seen.header("authorization").unwrap().to_owned()), "DPoP b");
    let response = fetcher.get("orders").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.error_for_status().await.unwrap_err().oauth_code(), Some("invalid_token"));
    assert_eq!(wire.sent(), 7);
}

#[tokio::test]
async fn a_refusal_is_a_response_with_its_body_whole() {
    let refusal =
        answer(401, &[("content-type", "application/json")], r#"{"error":"odd","error_description":"d"}"#);
    let (client, wire) = (client(), wire([refusal.clone(), refusal]));
    let fetcher = fetcher(&client, &wire);
    let response = fetcher.get("orders").send().await.unwrap();
    assert!(response.text().await.unwrap().contains("odd"));
    let error = fetcher.get("orders").send().await.unwrap().error_for_status().await.unwrap_err();
    assert_eq!(
        (error.status(), error.oauth_code(), error.description()),
        (Some(401), Some("odd"), Some("d"))
    );
}

#[tokio::test]
async fn scopes_audience_and_refresh_are_each_requests_own() {
    let client = client();
    let wire = wire([grant("a"), ok(), grant("b"), ok(), ok()]);
    let fetcher =
        machine(&client, &wire).fetcher(API).unwrap().wanting(Want::default().audience("https://api"));
    fetcher.get("x").send().await.unwrap();
    let scopes = Scopes::parse("write").unwrap();
    fetcher.get("x").audience("https://other").scopes(&scopes).refresh().send().await.unwrap();
    fetcher.get("x").send().await.unwrap();
    let body = |at| wire.with(at, |seen| seen.body.clone());
    assert!(
        body(0).contains("audience=https%3A%2F%2Fapi&") || body(0).ends_with("audience=https%3A%2F%2Fapi")
    );
    assert!(body(2).contains("other") && body(2).contains("scope=write"));
    let sent = |at| wire.with(at, |seen| seen.header("authorization").unwrap().to_owned());
    assert_eq!([sent(1), sent(3), sent(4)], ["DPoP a", "DPoP b", "DPoP a"]);
}

/// Issue 3: caught before sending, where the token can be read; CL19.
#[tokio::test]
async fn a_token_for_another_api_or_key_is_not_sent() {
    let client = client();
    let jwt =
        |claims: &str| format!("{}.{}.sig", encode_base64url(r#"{"alg":"RS256"}"#), encode_base64url(claims));
    let wire = wire([ok(), ok()]);
    let with = |claims: &str| {
        let tokens = tokens(&client, &jwt(claims));
        let fetcher = Fetcher::new(API, &client, Arc::clone(&wire), tokens).unwrap().by_clock(Standing);
        fetcher.wanting(Want::default().audience("https://api"))
    };
    let error = with(r#"{"aud":["https://stock","https://id/userinfo"]}"#).get("x").send().await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.audience", Again::Never));
    let said = error.to_string();
    assert!(said.contains(API) && said.contains("https://stock"), "{said}");
    let error = with(r#"{"aud":"https://api","cnf":{"jkt":"other"}}"#).get("x").send().await.unwrap_err();
    assert_eq!(error.code(), "client.token_type");
    assert_eq!(wire.sent(), 0);
    with(r#"{"aud":["https://api","https://id/userinfo"]}"#).get("x").send().await.unwrap();
    fetcher(&client, &wire).wanting(Want::default().audience("https://api")).get("x").send().await.unwrap();
}

/// RFC 9449 §5, §7.2: never a silent fall-back to `Bearer`, in neither direction.
#[tokio::test]
async fn a_fetcher_may_do_without_dpop_but_says_so_and_gets_other_tokens() {
    let client = client();
    let bearer = || answer(200, &[], r#"{"access_token":"plain","token_type":"Bearer","expires_in":600}"#);
    let wire = wire([bearer(), ok(), grant("bound"), ok()]);
    let session = machine(&client, &wire);
    let off = session.fetcher(API).unwrap().dpop(Dpop::OffAndTokensCanBeStolen);
    off.get("x").send().await.unwrap();
    session.fetcher(API).unwrap().get("x").send().await.unwrap();
    let sent = |at| {
        wire.with(at, |seen| (seen.header("authorization").map(str::to_owned), seen.header("dpop").is_some()))
    };
    assert!(!sent(0).1 && sent(2).1);
    assert_eq!(sent(1), (Some("Bearer plain".into()), false));
    assert_eq!(sent(3), (Some("DPoP bound".into()), true));

    let off = fetcher(&client, &wire).dpop(Dpop::OffAndTokensCanBeStolen);
    assert_eq!(off.get("x").send().await.unwrap_err().code(), "client.token_type");
    let other = fetcher(&client, &wire).dpop(Dpop::On(DpopKey::generate().unwrap()));
    assert_eq!(other.get("x").send().await.unwrap_err().code(), "client.token_type");
    let mut unbound = Arc::unwrap_or_clone(tokens(&client, "t"));
    unbound.bound_to = None;
    let on = Fetcher::new(API, &client, Arc::clone(&wire), Arc::new(unbound)).unwrap();
    assert_eq!(on.get("x").send().await.unwrap_err().code(), "client.token_type");
    assert_eq!(wire.sent(), 4);
}

#[tokio::test]
async fn tokens_may_come_from_a_closure_and_requests_go_over_another_transport() {
    let client = client();
    let held = tokens(&client, "mine");
    let factory = move |want: Want, renew: Renew| {
        let held = Arc::clone(&held);
        async move {
            assert_eq!((want.wanted_audience(), renew), (Some("https://api"), Renew::WhenDue));
            Ok::<_, ClientError>(held)
        }
    };
    let (never, wire) = (wire([]), wire([ok()]));
    let fetcher = Fetcher::new(API, &client, never, factory).unwrap().over(Arc::clone(&wire));
    let request = fetcher.request(Method::OPTIONS, "x").audience("https://api");
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(wire.with(0, |seen| seen.header("authorization").unwrap().to_owned()), "DPoP mine");
}

/// CL15: a clock that is off is corrected once, and is an error with its offset when that does not help.
#[tokio::test]
async fn a_wrong_clock_is_measured() {
    let refused = || {
        let challenge = r#"DPoP error="invalid_dpop_proof", algs="ES256""#;
        answer(401, &[("www-authenticate", challenge), ("date", "Sun, 06 Nov 1994 08:54:37 GMT")], "")
    };
    let (client, one) = (client(), wire([refused(), ok()]));
    assert_eq!(fetcher(&client, &one).get("x").send().await.unwrap().attempts(), 2);
    assert_eq!(one.with(1, |seen| seen.claim("iat")), Some((784_111_777 + 300).to_string()));
    let (client, other) = (crate::wire::client(), wire([refused(), refused()]));
    let error = fetcher(&client, &other).get("x").send().await.unwrap_err();
    assert!(matches!(error, ClientError::Clock { offset: 300 }));
    assert_eq!(error.to_string(), "the proof is refused: our clock is 300 s behind the server's");
}
