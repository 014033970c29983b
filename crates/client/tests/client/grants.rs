//! Grants without a browser: token exchange, assertions, passwords.

use std::sync::Arc;

use keybound_client::{
    ClientError, DpopKey, Steps, drive,
    grant::Exchanged,
    proto::{
        form::Form,
        request::token::{AssertionRequest, ExchangeRequest, GivenToken, PasswordRequest},
        response::token::TokenKind,
        scope::Scopes,
        secret::Secret,
    },
    session::{MemoryStore, Session, Want},
};

use crate::wire::{NOW, Standing, TOKEN, Wire, answer, client, granted, wants_nonce};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn partner() -> ExchangeRequest {
    let subject = GivenToken { token: secret("partner-s3cret"), kind: TokenKind::IdToken };
    ExchangeRequest { audience: Some("https://api".into()), ..ExchangeRequest::of(subject) }
}

fn exchanged(token_type: &str, kind: &str) -> http::Response<keybound_client::http::Body> {
    let kind = format!(r#""issued_token_type":"urn:ietf:params:oauth:token-type:{kind}""#);
    let body = format!(r#"{{"access_token":"{TOKEN}","token_type":"{token_type}","expires_in":60,{kind}}}"#);
    answer(200, &[], &body)
}

/// RFC 8693 §2.1, RFC 9449 §8.
#[tokio::test]
async fn an_exchange_shows_the_token_with_a_proof_and_once_more_with_the_nonce() {
    let (client, wire) =
        (client(), Wire::answering([wants_nonce(&["n1"]), exchanged("DPoP", "access_token")]));
    let came = drive(client.exchange_token(partner()), &wire, &Standing).await.unwrap();
    let Exchanged::Access { tokens, kind: Some(TokenKind::AccessToken) } = &came else { panic!("{came:?}") };
    assert_eq!(tokens.bound_to.as_ref(), client.key().map(DpopKey::thumbprint));
    wire.with(1, |seen| {
        let form = Form::parse(seen.body.as_bytes()).unwrap();
        assert_eq!(form.text("grant_type"), Some("urn:ietf:params:oauth:grant-type:token-exchange"));
        assert_eq!(form.text("subject_token"), Some("partner-s3cret"));
        assert_eq!(form.text("subject_token_type"), Some("urn:ietf:params:oauth:token-type:id_token"));
        assert_eq!(form.text("audience"), Some("https://api"));
        assert_eq!(seen.claim("nonce").as_deref(), Some("n1"));
    });
}

/// RFC 8693 §2.2.1: `N_A` is the type of what is no access token. RFC 9449 §5: and `Bearer` is no fall-back.
#[tokio::test]
async fn what_is_no_access_token_never_becomes_one() {
    let client = client();
    let wire = Wire::answering([exchanged("N_A", "saml2"), exchanged("bearer", "access_token")]);
    let other = drive(client.exchange_token(partner()), &wire, &Standing).await.unwrap();
    assert!(!format!("{other:?}").contains(TOKEN));
    let Exchanged::Other(ticket) = &other else { panic!("{other:?}") };
    assert_eq!((ticket.token.reveal().as_str(), &ticket.kind), (TOKEN, &Some(TokenKind::Saml2)));
    assert_eq!(ticket.expires.map(|end| end.since(NOW)), Some(60));
    assert!(matches!(other.into_tokens(), Err(ClientError::TokenType { found, .. }) if found == "N_A"));
    let bearer = drive(client.exchange_token(partner()), &wire, &Standing).await.unwrap_err();
    assert!(matches!(bearer, ClientError::TokenType { wanted: "DPoP", .. }));
    let wire = Wire::answering([granted("N_A")]);
    let request = PasswordRequest::new("ada", secret("p"));
    let plain = drive(client.password_despite_rfc_9700(request), &wire, &Standing).await.unwrap_err();
    assert_eq!(plain.code(), "client.token_type");
}

/// RFC 8693 §2.2.1 wants the kind said; servers that do not say it are not second-guessed.
#[tokio::test]
async fn the_kind_of_an_exchanged_token_is_never_inferred() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP")]));
    let request = ExchangeRequest { requested: Some(TokenKind::Jwt), ..partner() };
    let came = drive(client.exchange_token(request), &wire, &Standing).await.unwrap();
    assert!(matches!(came, Exchanged::Access { kind: None, .. }));
}

#[tokio::test]
async fn a_session_keeps_what_any_grant_brought() {
    let (client, wire) = (client(), Wire::answering([exchanged("DPoP", "access_token")]));
    let tokens = drive(client.exchange_token(partner()), &wire, &Standing).await.unwrap();
    let (wire, store) = (Arc::new(Wire::default()), Arc::new(MemoryStore::default()));
    let session = Session::of_user(client, wire, store).by_clock(Standing);
    let want = Want::default().audience("https://api");
    session.keep(&want, tokens.into_tokens().unwrap()).await.unwrap();
    assert_eq!(session.token(&want).await.unwrap().access_token.reveal(), TOKEN);
}

/// RFC 7523 §2.1; RFC 6749 §4.3.2; RFC 6749 §5.1: a scope that is not told is the one asked for.
#[tokio::test]
async fn statements_and_passwords_are_token_requests_like_any_other() {
    let (client, wire) = (client(), Wire::answering([granted("DPoP"), granted("DPoP"), granted("DPoP")]));
    let scopes = Some(Scopes::parse("read").unwrap());
    let statement = AssertionRequest { assertion: secret("a.b.c"), scopes, resources: Vec::new() };
    let tokens = drive(client.assertion(statement), &wire, &Standing).await.unwrap();
    assert_eq!(tokens.scopes.unwrap().to_string(), "read");
    let plain = PasswordRequest::new("ada", secret("pass-s3cret"));
    let staff = PasswordRequest { realm: Some("staff".into()), ..plain.clone() };
    for request in [plain, staff] {
        let exchange = client.password_despite_rfc_9700(request);
        assert!(!format!("{exchange:?}").contains("s3cret"));
        assert!(drive(exchange, &wire, &Standing).await.unwrap().is_bound());
    }
    let grants: Vec<_> = (0..3)
        .map(|at| {
            wire.with(at, |seen| {
                assert!(seen.claim("jti").is_some());
                Form::parse(seen.body.as_bytes()).unwrap().text("grant_type").unwrap().to_owned()
            })
        })
        .collect();
    let jwt = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(grants, [jwt, "password", "http://auth0.com/oauth/grant-type/password-realm"]);
}

#[test]
fn an_answer_to_nothing_is_refused() {
    let client = client();
    let mut exchange = client.exchange_token(partner());
    assert!(matches!(exchange.receive(&granted("DPoP")), Err(ClientError::State)));
}
