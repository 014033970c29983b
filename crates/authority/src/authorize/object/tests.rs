use keybound_proto::id::Kid;
use keybound_proto::jose::{Alg, Jwk, encode_base64url};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_proto::uri::Issuer;

use super::*;
use crate::model::client::ClientKey;
use crate::model::tests::{Believing, public};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
const HEADER: &str = r#"{"alg":"ES256","typ":"oauth-authz-req+jwt","kid":"key-1"}"#;
const CLAIMS: &str = r#"{"iss":"app","client_id":"app","aud":"https://as.example/","exp":1800000300,"scope":"openid","max_age":60,"resource":["urn:a","urn:b"],"claims":{},"state":""}"#;

fn opened(header: &str, claims: &str, profile: ClientProfile) -> Result<Form, Refusal> {
    let key = Jwk::parse(KEY.as_bytes()).unwrap().with_kid(Kid::parse("key-1").unwrap());
    let key = ClientKey { key: key.with_alg(Alg::Es256), ends_at: Some(NOW.plus(Lifetime::seconds(60))) };
    let mut client = Client { profile, ..public("app") };
    client.request_objects.keys = [key].into_iter().collect();
    let parts = [encode_base64url(header), encode_base64url(claims), encode_base64url([0; 64])];
    let issuer = Issuer::parse("https://as.example/").unwrap();
    let expected = Expected { backend: &Believing, issuer: &issuer, addresses: &[], now: NOW };
    open(&client, &parts.join("."), &expected)
}

fn lenient(header: &str, claims: &str) -> Result<Form, Refusal> {
    opened(header, claims, ClientProfile::Auth0)
}

/// RFC 9101 §4, §6.3.
#[test]
fn a_signed_request_is_the_parameters_in_it() {
    let form = lenient(HEADER, CLAIMS).unwrap();
    let pairs: Vec<_> = form.pairs().collect();
    let wanted = [
        ("client_id", "app"),
        ("scope", "openid"),
        ("max_age", "60"),
        ("resource", "urn:a"),
        ("resource", "urn:b"),
        // OIDC Core §6.1: the one parameter that is an object there.
        ("claims", "{}"),
    ];
    assert_eq!(pairs, wanted);
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","typ":"JWT"}"#] {
        assert!(lenient(header, CLAIMS).is_ok(), "{header}");
        assert_eq!(opened(header, CLAIMS, ClientProfile::Rfc).err(), Some(Refusal::ObjectMalformed));
    }
    assert!(opened(HEADER, CLAIMS, ClientProfile::Rfc).is_ok());
    let several = CLAIMS.replace(r#""https://as.example/""#, r#"["https://as.example/","https://b/"]"#);
    assert!(lenient(HEADER, &several).is_ok(), "FAPI 2.0 Message Signing lets an array name others too");
}

/// RFC 9101 §4, §6.1, §6.2, §10.8; conformance A7.
#[test]
fn a_request_object_that_is_anything_else_is_refused() {
    for (from, to, refusal) in [
        (r#""iss":"app""#, r#""iss":"other""#, Refusal::ObjectNames),
        (r#""iss":"app","#, "", Refusal::ObjectNames),
        (r#""client_id":"app""#, r#""client_id":"other""#, Refusal::ObjectNames),
        (r#""client_id":"app","#, "", Refusal::ObjectNames),
        (r#""iss":"app""#, r#""iss":"app","sub":"app""#, Refusal::ObjectNames),
        (r#""aud":"https://as.example/""#, r#""aud":"https://as.example""#, Refusal::ObjectAudience),
        (r#""aud":"https://as.example/","#, "", Refusal::ObjectMalformed),
        ("1800000300", "1799999990", Refusal::ObjectExpired),
        ("1800000300", r#"1800000300,"nbf":1800000011"#, Refusal::ObjectExpired),
        ("1800000300", "1800003611", Refusal::ObjectTooLong),
        (r#""exp":1800000300,"#, "", Refusal::ObjectMalformed),
        (r#""scope":"openid""#, r#""request":"a.b.c""#, Refusal::ObjectNested),
        (r#""scope":"openid""#, r#""request_uri":"https://a/""#, Refusal::ObjectNested),
        (r#""scope":"openid""#, r#""scope":["openid"]"#, Refusal::ObjectMalformed),
        (r#""scope":"openid""#, r#""scope":"openid","scope":"email""#, Refusal::ObjectMalformed),
    ] {
        let changed = CLAIMS.replace(from, to);
        assert_ne!(changed, CLAIMS, "{from}");
        assert_eq!(lenient(HEADER, &changed).err(), Some(refusal), "{changed}");
    }
    for (header, refusal) in [
        (r#"{"alg":"ES256","typ":"dpop+jwt"}"#, Refusal::ObjectMalformed),
        (r#"{"alg":"ES256","typ":"client-authentication+jwt"}"#, Refusal::ObjectMalformed),
        (r#"{"alg":"none"}"#, Refusal::ObjectMalformed),
        (r#"{"alg":"HS256","kid":"key-1"}"#, Refusal::ObjectMalformed),
        (r#"{"alg":"ES256","kid":"key-2"}"#, Refusal::ObjectSignature),
        (r#"{"alg":"PS256","kid":"key-1"}"#, Refusal::ObjectSignature),
    ] {
        assert_eq!(lenient(header, CLAIMS).err(), Some(refusal), "{header}");
    }
}
