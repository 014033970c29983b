//! RFC 9449 §4.2: making a proof.

use keybound_crypto::{AwsLc, SigningKey, entropy};
use keybound_proto::{
    dpop::{DpopNonce, Draft, ProofBuilder, TokenHash},
    id::Jti,
    jose::{Alg, Compact, Jwk, Sign, Thumbprint},
    uri::Htu,
};
use serde_json::{Value, json};

use super::common::{NOW, URL, accepted, check};

fn parts(proof: &str) -> (Value, Value) {
    let compact = Compact::parse(proof.as_bytes(), 8192).unwrap();
    let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes).unwrap();
    (read(compact.header().unwrap()), read(compact.payload().unwrap()))
}

#[test]
fn what_we_make_we_accept_with_every_algorithm() {
    let url = Htu::parse(URL).unwrap();
    for alg in Alg::ALL {
        let builder = ProofBuilder::new(SigningKey::generate(alg).unwrap(), &AwsLc);
        let jti = Jti::parse(&entropy::token::<16>()).unwrap();
        let draft = Draft { jti: &jti, method: "POST", url: &url, now: NOW, token: None, nonce: None };
        let proof = builder.prove(&draft).unwrap();
        accepted(&proof);
        assert_eq!(check(&proof).unwrap().thumbprint(), builder.thumbprint());
    }
}

/// CL01: exactly the members RFC 9449 §4.2 asks for, and only public ones.
#[test]
fn a_proof_holds_exactly_what_it_must() {
    let key = SigningKey::generate(Alg::Es256).unwrap().named_by_thumbprint();
    let thumbprint = Thumbprint::of(key.public(), &AwsLc);
    let builder = ProofBuilder::new(key, &AwsLc);
    let url = Htu::parse("https://api.example.com:443/orders?page=2#x").unwrap();
    let jti = Jti::parse(r#"odd"jti\"#).unwrap();
    let mut draft = Draft { jti: &jti, method: "GET", url: &url, now: NOW, token: None, nonce: None };
    let (header, claims) = parts(&builder.prove(&draft).unwrap());
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&header), ["alg", "jwk", "typ"]);
    assert_eq!(names(&header["jwk"]), ["crv", "kty", "x", "y"]);
    let jwk = Jwk::parse(header["jwk"].to_string().as_bytes()).unwrap();
    assert_eq!(Thumbprint::of(&jwk, &AwsLc), thumbprint);
    let expected = json!({ "jti": r#"odd"jti\"#, "htm": "GET", "htu": "https://api.example.com/orders", "iat": NOW.as_unix() });
    assert_eq!(claims, expected);

    let token = TokenHash::of("token", &AwsLc);
    let nonce = DpopNonce::parse("eyJ7S_zG.eyJH0-Z.HX4w-7v").unwrap();
    draft.token = Some(&token);
    draft.nonce = Some(&nonce);
    let (_, claims) = parts(&builder.prove(&draft).unwrap());
    assert_eq!(claims["ath"], token.to_string());
    assert_eq!(claims["nonce"], nonce.as_str());
    assert_eq!(names(&claims), ["ath", "htm", "htu", "iat", "jti", "nonce"]);
}
