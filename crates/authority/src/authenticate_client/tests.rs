use keybound_proto::id::{ClientId, Kid};
use keybound_proto::jose::{Alg, Jwk, encode_base64url};
use keybound_proto::time::Lifetime;

use super::*;
use crate::model::client::ClientKey;
use crate::model::tests::{Believing, confidential, public};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn id(text: &str) -> ClientId {
    ClientId::parse(text).unwrap()
}

fn outcome(name: &str, credential: Shown, client: Client) -> Result<ClientId, Refusal> {
    let presented = PresentedClient { client_id: Some(id(name)), credential };
    judged(&presented, Some(client)).map(|known| known.client.id)
}

fn judged(presented: &PresentedClient, found: Option<Client>) -> Result<Authenticated, Refusal> {
    let issuer = Issuer::parse("https://as.example/").unwrap();
    let addresses = ["https://as.example/", "https://as.example/oauth/token"].map(str::to_owned);
    let expected = Expected { backend: &Believing, issuer: &issuer, addresses: &addresses, now: NOW };
    authenticate(presented, found, &expected)
}

const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;

/// A client with a key, and no way to show who it is but that.
fn signing(name: &str, ends_at: Option<Timestamp>) -> Client {
    let key = Jwk::parse(KEY.as_bytes()).unwrap();
    let key = key.with_kid(Kid::parse("key-1").unwrap()).with_alg(Alg::Es256);
    let keys = [ClientKey { key, ends_at }].into_iter().collect();
    Client { credential: Credential::Keys(keys), ..public(name) }
}

const HEADER: &str = r#"{"alg":"ES256","kid":"key-1"}"#;
const CLAIMS: &str = r#"{"iss":"m2m","sub":"m2m","aud":"https://as.example/","jti":"j1","exp":1800000060}"#;

/// An assertion of that text; signatures are believed here.
fn signed(header: &str, claims: &str) -> Shown {
    let parts = [encode_base64url(header), encode_base64url(claims), encode_base64url([0; 64])];
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
    Shown::Assertion { kind, assertion: Secret::new(parts.join(".")) }
}

fn basic(secret: &str) -> Shown {
    Shown::SecretBasic(Secret::new(secret.to_owned()))
}

fn post(secret: &str) -> Shown {
    Shown::SecretPost(Secret::new(secret.to_owned()))
}

fn assertion() -> Shown {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
    Shown::Assertion { kind, assertion: Secret::new("a.b.c".to_owned()) }
}

/// RFC 6749 §2.3.1.
#[test]
fn each_registered_method_is_taken_and_no_other() {
    let wrong = |sent| Err(Refusal::WrongMethod { owed: Owed::Secret(sent) });
    for (sent, by_header, by_body) in [
        (SecretSent::Basic, Ok(id("m2m")), wrong(SecretSent::Basic)),
        (SecretSent::Body, wrong(SecretSent::Body), Ok(id("m2m"))),
        (SecretSent::Either, Ok(id("m2m")), Ok(id("m2m"))),
    ] {
        let client = confidential("m2m", "s3cret", sent);
        assert_eq!(outcome("m2m", basic("s3cret"), client.clone()), by_header, "{sent:?}");
        assert_eq!(outcome("m2m", post("s3cret"), client.clone()), by_body, "{sent:?}");
        assert_eq!(outcome("m2m", assertion(), client), wrong(sent), "{sent:?}");
    }
}

/// RFC 6749 §5.2, `invalid_client`.
#[test]
fn a_wrong_secret_is_refused_wherever_it_stands() {
    for wrong in ["s3cre", "s3cret ", "S3CRET", "x"] {
        let client = confidential("m2m", "s3cret", SecretSent::Either);
        assert_eq!(outcome("m2m", basic(wrong), client.clone()), Err(Refusal::BadSecret));
        assert_eq!(outcome("m2m", post(wrong), client), Err(Refusal::BadSecret));
    }
}

