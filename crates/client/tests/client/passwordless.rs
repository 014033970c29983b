//! Codes and links by email and SMS (Auth0's `/passwordless/start`).

use keybound_client::{
    Authentication, drive,
    passwordless::{PasswordlessAsk, PasswordlessSend},
    proto::{
        form::Form,
        request::token::{CodeRequest, PasswordlessRealm, PasswordlessRequest},
        scope::Scopes,
        secret::Secret,
    },
};

use crate::wire::{Standing, Wire, answer, client, granted};

fn sent() -> http::Response<keybound_client::http::Body> {
    answer(200, &[], r#"{"_id":"1","email":"ada@example.com","email_verified":false}"#)
}

fn json(wire: &Wire, at: usize) -> serde_json::Value {
    wire.with(at, |seen| {
        assert_eq!(seen.url, "https://tenant.example/passwordless/start");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        serde_json::from_str(&seen.body).unwrap()
    })
}

/// Auth0's Authentication API, `/passwordless/start`: JSON, the client named in it, whatever else it shows.
#[tokio::test]
async fn a_code_is_sent_by_email_or_sms() {
    let (client, wire) = (client(), Wire::answering([sent(), sent()]));
    let email = PasswordlessAsk::email("ada@example.com");
    drive(client.passwordless_start(&email).unwrap(), &wire, &Standing).await.unwrap();
    let expected = serde_json::json!({
        "client_id": "app", "client_secret": "client-s3cret", "connection": "email",
        "email": "ada@example.com", "send": "code",
    });
    assert_eq!(json(&wire, 0), expected);
    let basic = client.authenticated(Authentication::SecretBasic(Secret::new("s".into())));
    let sms = PasswordlessAsk::sms("+4912345");
    drive(basic.passwordless_start(&sms).unwrap(), &wire, &Standing).await.unwrap();
    let expected = serde_json::json!({
        "client_id": "app", "connection": "sms", "phone_number": "+4912345", "send": "code",
    });
    assert_eq!(json(&wire, 1), expected);
}

/// Auth0's Authentication API: `authParams` goes along with a link, and its code comes without PKCE.
#[tokio::test]
async fn a_link_carries_an_authorization_request() {
    let (client, wire) = (client(), Wire::answering([sent(), granted("DPoP")]));
    let parameters = Form::new().with("scope", "openid").with("state", "st4te").with("response_type", "code");
    let ask =
        PasswordlessAsk { send: PasswordlessSend::Link(parameters), ..PasswordlessAsk::email("a@b.example") };
    assert!(!format!("{ask:?}").contains("st4te"));
    drive(client.passwordless_start(&ask).unwrap(), &wire, &Standing).await.unwrap();
    let sent = json(&wire, 0);
    assert_eq!(sent["send"], "link");
    let expected = serde_json::json!({ "scope": "openid", "state": "st4te", "response_type": "code" });
    assert_eq!(sent["authParams"], expected);
    let code = Secret::new("c0de".into());
    let back = CodeRequest { code, redirect_uri: None, verifier: None, resources: Vec::new() };
    assert!(drive(client.passwordless_link(back), &wire, &Standing).await.unwrap().is_bound());
    wire.with(1, |seen| assert!(!seen.body.contains("code_verifier")));
}

/// Auth0's Authentication API, `passwordless/otp`.
#[tokio::test]
async fn the_code_that_arrived_brings_tokens() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP")]));
    let typed = PasswordlessRequest::new(PasswordlessRealm::Sms, "+4912345", Secret::new("27-s3cret".into()));
    let request = PasswordlessRequest { scopes: Some(Scopes::parse("openid").unwrap()), ..typed };
    let exchange = client.passwordless_otp(request);
    assert!(!format!("{exchange:?}").contains("s3cret"));
    assert!(drive(exchange, &wire, &Standing).await.unwrap().is_bound());
    wire.with(0, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("grant_type"), Some("http://auth0.com/oauth/grant-type/passwordless/otp"));
        assert_eq!((form.text("realm"), form.text("username")), (Some("sms"), Some("+4912345")));
        assert!(seen.claim("jti").is_some());
    });
}
