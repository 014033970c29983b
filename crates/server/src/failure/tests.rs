//! The compatibility contract: every failure, in every dialect.

use std::fmt::Write as _;

use axum::response::Response;
use http_body_util::BodyExt as _;
use keybound_authority::{
    Refusal,
    model::{client::GrantKind, name::AudienceName},
};
use keybound_proto::{
    dpop::{DpopNonce, ProofError},
    form::FormError,
    pkce::PkceError,
    request::InvalidRequest,
    scope::Scopes,
};

use super::*;

const DIALECTS: [Dialect; 5] =
    [Dialect::OAuth, Dialect::Resource, Dialect::Management, Dialect::Authentication, Dialect::Page];

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text).unwrap()
}

fn refusals() -> Vec<Refusal> {
    Refusal::one_of_each(&AudienceName::parse("urn:api").unwrap(), &scopes("read write"))
}

fn others() -> Vec<Reason> {
    use AccessFailure as A;
    use ManagementFailure as M;
    use RequestFailure as R;

    let access = |failure, scheme| Reason::Access { failure, scheme };
    let message = || "A message.".to_owned();
    let shown = keybound_proto::dpop::Shown::of;
    let mut all = vec![
        Reason::Proof(ProofError::BeforeMemory { remedied_by_nonce: true }),
        Reason::Proof(ProofError::BeforeMemory { remedied_by_nonce: false }),
        Reason::Proof(ProofError::Critical),
        Reason::Proof(ProofError::Empty),
        Reason::Proof(ProofError::Method { expected: shown("POST"), found: shown("GET\"\r\n") }),
        Reason::Proof(ProofError::Missing),
        Reason::Proof(ProofError::NonceMissing),
        Reason::Proof(ProofError::NonceUnknown),
        Reason::Proof(ProofError::Replayed),
        Reason::Proof(ProofError::Signature),
        Reason::Proof(ProofError::Several),
        Reason::Proof(ProofError::MemoryFull),
        Reason::Client { refusal: Refusal::BadSecret, sent: ClientHeader::Used },
        Reason::Grant { grant: GrantKind::RefreshToken, refusal: Refusal::Reused },
        Reason::Grant { grant: GrantKind::AuthorizationCode, refusal: Refusal::Reused },
        Reason::TooMany { retry_after: 60 },
        Reason::Internal { detail: "for the operator alone".to_owned() },
        Reason::Unavailable { detail: "for the operator alone".to_owned() },
    ];
    all.extend([
        access(A::Missing, AccessScheme::None),
        access(A::Malformed, AccessScheme::None),
        access(A::Several, AccessScheme::None),
        access(A::Downgraded, AccessScheme::Bearer),
        access(A::Unbound, AccessScheme::Dpop),
        access(A::KeyMismatch, AccessScheme::Dpop),
        access(A::Expired, AccessScheme::Bearer),
        access(A::Expired, AccessScheme::Dpop),
        access(A::UserGone, AccessScheme::Dpop),
        access(A::Untrusted { why: "it was not signed by us" }, AccessScheme::Bearer),
        access(A::Scope { needed: scopes("read:users read:clients") }, AccessScheme::Dpop),
        access(A::Scope { needed: scopes("read:users") }, AccessScheme::Bearer),
    ]);
    all.extend(
        [
            R::Form(FormError::Missing("token")),
            R::Form(FormError::Repeated("scope".to_owned())),
            R::Form(FormError::Encoding),
            R::Form(FormError::Nested("scope".to_owned())),
            R::Form(FormError::TooMany),
            R::Invalid(InvalidRequest::Authorization),
            R::Invalid(InvalidRequest::Clients),
            R::Invalid(InvalidRequest::Pkce(PkceError::Plain)),
            R::Invalid(InvalidRequest::Prompt),
            R::Invalid(InvalidRequest::RequestObject),
            R::Invalid(InvalidRequest::RequestUri),
            R::Invalid(InvalidRequest::ResponseMode),
            R::Invalid(InvalidRequest::ResponseType),
            R::Invalid(InvalidRequest::TwoAuthentications),
            R::Parameter { parameter: "state", problem: "is not one of ours" },
            R::Host,
            R::MediaType,
            R::Method,
            R::NoSuchPath,
            R::Awaited,
            R::Interrupted,
            R::TooLarge { limit: 65_536 },
            R::TooSlow,
        ]
        .map(Reason::Request),
    );
    all.extend(
        [
            M::Conflict { message: message(), code: None },
            M::Body { message: message() },
            M::Busy { message: "There are 4 active import users jobs".to_owned() },
            M::MediaType,
            M::Path { message: message() },
            M::Query { message: message() },
            M::NoSuch { message: message(), code: Some("inexistent_user") },
            M::Forbidden { message: message(), code: None },
            M::NotOffered { message: message() },
            M::NotSupported { message: message(), code: Some("operation_not_supported") },
            M::TooLong,
        ]
        .map(Reason::Management),
    );
    all
}

async fn printed(response: Response) -> String {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body);
    let mut text = format!("{}", parts.status.as_u16());
    for name in ["www-authenticate", "retry-after"] {
        for value in parts.headers.get_all(name) {
            let _ = write!(text, "\n    {name}: {}", value.to_str().unwrap());
        }
    }
    if body.starts_with('{') {
        let _ = write!(text, "\n    {body}");
    }
    // Of a page, what a developer reads on it; the rest is the same on each.
    for told in body.split("<dd>").skip(1).filter_map(|rest| rest.split_once("</dd>")) {
        let _ = write!(text, "\n    {}", told.0);
    }
    text
}

#[tokio::test]
async fn every_failure_in_every_dialect() {
    let mut contract = String::new();
    let reasons = refusals().into_iter().map(Reason::Refusal).chain(others());
    for failure in reasons.map(Failure::from) {
        let answer = failure.answer();
        let _ = writeln!(
            contract,
            "{} = {} · RFC {} · Auth0 {} · {}",
            answer.reason,
            answer.code,
            answer.rfc.as_u16(),
            answer.auth0.as_u16(),
            answer.source
        );
        for dialect in DIALECTS {
            let _ = writeln!(contract, "  {dialect:?}: {}", printed(dialect.render(&failure)).await);
        }
    }
    insta::assert_snapshot!(contract);
}

#[tokio::test]
async fn a_nonce_and_the_refresh_token_travel_with_what_may_be_tried_again() {
    let nonce = DpopNonce::parse("n").unwrap();
    let echo = || Some(Secret::new("rt".to_owned()));
    let failure = Failure::from(ProofError::NonceMissing).with_nonce(nonce).echoing(echo());
    let response = Dialect::OAuth.render(&failure);
    assert_eq!(response.headers()["dpop-nonce"], "n");
    assert!(printed(response).await.contains(r#""refresh_token":"rt""#));
    let failure = Failure::from(ProofError::Replayed).echoing(echo());
    assert!(!printed(Dialect::OAuth.render(&failure)).await.contains("rt\""));
    assert!(!format!("{failure:?}").contains("rt\""), "a failure is logged");
}

/// oauth4webapi reads no body beside a challenge on a 400.
#[test]
fn no_answer_of_the_token_endpoint_below_401_carries_a_challenge() {
    for failure in refusals().into_iter().map(Reason::Refusal).chain(others()).map(Failure::from) {
        let response = Dialect::OAuth.render(&failure);
        let challenged = response.headers().contains_key("www-authenticate");
        assert!(!challenged || response.status() == StatusCode::UNAUTHORIZED, "{failure:?}");
    }
}
