//! The shared contract's RFC examples, when a checkout of it is at hand.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking")]

use std::path::PathBuf;

use keybound_crypto::AwsLc;
use keybound_proto::{
    jose::{
        AlgSet, Compact, Digest as _, Header, Jwk, Thumbprint, Unverified, Verify as _, encode_base64url,
    },
    pkce::{CodeChallenge, CodeVerifier},
};
use serde_json::Value;

/// The folder of the contract, or a line that says why the test does nothing.
fn contract() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration to read from")]
    let folder = std::env::var_os("KEYBOUND_CONTRACT").map(|folder| PathBuf::from(folder).join("contract"));
    if folder.is_none() {
        println!("skipped: KEYBOUND_CONTRACT is not set");
    }
    folder
}

fn key(value: &Value) -> Jwk {
    Jwk::parse(value.to_string().as_bytes()).unwrap()
}

fn verifies(key: &Jwk, text: &str) -> bool {
    let compact = Compact::parse(text.as_bytes(), 8192).unwrap();
    let header = compact.header().unwrap();
    let alg = Header::read(&header).unwrap().alg();
    AwsLc.verify(alg, key, compact.signed(), &compact.signature().unwrap()).is_ok()
}

#[test]
fn the_examples_of_the_contract_hold() {
    let Some(folder) = contract() else { return };
    let text = std::fs::read_to_string(folder.join("rfc-examples.json")).unwrap();
    let examples: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let dpop = &examples["rfc9449"];
    let dpop_key = key(&dpop["jwk"]);
    assert_eq!(Thumbprint::of(&dpop_key, &AwsLc).to_string(), text(&dpop["jkt"]));
    assert_eq!(encode_base64url(AwsLc.sha256(&[text(&dpop["access_token"]).as_bytes()])), text(&dpop["ath"]));
    for proof in dpop["proofs"].as_array().unwrap() {
        let jwt = text(&proof["jwt"]);
        assert_eq!(verifies(&dpop_key, &jwt), proof["verifies"].as_bool().unwrap());
        let token =
            Unverified::parse(jwt.as_bytes()).unwrap().verify(&AwsLc, &dpop_key, AlgSet::ES256).unwrap();
        assert_eq!(token.claims().issued().unwrap().as_unix(), proof["iat"].as_i64().unwrap());
        assert_eq!(token.claims().id(), proof["jti"].as_str());
        assert_eq!(token.claims().text("ath"), proof["ath"].as_str());
    }

    let rsa = &examples["rfc7638_3_1"];
    assert_eq!(Thumbprint::of(&key(&rsa["jwk"]), &AwsLc).to_string(), text(&rsa["thumbprint"]));
    assert_eq!(text(&dpop["dpop_jkt_example_10"]), text(&rsa["thumbprint"]));

    let edwards = &examples["rfc8037"];
    let edwards_key = key(&edwards["jwk_public"]);
    assert_eq!(Thumbprint::of(&edwards_key, &AwsLc).to_string(), text(&edwards["thumbprint_A3"]));
    assert!(verifies(&edwards_key, &text(&edwards["jws_A4"])));

    let ecdsa = &examples["rfc7515_A3"];
    assert!(verifies(&key(&ecdsa["jwk"]), &text(&ecdsa["jws"])));

    let pkce = &examples["rfc7636_B"];
    let challenge = CodeChallenge::parse(&text(&pkce["challenge"]), Some("S256")).unwrap();
    assert!(challenge.matches(&CodeVerifier::parse(&text(&pkce["verifier"])).unwrap(), &AwsLc));
}
