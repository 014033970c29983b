use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    id::Kid,
    jose::{AlgSet, BadSignature, Jwk, Sealer, Sign, SignError, Unverified, Verify, mint},
};

const NOW: Timestamp = Timestamp::from_unix(1_000);

/// A backend that believes everything: these tests are about what is said, not about who signed.
struct Credulous;

impl Digest for Credulous {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        [u8::try_from(parts.concat().len()).unwrap(); 32]
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        let length = match alg {
            Alg::Es384 => 48,
            Alg::EdDsa => 64,
            _ => 32,
        };
        vec![u8::try_from(message.len()).unwrap(); length]
    }

    fn hmac_sha256(&self, _: &[u8; 32], _: &[&[u8]]) -> [u8; 32] {
        unreachable!("ID tokens have no use for it")
    }

    fn sealer(&self, _: &[u8; 16]) -> Box<dyn Sealer> {
        unreachable!("ID tokens have no use for it")
    }
}

impl Verify for Credulous {
    fn verify(&self, _: Alg, _: &Jwk, _: &[u8], _: &[u8]) -> Result<(), BadSignature> {
        Ok(())
    }
}

struct Key(Jwk);

impl Key {
    fn new() -> Self {
        let jwk = br#"{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}"#;
        Self(Jwk::parse(jwk).unwrap())
    }
}

impl Sign for Key {
    fn alg(&self) -> Alg {
        Alg::Es256
    }

    fn kid(&self) -> Option<&Kid> {
        None
    }

    fn public(&self) -> &Jwk {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Ok(vec![1; 64])
    }
}

struct Asked {
    issuer: Issuer,
    client_id: ClientId,
    nonce: IdTokenNonce,
}

impl Asked {
    fn new() -> Self {
        Self {
            issuer: Issuer::parse("https://a.example/").unwrap(),
            client_id: ClientId::parse("app").unwrap(),
            nonce: IdTokenNonce::parse("n").unwrap(),
        }
    }

    fn expect(&self) -> Expect<'_> {
        Expect {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce: Some(&self.nonce),
            access_token: Some("four"),
            code: None,
            max_age: None,
            leeway: Lifetime::seconds(10),
        }
    }
}

fn good() -> serde_json::Value {
    json!({
        "iss": "https://a.example/", "sub": "auth0|1", "aud": "app", "iat": 990, "exp": 1100, "nonce": "n",
        "sid": "s", "at_hash": "BAQEBAQEBAQEBAQEBAQEBA", "name": "N", "org_id": "org_1", "auth_time": 900,
    })
}

fn check(claims: &serde_json::Value, expect: &Expect<'_>) -> Result<IdClaims, IdTokenError> {
    let key = Key::new();
    let token = mint("JWT", claims, &key).unwrap();
    let token =
        Unverified::parse(token.as_bytes()).unwrap().verify(&Credulous, &key.0, AlgSet::ES256).unwrap();
    IdClaims::check(&token, expect, &Credulous, NOW)
}

fn changed(name: &str, value: serde_json::Value) -> Result<IdClaims, IdTokenError> {
    let mut claims = good();
    claims[name] = value;
    check(&claims, &Asked::new().expect())
}

#[test]
fn a_token_for_this_request_is_read() {
    let claims = check(&good(), &Asked::new().expect()).unwrap();
    assert_eq!(claims.subject.as_str(), "auth0|1");
    assert_eq!(claims.session.as_deref(), Some("s"));
    assert_eq!(serde_json::Value::Object(claims.profile), json!({"name": "N"}));
}

/// OIDC Core §3.1.3.7 (2), (3); conformance A20.
#[test]
fn issuer_and_audience_must_be_exactly_ours() {
    assert_eq!(changed("iss", json!("https://a.example")), Err(JwtError::Issuer.into()));
    assert_eq!(changed("aud", json!("other")), Err(JwtError::Audience.into()));
    assert!(changed("aud", json!(["app"])).is_ok());
}

/// OIDC Core §3.1.3.7 (4), (5); conformance A20.
#[test]
fn among_several_audiences_we_must_be_the_authorized_party() {
    assert_eq!(changed("aud", json!(["app", "api"])), Err(IdTokenError::AuthorizedParty));
    assert_eq!(changed("azp", json!("other")), Err(IdTokenError::AuthorizedParty));
    assert_eq!(changed("azp", json!(1)), Err(IdTokenError::AuthorizedParty));
    let mut claims = good();
    claims["aud"] = json!(["app", "api"]);
    claims["azp"] = json!("app");
    assert!(check(&claims, &Asked::new().expect()).is_ok());
}

