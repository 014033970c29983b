//! Userinfo, revocation and logout.

use keybound_client::{
    ClientError, Tokens, drive,
    proto::{
        form::Form,
        id::Subject,
        request::{
            about_token::{AboutToken, TokenTypeHint},
            authorization::State,
            logout::{Federated, LogoutRequest},
        },
        secret::Secret,
    },
    userinfo::Question,
};

use crate::wire::{Standing, TOKEN, Wire, answer, client_of, metadata};

/// OIDC Core §5.3, RFC 9449 §7.1; conformance A20.
#[tokio::test]
async fn userinfo_is_asked_with_a_proof_and_believed_about_the_right_user_alone() {
    let mut metadata = metadata();
    metadata.userinfo_endpoint = Some("https://tenant.example/userinfo".into());
    let client = client_of(metadata);
    let tokens = Tokens {
        access_token: Secret::new(TOKEN.into()),
        bound_to: client.key().map(|key| *key.thumbprint()),
        expires: None,
        refresh_token: None,
        id_token: None,
        scopes: None,
    };
    let nonce =
        answer(401, &[("dpop-nonce", "n"), ("www-authenticate", r#"DPoP error="use_dpop_nonce""#)], "");
    let wire = Wire::answering([nonce, answer(200, &[], r#"{"sub":"auth0|1","name":"Ada"}"#)]);
    let subject = Subject::parse("auth0|1").unwrap();
    let ask = || Question::new(&client, &tokens, &subject).unwrap();
    let user = drive(ask(), &wire, &Standing).await.unwrap();
    assert_eq!(user.claims["name"], "Ada");
    wire.with(1, |seen| {
        assert_eq!(seen.method, "GET");
        assert_eq!(seen.header("authorization"), Some(&*format!("DPoP {TOKEN}")));
        assert_eq!(seen.claim("nonce").as_deref(), Some("n"));
        assert!(seen.claim("ath").is_some());
    });
    let wire = Wire::answering([answer(200, &[], r#"{"sub":"auth0|2"}"#)]);
    assert!(matches!(drive(ask(), &wire, &Standing).await, Err(ClientError::Subject(_))));
    let expired = [("www-authenticate", r#"DPoP error="invalid_token""#)];
    let refused = drive(ask(), &Wire::answering([answer(401, &expired, "")]), &Standing).await.unwrap_err();
    assert_eq!((refused.oauth_code(), refused.status()), (Some("invalid_token"), Some(401)));
}

/// RFC 7009 §2.1, §2.2.
#[tokio::test]
async fn a_token_is_revoked_by_its_client() {
    let mut metadata = metadata();
    metadata.revocation_endpoint = Some("https://tenant.example/oauth/revoke".into());
    let client = client_of(metadata);
    let token = Secret::new("r1".into());
    let request = AboutToken { token, hint: Some(TokenTypeHint::RefreshToken) };
    let wire = Wire::answering([answer(200, &[], "")]);
    drive(client.revoke(&request).unwrap(), &wire, &Standing).await.unwrap();
    wire.with(0, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("token"), Some("r1"));
        assert_eq!(form.text("token_type_hint"), Some("refresh_token"));
        assert_eq!(form.text("client_secret"), Some("client-s3cret"));
    });
}

/// RP-Initiated Logout §2; Auth0's `/v2/logout`.
#[test]
fn a_user_leaves_where_the_server_says_or_at_auth0s_place() {
    let leave = LogoutRequest {
        id_token_hint: Some(Secret::new("idt".into())),
        return_to: Some("https://app.example/bye?x=1".into()),
        state: Some(State::new("s")),
        ..LogoutRequest::default()
    };
    let mut described = metadata();
    let auth0 = client_of(described.clone());
    let federated = LogoutRequest { federated: Federated::Leave, ..leave.clone() };
    let url = auth0.logout_url(&federated);
    let expected = "https://tenant.example/v2/logout?client_id=app&returnTo=https%3A%2F%2Fapp.example%2Fbye%3Fx%3D1&federated";
    assert_eq!(url.reveal(), expected);
    assert!(matches!(auth0.end_session_url(&leave), Err(ClientError::Endpoint("end_session_endpoint"))));
    described.end_session_endpoint = Some("https://tenant.example/oidc/logout".into());
    let url = client_of(described).logout_url(&leave);
    let (endpoint, query) = url.reveal().split_once('?').unwrap();
    assert_eq!(endpoint, "https://tenant.example/oidc/logout");
    let read = LogoutRequest::parse(&Form::parse(query.as_bytes()).unwrap()).unwrap();
    assert_eq!(read.client_id.as_ref().map(|id| id.as_str()), Some("app"));
    assert_eq!(
        (read.return_to, read.state, read.id_token_hint),
        (leave.return_to, leave.state, leave.id_token_hint)
    );
}
