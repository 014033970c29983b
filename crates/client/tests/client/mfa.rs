//! Second factors (Auth0's MFA API).

use std::sync::Arc;

use keybound_client::{
    Again, ClientError, drive,
    mfa::{MfaAsk, MfaEnrolment, MfaKind},
    proto::{
        form::Form,
        request::token::{PasswordlessRealm, PasswordlessRequest},
        response::mfa::MfaStanding,
        secret::Secret,
    },
};

use crate::wire::{
    Standing, TOKEN, Waiting, Wire, answer, client, client_of, granted, metadata, says, wants_nonce,
};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn wanted() -> http::Response<keybound_client::http::Body> {
    let body = r#"{"error":"mfa_required","error_description":"Multifactor authentication required","mfa_token":"mfa-s3cret","mfa_requirements":{"challenge":[{"type":"otp"},{"type":"phone"}]}}"#;
    answer(403, &[], body)
}

fn json(body: &str) -> serde_json::Value {
    serde_json::from_str(body).unwrap()
}

/// Auth0's Authentication API: the error is the way on, and tells its token to nobody but the program.
#[tokio::test]
async fn a_second_factor_that_is_wanted_is_an_error_one_can_go_on_from() {
    let (client, wire) = (client(), Wire::answering([wanted(), granted("DPoP")]));
    let request = PasswordlessRequest::new(PasswordlessRealm::Email, "ada@example.com", secret("1"));
    let error = drive(client.passwordless_otp(request), &wire, &Standing).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.mfa_required", Again::WithUser));
    assert_eq!((error.oauth_code(), error.status()), (Some("mfa_required"), Some(403)));
    assert_eq!(error.description(), Some("Multifactor authentication required"));
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    let error = ClientError::Joined(Arc::new(error));
    let mfa_token = error.mfa_token().unwrap().clone();
    let ClientError::Joined(inner) = &error else { unreachable!("made above") };
    let ClientError::MfaRequired { requirements, .. } = &**inner else { panic!("{inner:?}") };
    assert_eq!(requirements.challenge, ["otp", "phone"]);
    let tokens = drive(client.mfa_otp(mfa_token, secret("271828")), &wire, &Standing).await.unwrap();
    assert!(tokens.is_bound());
    wire.with(1, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("grant_type"), Some("http://auth0.com/oauth/grant-type/mfa-otp"));
        assert_eq!((form.text("mfa_token"), form.text("otp")), (Some("mfa-s3cret"), Some("271828")));
        assert!(seen.claim("jti").is_some());
    });
}

#[tokio::test]
async fn without_a_token_to_go_on_with_it_is_a_plain_refusal() {
    let (client, wire) = (client(), Wire::answering([says(403, "mfa_required")]));
    let error = drive(client.mfa_otp(secret("m"), secret("1")), &wire, &Standing).await.unwrap_err();
    assert_eq!((error.code(), error.again()), ("client.refused", Again::WithUser));
    assert!(error.mfa_token().is_none());
}

/// Auth0's Authentication API, `/mfa/challenge`: JSON, with who asks in it.
#[tokio::test]
async fn a_factor_is_called_and_answered_by_another_channel() {
    let mut metadata = metadata();
    metadata.mfa_challenge_endpoint = Some("https://tenant.example/mfa/challenge".into());
    let client = client_of(metadata);
    let called = r#"{"challenge_type":"oob","oob_code":"oob-s3cret","binding_method":"prompt"}"#;
    let wire = Wire::answering([wants_nonce(&["n1"]), answer(200, &[], called), granted("DPoP")]);
    let ask = MfaAsk { authenticator: Some("sms|dev_1".into()), ..MfaAsk::any(MfaKind::Oob) };
    let challenge = drive(client.mfa_challenge(&secret("m"), &ask).unwrap(), &wire, &Standing).await.unwrap();
    assert_eq!(challenge.binding_method.as_deref(), Some("prompt"));
    assert!(!format!("{challenge:?}").contains("s3cret"));
    wire.with(1, |seen| {
        assert_eq!(seen.url, "https://tenant.example/mfa/challenge");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        let expected = serde_json::json!({
            "client_id": "app", "client_secret": "client-s3cret", "mfa_token": "m",
            "challenge_type": "oob", "authenticator_id": "sms|dev_1",
        });
        assert_eq!(json(&seen.body), expected);
        assert_eq!(seen.claim("nonce").as_deref(), Some("n1"));
    });
    let oob = client.mfa_oob(secret("m"), challenge.oob_code.unwrap(), Some(secret("123456")));
    drive(oob, &wire, &Standing).await.unwrap();
    wire.with(2, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!((form.text("oob_code"), form.text("binding_code")), (Some("oob-s3cret"), Some("123456")));
    });
}