/// OIDC Core §3.1.3.7 (9), (10); conformance A2.
#[test]
fn time_is_checked_at_its_edges() {
    assert!(changed("exp", json!(991)).is_ok());
    assert_eq!(changed("exp", json!(990)), Err(JwtError::Expired { ago: 10 }.into()));
    assert!(changed("iat", json!(1010)).is_ok());
    assert_eq!(changed("iat", json!(1011)), Err(IdTokenError::Issued { early: 11 }));
    for name in ["exp", "iat", "sub"] {
        let mut claims = good();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(check(&claims, &Asked::new().expect()), Err(JwtError::Missing { name }.into()));
    }
}

/// OIDC Core §3.1.3.7 (11); conformance A20.
#[test]
fn the_nonce_must_be_the_one_of_the_request() {
    assert_eq!(changed("nonce", json!("m")), Err(IdTokenError::Nonce));
    let mut claims = good();
    claims.as_object_mut().unwrap().remove("nonce");
    assert_eq!(check(&claims, &Asked::new().expect()), Err(IdTokenError::Nonce));
    assert!(check(&claims, &Expect { nonce: None, ..Asked::new().expect() }).is_ok());
}

/// OIDC Core §3.1.3.6, §3.1.3.8, §3.3.2.10, §3.3.2.11: half of the hash the signature is made over.
/// Conformance A20.
#[test]
fn the_hashes_must_fit_the_access_token_and_the_code() {
    for (alg, bytes) in
        [(Alg::Rs256, 16), (Alg::Ps256, 16), (Alg::Es256, 16), (Alg::Es384, 24), (Alg::EdDsa, 32)]
    {
        assert_eq!(half_hash(alg, "four", &Credulous), encode_base64url(vec![4; bytes]), "{alg}");
    }
    assert_eq!(changed("at_hash", json!("BAQEBAQEBAQEBAQEBAQEBQ")), Err(IdTokenError::AccessToken));
    let mut claims = good();
    claims.as_object_mut().unwrap().remove("at_hash");
    assert!(check(&claims, &Asked::new().expect()).is_ok());
    let asked = Asked::new();
    let with_code = Expect { code: Some("seventeen letters"), ..asked.expect() };
    assert!(check(&good(), &with_code).is_ok(), "it is optional where the token endpoint issued the token");
    let mut claims = good();
    claims["c_hash"] = json!(half_hash(Alg::Es256, "seventeen letters", &Credulous));
    assert!(check(&claims, &with_code).is_ok());
    assert!(check(&claims, &asked.expect()).is_ok(), "nothing is known of the code");
    claims["c_hash"] = json!("BAQEBAQEBAQEBAQEBAQEBA");
    assert_eq!(check(&claims, &with_code), Err(IdTokenError::Code));
    claims["c_hash"] = json!(1);
    assert!(matches!(check(&claims, &with_code), Err(IdTokenError::Jwt(_))));
}

/// OIDC Core §3.1.3.7 (13).
#[test]
fn a_login_that_is_too_old_is_refused() {
    let asked = Asked::new();
    let within = |seconds| Expect { max_age: Some(Lifetime::seconds(seconds)), ..asked.expect() };
    assert!(check(&good(), &within(90)).is_ok());
    assert_eq!(check(&good(), &within(89)), Err(IdTokenError::TooOld { age: 100 }));
    let mut claims = good();
    claims.as_object_mut().unwrap().remove("auth_time");
    assert_eq!(check(&claims, &within(90)), Err(JwtError::Missing { name: "auth_time" }.into()));
}

proptest! {
    /// What a profile says can never pass for what the server says.
    #[test]
    fn what_is_written_is_read_back_and_no_profile_overrides_the_protocol(name in "[a-z_]{1,12}", value: String) {
        let mut claims = check(&good(), &Asked::new().expect()).unwrap();
        let written = claims.clone();
        claims.profile.insert("iss".into(), json!("https://evil/"));
        claims.profile.insert("nonce".into(), json!("evil"));
        prop_assert_eq!(check(&serde_json::to_value(&claims).unwrap(), &Asked::new().expect()), Ok(written.clone()));
        prop_assume!(!PROTOCOL.contains(&name.as_str()) && !value.contains('\0'));
        let mut written = written;
        written.profile.insert(name, json!(value));
        prop_assert_eq!(check(&serde_json::to_value(&written).unwrap(), &Asked::new().expect()), Ok(written));
    }
}
