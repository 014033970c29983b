//! The ways out: an address, a pushed request, a signed one; and the way back with a signed answer.

use keybound_client::{
    Authentication, Client, ClientError, Signer,
    crypto::{AwsLc, SigningKey},
    drive,
    flow::{Answer, Ask, Chance, CodeFlow},
    proto::{
        form::Form,
        id::Kid,
        jose::{Alg, AlgSet, JwtError, KeySet, Sign, Unverified, mint},
        metadata::ServerMetadata,
        request::authorization::Prompts,
        response::authorization::InvalidResponse,
        scope::Scopes,
        secret::Secret,
        time::Lifetime,
        uri::RedirectUri,
    },
};
use serde_json::json;

use crate::wire::{ISSUER, NOW, Standing, Wire, answer, client_of, granted, metadata, wants_nonce};

const CHANCE: Chance = Chance { state: [1; 32], nonce: [2; 32], verifier: [3; 32] };
const NAME: &str = "urn:ietf:params:oauth:request_uri:x";

fn ask() -> Ask {
    Ask::new(RedirectUri::parse("https://app.example/callback").unwrap(), Scopes::parse("openid a").unwrap())
}

fn begin(client: &Client, ask: &Ask) -> CodeFlow {
    CodeFlow::begin(client, ask, &CHANCE, &AwsLc).unwrap()
}

fn query(url: &str) -> Form {
    Form::parse(url.split_once('?').unwrap().1.as_bytes()).unwrap()
}

fn pushing() -> ServerMetadata {
    let mut metadata = metadata();
    metadata.pushed_authorization_request_endpoint = Some("https://tenant.example/oauth/par".into());
    metadata.require_pushed_authorization_requests = Some(true);
    metadata
}

fn signer(alg: Alg) -> (Signer, KeySet) {
    let key = SigningKey::generate(alg).unwrap().with_kid(Kid::parse("k1").unwrap());
    let keys = KeySet::new(vec![key.public().clone()]);
    (Signer::here(key), keys)
}

/// OIDC Core §3.1.2.1; Auth0's own parameters. What the flow writes itself, nothing overrides.
#[tokio::test]
async fn every_parameter_is_written_once_and_none_of_ours_is_replaced() {
    let client = client_of(metadata());
    let ask = ask()
        .audience("https://api")
        .max_age(Lifetime::seconds(60))
        .prompt(Prompts::parse("login consent").unwrap())
        .login_hint("ada@example.com")
        .screen_hint("signup")
        .ui_locale("de")
        .ui_locale("en")
        .acr_value("gold")
        .organization("org_1")
        .invitation("inv")
        .connection("google")
        .with("state", "chosen")
        .with("login_hint", "eve@example.com")
        .with("custom", "x");
    let flow = begin(&client, &ask);
    let url = flow.depart(&client, (&Wire::default(), &Standing)).await.unwrap();
    assert_eq!(url, flow.url());
    let form = query(&url);
    for (name, value) in [
        ("audience", "https://api"),
        ("max_age", "60"),
        ("prompt", "login consent"),
        ("login_hint", "ada@example.com"),
        ("screen_hint", "signup"),
        ("ui_locales", "de en"),
        ("acr_values", "gold"),
        ("organization", "org_1"),
        ("invitation", "inv"),
        ("connection", "google"),
        ("custom", "x"),
        ("state", flow.state()),
        ("dpop_jkt", &client.key().unwrap().thumbprint().to_string()),
    ] {
        assert_eq!(form.text(name), Some(value), "{name}");
    }
}