/// The rules of RFC 8628 §3.5, for a telephone to confirm on.
#[tokio::test]
async fn a_telephone_is_waited_for_as_politely_as_a_device() {
    let client = client();
    let called = r#"{"challenge_type":"oob","oob_code":"o"}"#;
    let answers = [
        answer(200, &[], called),
        says(400, "authorization_pending"),
        says(429, "slow_down"),
        granted("DPoP"),
    ];
    let (wire, ambient) = (Wire::answering(answers), Waiting::default());
    let ask = MfaAsk::any(MfaKind::Oob);
    let challenge = drive(client.mfa_challenge(&secret("m"), &ask).unwrap(), &wire, &Standing).await.unwrap();
    let polling = client.mfa_wait(secret("m"), challenge, crate::wire::NOW).unwrap();
    assert!(polling.wait(&wire, &ambient).await.unwrap().is_bound());
    assert_eq!(*ambient.waits.lock().unwrap(), [5, 5, 10]);
    let digits =
        keybound_client::proto::response::mfa::MfaChallenge::parse(br#"{"challenge_type":"otp"}"#).unwrap();
    assert!(matches!(client.mfa_wait(secret("m"), digits, crate::wire::NOW), Err(ClientError::State)));
}

/// Auth0's Authentication API: a recovery code is good once, and the answer holds the next one.
#[tokio::test]
async fn a_recovery_code_brings_its_successor() {
    let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"DPoP","recovery_code":"next-s3cret"}}"#);
    let (client, wire) = (client(), Wire::answering([answer(200, &[], &body), granted("Bearer")]));
    let came = drive(client.mfa_recovery_code(secret("m"), secret("ABCD")), &wire, &Standing).await.unwrap();
    assert!(came.tokens.is_bound());
    assert!(!format!("{came:?}").contains("s3cret"));
    assert_eq!(came.next_code.unwrap().reveal(), "next-s3cret");
    let bearer = drive(client.mfa_recovery_code(secret("m"), secret("ABCD")), &wire, &Standing).await;
    assert_eq!(bearer.unwrap_err().code(), "client.token_type");
}

/// Auth0's Authentication API, `/mfa/associate` and `/mfa/authenticators`: the token in the header, and no proof.
#[tokio::test]
async fn factors_are_enrolled_listed_and_removed() {
    let client = client();
    let enrolled = r#"{"authenticator_type":"otp","secret":"otp-s3cret","barcode_uri":"otpauth://totp/x","recovery_codes":["R"]}"#;
    let listed = r#"[{"id":"totp|dev_1","authenticator_type":"otp","active":true}]"#;
    let answers = [
        answer(200, &[], enrolled),
        answer(
            200,
            &[],
            r#"{"authenticator_type":"oob","oob_channel":"sms","oob_code":"o","binding_method":"prompt"}"#,
        ),
        answer(200, &[], listed),
        answer(204, &[], ""),
        says(404, "not_found"),
    ];
    let (wire, token) = (Wire::answering(answers), secret("mfa-s3cret"));
    let call = client.mfa_enroll(&token, &MfaEnrolment::Otp).unwrap();
    assert!(!format!("{call:?}").contains("s3cret"));
    let came = drive(call, &wire, &Standing).await.unwrap();
    assert_eq!(came.secret.unwrap().reveal(), "otp-s3cret");
    let sms = MfaEnrolment::Sms("+4912345".into());
    drive(client.mfa_enroll(&token, &sms).unwrap(), &wire, &Standing).await.unwrap();
    let factors = drive(client.mfa_factors(&token).unwrap(), &wire, &Standing).await.unwrap();
    assert_eq!(factors[0].standing, MfaStanding::Confirmed);
    drive(client.mfa_remove(&token, &factors[0].id).unwrap(), &wire, &Standing).await.unwrap();
    let gone = drive(client.mfa_remove(&token, "../x").unwrap(), &wire, &Standing).await.unwrap_err();
    assert_eq!((gone.status(), gone.oauth_code()), (Some(404), Some("not_found")));
    let seen: Vec<_> = (0..5)
        .map(|at| {
            wire.with(at, |seen| {
                assert_eq!(seen.header("authorization"), Some("Bearer mfa-s3cret"));
                assert!(seen.headers["authorization"].is_sensitive());
                assert_eq!(seen.header("dpop"), None);
                format!("{} {}", seen.method, seen.url)
            })
        })
        .collect();
    assert_eq!(
        seen,
        [
            "POST https://tenant.example/mfa/associate",
            "POST https://tenant.example/mfa/associate",
            "GET https://tenant.example/mfa/authenticators",
            "DELETE https://tenant.example/mfa/authenticators/totp%7Cdev_1",
            "DELETE https://tenant.example/mfa/authenticators/..%2Fx",
        ]
    );
    let sms = serde_json::json!({ "authenticator_types": ["oob"], "oob_channels": ["sms"], "phone_number": "+4912345" });
    wire.with(1, |seen| assert_eq!(json(&seen.body), sms));
}
