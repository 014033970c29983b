//! One of each reason.

use keybound_authority::{Refusal, model::name::AudienceName};
use keybound_proto::{
    dpop::{ProofError, Shown},
    form::FormError,
    jose::{Alg, AlgSet, BadSignature, JwtError, Thumbprint},
    pkce::PkceError,
    request::{InvalidRequest, resource::InvalidCredentials},
    scope::Scopes,
    time::{Lifetime, Timestamp},
};
use keybound_resource::{Authentication, KeysError, Refused};
use keybound_server::failure::{AccessFailure, ManagementFailure, Reason, RequestFailure};

/// Why a proof is refused.
pub(crate) fn proofs() -> Vec<ProofError> {
    use ProofError::*;

    let shown = Shown::of;
    let thumbprint = |byte| Thumbprint::from_bytes([byte; 32]);
    let time = |offset| Time {
        offset,
        issued: Timestamp::from_unix(1_800_000_000),
        limit: Lifetime::seconds(60),
        remedied_by_nonce: false,
    };
    vec![
        Algorithm { found: shown("ES256K"), accepted: AlgSet::ES256 },
        AlgorithmForKey { found: shown("ES384"), allowed: AlgSet::ES256 },
        TokenHash { expected: shown("a"), found: shown("b") },
        TokenHashMissing,
        BeforeMemory { remedied_by_nonce: true },
        Claims(shown("a name stands twice")),
        Critical,
        Empty,
        Expired { ago: 10 },
        Header(shown("a name stands twice")),
        Method { expected: shown("POST"), found: shown("GET") },
        Url { expected: shown("https://a.example/"), found: shown("https://b.example/") },
        time(-90),
        time(3600),
        Jti(shown("it is empty")),
        KeyMismatch { expected: thumbprint(1), found: thumbprint(2) },
        PrivateKey { member: shown("d") },
        Key(shown("the curve is not one of ours")),
        Malformed(shown("it has 2 parts")),
        MissingMember { name: "htu" },
        MemoryFull,
        Missing,
        NonceExpired { age: 7200, limit: Lifetime::seconds(3600) },
        NonceMissing,
        NonceUnknown,
        NotYetValid { ahead: 10 },
        Replayed,
        Several,
        Signature,
        TooLong { found: 9000 },
        Type { found: shown("JWT") },
    ]
}

/// Why a guard refuses, apart from the proof.
pub(crate) fn refused() -> Vec<Refused> {
    let scopes = Scopes::parse("read:orders").unwrap();
    vec![
        Refused::NoCredentials,
        Refused::Credentials(InvalidCredentials::Several),
        Refused::BearerNotAccepted,
        Refused::Downgraded,
        Refused::Unbound,
        Refused::Scope(scopes),
        Refused::Authentication(Authentication::default()),
        Refused::Token(JwtError::Alg { found: Alg::Rs256 }),
        Refused::Token(JwtError::Audience),
        Refused::Token(JwtError::Expired { ago: 10 }),
        Refused::Token(JwtError::Issuer),
        Refused::Token(JwtError::NoKey),
        Refused::Token(JwtError::NotYet { early: 10 }),
        Refused::Token(JwtError::Signature(BadSignature)),
        Refused::Token(JwtError::Type),
        Refused::Token(JwtError::Missing { name: "sub" }),
        Refused::Keys(KeysError::Waiting),
        Refused::ReplayLost,
        Refused::Crowded,
    ]
}

/// Why the authorization server refuses, apart from the proof.
pub(crate) fn reasons() -> Vec<Reason> {
    let mut all: Vec<Reason> = refusals().into_iter().map(Reason::Refusal).collect();
    all.extend(requests().into_iter().map(Reason::Request));
    all.extend(accesses().into_iter().map(Reason::from));
    all.extend(managements().into_iter().map(Reason::Management));
    all.extend([
        Reason::TooMany { retry_after: 60 },
        Reason::Internal { detail: String::new() },
        Reason::Unavailable { detail: String::new() },
    ]);
    all
}

fn refusals() -> Vec<Refusal> {
    Refusal::one_of_each(&AudienceName::parse("urn:api").unwrap(), &Scopes::parse("read").unwrap())
}

fn requests() -> Vec<RequestFailure> {
    use RequestFailure as R;

    let scope = Scopes::parse("\"").unwrap_err();
    let json = keybound_proto::jose::json::object(b"[").unwrap_err();
    vec![
        R::Form(FormError::Encoding),
        R::Form(FormError::Json(json)),
        R::Form(FormError::Nested("scope".to_owned())),
        R::Form(FormError::Repeated("scope".to_owned())),
        R::Form(FormError::Missing("token")),
        R::Form(FormError::TooMany),
        R::Invalid(InvalidRequest::Clients),
        R::Invalid(InvalidRequest::TwoAuthentications),
        R::Invalid(InvalidRequest::Metadata { problem: "has an unknown application_type".to_owned() }),
        R::Invalid(InvalidRequest::RedirectUris { problem: "there is none".to_owned() }),
        R::Invalid(InvalidRequest::Pkce(PkceError::Plain)),
        R::Invalid(InvalidRequest::Prompt),
        R::Invalid(InvalidRequest::RequestObject),
        R::Invalid(InvalidRequest::RequestUri),
        R::Invalid(InvalidRequest::ResponseMode),
        R::Invalid(InvalidRequest::ResponseType),
        R::Invalid(InvalidRequest::Scope(scope)),
        R::Invalid(InvalidRequest::Malformed { name: "max_age", reason: "is not a number" }),
        R::Host,
        R::MediaType,
        R::Method,
        R::NoSuchPath,
        R::Parameter { parameter: "state", problem: "is not one of ours" },
        R::Awaited,
        R::Interrupted,
        R::TooLarge { limit: 65_536 },
        R::TooSlow,
    ]
}

fn accesses() -> Vec<AccessFailure> {
    use AccessFailure as A;

    vec![
        A::Downgraded,
        A::Malformed,
        A::Expired,
        A::Scope { needed: Scopes::parse("read:users").unwrap() },
        A::KeyMismatch,
        A::Missing,
        A::UserGone,
        A::Unbound,
        A::Untrusted { why: "it was not signed by us" },
    ]
}

fn managements() -> Vec<ManagementFailure> {
    use ManagementFailure as M;

    vec![
        M::Conflict { message: "there is one already, or it changed meanwhile".to_owned(), code: None },
        M::Body { message: "the body does not describe what it should".to_owned() },
        M::Busy { message: "there are as many of them as may be at once".to_owned() },
        M::MediaType,
        M::Path { message: "the path names no possible thing".to_owned() },
        M::Query { message: "the query makes no sense".to_owned() },
        M::NoSuch { message: "there is no such thing".to_owned(), code: None },
        M::Forbidden { message: "this is another user's".to_owned(), code: None },
        M::NotOffered { message: "the server does not obey this setting".to_owned() },
        M::NotSupported { message: "it is possible, but not for this one".to_owned(), code: None },
        M::TooLong,
    ]
}