#[test]
fn a_confidential_client_owes_its_secret() {
    for nothing in [Shown::None, basic(""), post("")] {
        let client = confidential("m2m", "s3cret", SecretSent::Either);
        assert_eq!(outcome("m2m", nothing, client), Err(Refusal::MissingSecret));
    }
}

#[test]
fn a_public_client_shows_nothing() {
    for nothing in [Shown::None, basic(""), post("")] {
        assert_eq!(outcome("spa", nothing, public("spa")), Ok(id("spa")));
    }
    for something in [basic("x"), post("x"), assertion()] {
        let refused = Err(Refusal::WrongMethod { owed: Owed::Nothing });
        assert_eq!(outcome("spa", something, public("spa")), refused);
    }
}

#[test]
fn somebody_must_be_named_and_known() {
    let nobody = PresentedClient { client_id: None, credential: Shown::None };
    assert_eq!(judged(&nobody, None).err(), Some(Refusal::NoClient));
    let ghost = PresentedClient { client_id: Some(id("ghost")), credential: post("x") };
    assert_eq!(judged(&ghost, None).err(), Some(Refusal::UnknownClient));
    assert_eq!(outcome("ghost", Shown::None, public("spa")), Err(Refusal::UnknownClient));
}

/// RFC 7523 §3; OIDC Core §9.
#[test]
fn an_assertion_by_a_key_of_the_client_shows_who_it_is() {
    let known = |header: &str, claims: &str| {
        let presented = PresentedClient { client_id: Some(id("m2m")), credential: signed(header, claims) };
        judged(&presented, Some(signing("m2m", None)))
    };
    let known_now = known(HEADER, CLAIMS).unwrap();
    let (jti, until) = known_now.assertion.as_ref().map(CheckedAssertion::replay_key).unwrap();
    assert_eq!((jti.as_str(), until), ("j1", NOW.plus(Lifetime::seconds(70))));
    for header in [
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"alg":"ES256","typ":"client-authentication+jwt"}"#,
    ] {
        assert!(known(header, CLAIMS).is_ok(), "{header}");
    }
    for (from, to) in [
        (r#""https://as.example/""#, r#""https://as.example/oauth/token""#),
        (r#""https://as.example/""#, r#"["https://as.example/oauth/token","https://as.example/"]"#),
        ("1800000060", "1799999991"),
        ("1800000060", "1800000310"),
        ("1800000060", r#"1800000060,"iat":1800000010,"nbf":1800000010"#),
    ] {
        assert!(known(HEADER, &CLAIMS.replace(from, to)).is_ok(), "{to}");
    }
}

/// RFC 7523 §3; conformance A4.
#[test]
fn an_assertion_that_is_anything_else_is_refused() {
    let outcome = |header: &str, claims: &str| outcome("m2m", signed(header, claims), signing("m2m", None));
    for (from, to, refusal) in [
        (r#""iss":"m2m""#, r#""iss":"other""#, Refusal::AssertionNames),
        (r#""iss":"m2m","#, "", Refusal::AssertionNames),
        (r#""sub":"m2m""#, r#""sub":"other""#, Refusal::AssertionNames),
        (r#""sub":"m2m","#, "", Refusal::AssertionMalformed),
        (r#""aud":"https://as.example/","#, "", Refusal::AssertionAudience),
        (r#""https://as.example/""#, r#""https://as.example""#, Refusal::AssertionAudience),
        (r#""https://as.example/""#, r#""https://evil.example/""#, Refusal::AssertionAudience),
        (r#""https://as.example/""#, "[]", Refusal::AssertionAudience),
        (
            r#""https://as.example/""#,
            r#"["https://as.example/","https://evil.example/"]"#,
            Refusal::AssertionAudience,
        ),
        (r#","exp":1800000060"#, "", Refusal::AssertionMalformed),
        ("1800000060", "1799999990", Refusal::AssertionExpired),
        ("1800000060", "1800000311", Refusal::AssertionTooLong),
        ("1800000060", r#"1800000060,"nbf":1800000011"#, Refusal::AssertionExpired),
        ("1800000060", r#"1800000060,"iat":1800000011"#, Refusal::AssertionExpired),
        (r#""jti":"j1","#, "", Refusal::AssertionMalformed),
        (r#""j1""#, r#""""#, Refusal::AssertionMalformed),
    ] {
        let changed = CLAIMS.replace(from, to);
        assert_ne!(changed, CLAIMS, "{from}");
        assert_eq!(outcome(HEADER, &changed), Err(refusal), "{changed}");
    }
    for (header, refusal) in [
        (r#"{"alg":"ES256","typ":"dpop+jwt"}"#, Refusal::AssertionMalformed),
        (r#"{"alg":"ES256","typ":"at+jwt"}"#, Refusal::AssertionMalformed),
        (r#"{"alg":"ES256","kid":"key-2"}"#, Refusal::AssertionSignature),
        (r#"{"alg":"RS256","kid":"key-1"}"#, Refusal::AssertionSignature),
        (r#"{"alg":"HS256","kid":"key-1"}"#, Refusal::AssertionMalformed),
        (r#"{"alg":"none"}"#, Refusal::AssertionMalformed),
        (r#"{"alg":"ES384"}"#, Refusal::AssertionMalformed),
    ] {
        assert_eq!(outcome(header, CLAIMS), Err(refusal), "{header}");
    }
}

/// RFC 7521 §4.2, §4.2.1: the type is what is registered, and whoever is named is named once.
#[test]
fn an_assertion_of_another_type_or_sent_by_another_client_is_refused() {
    let Shown::Assertion { assertion: text, .. } = signed(HEADER, CLAIMS) else { unreachable!() };
    for kind in ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"] {
        let shown = Shown::Assertion { kind: kind.to_owned(), assertion: text.clone() };
        assert_eq!(outcome("m2m", shown, signing("m2m", None)), Err(Refusal::AssertionMalformed), "{kind}");
    }
    let stolen = outcome("thief", signed(HEADER, CLAIMS), signing("thief", None));
    assert_eq!(stolen, Err(Refusal::AssertionNames));
    let nobody = PresentedClient { client_id: None, credential: assertion() };
    assert_eq!(judged(&nobody, None).err(), Some(Refusal::AssertionMalformed));
}

/// A client that has keys has nothing else.
#[test]
fn a_client_with_keys_owes_an_assertion() {
    let signing = || signing("m2m", None);
    assert_eq!(outcome("m2m", Shown::None, signing()), Err(Refusal::MissingSecret));
    for other in [basic("s3cret"), post("s3cret")] {
        let refused = Err(Refusal::WrongMethod { owed: Owed::Assertion });
        assert_eq!(outcome("m2m", other, signing()), refused);
    }
}

#[test]
fn a_key_that_has_ended_signs_nothing_any_more() {
    let outcome = |end| outcome("m2m", signed(HEADER, CLAIMS), signing("m2m", Some(end)));
    assert_eq!(outcome(NOW.plus(Lifetime::seconds(1))), Ok(id("m2m")));
    assert_eq!(outcome(NOW), Err(Refusal::AssertionSignature));
}

/// draft-ietf-oauth-rfc7523bis §4: the issuer alone, as a text.
#[test]
fn a_client_that_goes_by_the_documents_addresses_the_issuer_alone() {
    let outcome = |aud: &str| {
        let client = Client { profile: ClientProfile::Rfc, ..signing("m2m", None) };
        outcome("m2m", signed(HEADER, &CLAIMS.replace(r#""https://as.example/""#, aud)), client)
    };
    assert_eq!(outcome(r#""https://as.example/""#), Ok(id("m2m")));
    for aud in [r#""https://as.example/oauth/token""#, r#"["https://as.example/"]"#] {
        assert_eq!(outcome(aud), Err(Refusal::AssertionAudience), "{aud}");
    }
}