/// RFC 9126 §2, §5; RFC 9449 §10.1: pushed where the server insists, with a proof, and again for a nonce.
#[tokio::test]
async fn a_server_that_takes_pushed_requests_alone_gets_one_with_a_proof() {
    let client = client_of(pushing());
    let flow = begin(&client, &ask());
    let pushed = answer(201, &[], &format!(r#"{{"request_uri":"{NAME}","expires_in":60}}"#));
    let wire = Wire::answering([wants_nonce(&["n1"]), pushed]);
    let url = flow.depart(&client, (&wire, &Standing)).await.unwrap();
    let form = query(&url);
    assert_eq!(form.pairs().collect::<Vec<_>>(), [("client_id", "app"), ("request_uri", NAME)]);
    assert_eq!(wire.sent(), 2);
    wire.with(1, |seen| {
        assert_eq!((&*seen.method, &*seen.url), ("POST", "https://tenant.example/oauth/par"));
        assert_eq!(seen.claim("nonce").as_deref(), Some("n1"));
        assert_eq!(seen.claim("htu").as_deref(), Some("https://tenant.example/oauth/par"));
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("client_secret"), Some("client-s3cret"));
        assert_eq!(form.text("state"), Some(flow.state()));
        assert!(form.text("dpop_jkt").is_some());
    });
    let jti = |at| wire.with(at, |seen| seen.claim("jti"));
    assert_ne!(jti(0), jti(1));
}

/// RFC 9126 §2.1: `client_id` is a parameter of the request, also where the secret is in a header.
#[tokio::test]
async fn a_pushed_request_names_its_client_once_however_it_authenticates() {
    let basic = Authentication::SecretBasic(Secret::new("s".into()));
    let client = client_of(pushing()).authenticated(basic);
    let flow = begin(&client, &ask());
    let wire = Wire::answering([answer(201, &[], &format!(r#"{{"request_uri":"{NAME}","expires_in":60}}"#))]);
    drive(flow.push(&client).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(0, |seen| {
        assert_eq!(Form::parse(seen.body.as_bytes()).unwrap().text("client_id"), Some("app"));
        assert!(seen.header("authorization").unwrap().starts_with("Basic "));
    });
    let refused = answer(400, &[], r#"{"error":"invalid_request"}"#);
    let refused = flow.depart(&client, (&Wire::answering([refused]), &Standing)).await.unwrap_err();
    assert_eq!((refused.code(), refused.status()), ("client.refused", Some(400)));
}

/// RFC 9101 §4, §5: everything is in the signed object; what stands beside it decides nothing.
#[tokio::test]
async fn a_signed_request_holds_everything_and_is_for_this_server() {
    let (signer, keys) = signer(Alg::Es256);
    let client = client_of(metadata()).signing_requests(signer.clone());
    let flow = begin(&client, &ask().max_age(Lifetime::seconds(5)));
    let url = flow.depart(&client, (&Wire::default(), &Standing)).await.unwrap();
    let form = query(&url);
    assert_eq!(form.text("state"), None);
    assert_eq!(form.text("client_id"), Some("app"));
    let object = form.text("request").unwrap();
    let object = Unverified::parse(object.as_bytes()).unwrap();
    let object = object.verify_with(&AwsLc, &keys, AlgSet::of(&[Alg::Es256])).unwrap();
    object.check_type(&["oauth-authz-req+jwt"]).unwrap();
    let claims = object.claims();
    claims.check_issuer("app").unwrap();
    claims.check_audience(ISSUER).unwrap();
    claims.check_time(NOW, Lifetime::ZERO).unwrap();
    assert_eq!(claims.text("state"), Some(flow.state()));
    assert_eq!(claims.members().number("max_age").unwrap().map(|age| age.floor()), Some(5));

    // Pushed, it goes as one field, with a proof beside it.
    let client = client_of(pushing()).signing_requests(signer);
    let flow = begin(&client, &ask());
    let wire = Wire::answering([answer(201, &[], &format!(r#"{{"request_uri":"{NAME}","expires_in":60}}"#))]);
    flow.depart(&client, (&wire, &Standing)).await.unwrap();
    wire.with(0, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert!(form.text("request").is_some() && form.text("state").is_none());
        assert!(seen.header("dpop").is_some());
    });
}

/// JARM §2.4; conformance A8.
#[tokio::test]
async fn a_signed_answer_is_believed_when_this_server_signed_it_for_us_and_lately() {
    let key = SigningKey::generate(Alg::Rs256).unwrap().with_kid(Kid::parse("k1").unwrap());
    let keys = KeySet::new(vec![key.public().clone()]);
    let client = client_of(metadata());
    let flow = begin(&client, &ask().answer(Answer::Signed));
    assert_eq!(query(flow.url()).text("response_mode"), Some("query.jwt"));
    let good = json!({
        "iss": ISSUER, "aud": "app", "exp": NOW.as_unix() + 60, "code": "c", "state": flow.state(),
    });
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let back = |claims: &serde_json::Value| {
        let response = mint("JWT", claims, &key).unwrap();
        let query = Form::new().with("response", &response).encode();
        flow.come_back_signed(&client, &query, (&keys, &AwsLc), NOW)
    };
    let wire = Wire::answering([granted("DPoP")]);
    drive(back(&good).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(0, |seen| assert_eq!(Form::parse(seen.body.as_bytes()).unwrap().text("code"), Some("c")));
    assert!(matches!(back(&with("iss", json!("https://evil.example/"))), Err(ClientError::Issuer)));
    assert!(matches!(back(&with("aud", json!("other"))), Err(ClientError::Jwt(JwtError::Audience))));
    let over = back(&with("exp", json!(NOW.as_unix() - 60)));
    assert!(matches!(over, Err(ClientError::Jwt(JwtError::Expired { .. }))));
    assert!(matches!(back(&with("state", json!("x"))), Err(ClientError::State)));
    // Nothing that is not signed is taken, a refusal neither.
    for plain in [format!("code=c&state={}", flow.state()), format!("error=x&state={}", flow.state())] {
        let unsigned = flow.come_back_signed(&client, &plain, (&keys, &AwsLc), NOW).unwrap_err();
        assert!(matches!(unsigned, ClientError::Callback(InvalidResponse::Unsigned)));
        let unsigned = flow.come_back(&client, &plain).unwrap_err();
        assert!(matches!(unsigned, ClientError::Callback(InvalidResponse::Unsigned)));
    }
    let thief = SigningKey::generate(Alg::Rs256).unwrap().with_kid(Kid::parse("k1").unwrap());
    let forged = Form::new().with("response", &mint("JWT", &good, &thief).unwrap()).encode();
    let forged = flow.come_back_signed(&client, &forged, (&keys, &AwsLc), NOW);
    assert!(matches!(forged, Err(ClientError::Jwt(JwtError::Signature(_)))));
}

/// JARM §2.3, §2.2: whichever way it came, it is one text; an encrypted one cannot be read, and says so.
/// Conformance A8.
#[tokio::test]
async fn a_signed_answer_may_come_as_a_query_a_form_or_a_fragment_and_not_encrypted() {
    let key = SigningKey::generate(Alg::Rs256).unwrap().with_kid(Kid::parse("k1").unwrap());
    let keys = KeySet::new(vec![key.public().clone()]);
    let client = client_of(metadata());
    let by_hand = ask().with("response_mode", "jwt");
    for (asked, mode) in [
        (ask().answer(Answer::Signed), "query.jwt"),
        (ask().answer(Answer::SignedAndPosted), "form_post.jwt"),
        (ask().answer(Answer::SignedInFragment), "fragment.jwt"),
        (by_hand, "jwt"),
    ] {
        let flow = begin(&client, &asked);
        assert_eq!(query(flow.url()).text("response_mode"), Some(mode));
        assert!(CodeFlow::read(flow.write().reveal()).unwrap().wants_signed());
        let claims = json!({
            "iss": ISSUER, "aud": "app", "exp": NOW.as_unix() + 60, "code": "c", "state": flow.state(),
        });
        let answer = Form::new().with("response", &mint("JWT", &claims, &key).unwrap()).encode();
        assert!(flow.come_back_signed(&client, &answer, (&keys, &AwsLc), NOW).is_ok(), "{mode}");
        let plain = format!("code=c&state={}", flow.state());
        assert!(flow.come_back(&client, &plain).is_err(), "{mode}");
        let encrypted = flow.come_back_signed(&client, "response=e30.a.b.c.d", (&keys, &AwsLc), NOW);
        assert!(matches!(encrypted, Err(ClientError::Callback(InvalidResponse::Encrypted))), "{mode}");
    }
    assert!(!begin(&client, &ask().answer(Answer::Posted)).wants_signed());
}
