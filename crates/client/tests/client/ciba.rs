//! CIBA by polling (OpenID Connect Client-Initiated Backchannel Authentication).

use keybound_client::{
    Authentication, Client, ClientError, drive,
    flow::{CibaAsk, CibaHint},
    http::{Body, Response},
    proto::{form::Form, id::Subject, scope::Scopes, secret::Secret, time::Lifetime},
};

use crate::wire::{Standing, Waiting, Wire, answer, client_of, granted, metadata, says, wants_nonce};

fn client() -> Client {
    let mut metadata = metadata();
    metadata.backchannel_authentication_endpoint = Some("https://tenant.example/bc-authorize".into());
    client_of(metadata)
}

fn told() -> Response<Body> {
    answer(200, &[], r#"{"auth_req_id":"r3quest","expires_in":300,"interval":2}"#)
}

fn ask() -> CibaAsk {
    CibaAsk::new(CibaHint::Subject(Subject::parse("auth0|1").unwrap()))
}

/// CIBA Core §7.1; Auth0's `/bc-authorize`.
#[tokio::test]
async fn a_call_says_who_is_called_and_what_for() {
    let (client, wire) = (client(), Wire::answering([wants_nonce(&["n1"]), told(), told()]));
    let whole = CibaAsk {
        scopes: Scopes::parse("read").unwrap(),
        binding_message: Some("42-17".into()),
        requested_expiry: Some(Lifetime::seconds(120)),
        acr_values: vec!["urn:a".into(), "urn:b".into()],
        authorization_details: Some(r#"[{"type":"payment"}]"#.into()),
        audience: Some("https://api".into()),
        ..ask()
    };
    let polling = drive(client.ciba(&whole).unwrap(), &wire, &Standing).await.unwrap();
    assert_eq!(polling.told().auth_req_id.reveal(), "r3quest");
    assert!(!format!("{polling:?}").contains("r3quest"));
    wire.with(1, |seen| {
        assert_eq!(seen.url, "https://tenant.example/bc-authorize");
        assert_eq!(seen.claim("nonce").as_deref(), Some("n1"));
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        let hint: serde_json::Value = serde_json::from_str(form.text("login_hint").unwrap()).unwrap();
        let expected =
            serde_json::json!({ "format": "iss_sub", "iss": "https://tenant.example/", "sub": "auth0|1" });
        assert_eq!(hint, expected);
        for (name, value) in [
            ("scope", "openid read"),
            ("binding_message", "42-17"),
            ("requested_expiry", "120"),
            ("acr_values", "urn:a urn:b"),
            ("authorization_details", r#"[{"type":"payment"}]"#),
            ("audience", "https://api"),
            ("client_id", "app"),
        ] {
            assert_eq!(form.text(name), Some(value), "{name}");
        }
    });
    let basic = client.clone().authenticated(Authentication::SecretBasic(Secret::new("s".into())));
    let plain = CibaAsk::new(CibaHint::Login("ada".into()));
    drive(basic.ciba(&plain).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(2, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!((form.text("login_hint"), form.text("scope")), (Some("ada"), Some("openid")));
        assert_eq!(form.text("client_id"), Some("app"), "Auth0 wants it in any case");
    });
}

/// CIBA Core §11, and one polling for all: the tests of devices hold here too.
#[tokio::test]
async fn the_server_is_asked_no_more_often_than_it_wants_and_each_time_with_a_proof() {
    let client = client();
    let polling = drive(client.ciba(&ask()).unwrap(), &Wire::answering([told()]), &Standing).await.unwrap();
    let slow = answer(429, &[("retry-after", "20")], r#"{"error":"slow_down"}"#);
    let answers = [says(400, "authorization_pending"), says(400, "slow_down"), slow, granted("DPoP")];
    let (wire, ambient) = (Wire::answering(answers).breaks_off(), Waiting::default());
    assert!(polling.wait(&wire, &ambient).await.unwrap().is_bound());
    assert_eq!(*ambient.waits.lock().unwrap(), [2, 4, 4, 9, 20]);
    let mut proofs = std::collections::HashSet::new();
    for at in 0..wire.sent() {
        wire.with(at, |seen| {
            let form = Form::parse(seen.body.as_bytes()).unwrap();
            assert_eq!(form.text("grant_type"), Some("urn:openid:params:grant-type:ciba"));
            assert_eq!(form.text("auth_req_id"), Some("r3quest"));
            assert!(proofs.insert(seen.claim("jti")));
        });
    }
}

/// CIBA Core §11, §13.
#[tokio::test]
async fn a_user_who_says_no_and_a_server_that_cannot_are_told_apart() {
    let client = client();
    for error in ["access_denied", "expired_token", "transaction_failed"] {
        let wire = Wire::answering([told(), says(400, error)]);
        let polling = drive(client.ciba(&ask()).unwrap(), &wire, &Standing).await.unwrap();
        let refused = polling.wait(&wire, &Waiting::default()).await.unwrap_err();
        assert_eq!((refused.code(), refused.oauth_code()), ("client.refused", Some(error)));
    }
    let wire = Wire::answering([says(400, "unknown_user_id")]);
    let unknown = drive(client.ciba(&ask()).unwrap(), &wire, &Standing).await.unwrap_err();
    assert_eq!(unknown.oauth_code(), Some("unknown_user_id"));
    let nowhere = client_of(metadata()).ciba(&ask()).map(drop);
    assert!(matches!(nowhere, Err(ClientError::Endpoint("backchannel_authentication_endpoint"))));
    let wire = Wire::answering([told(), granted("Bearer")]);
    let polling = drive(client.ciba(&ask()).unwrap(), &wire, &Standing).await.unwrap();
    let bearer = polling.wait(&wire, &Waiting::default()).await.unwrap_err();
    assert_eq!(bearer.code(), "client.token_type");
}
