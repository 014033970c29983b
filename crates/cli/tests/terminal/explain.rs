//! `keybound proof explain`: each class of failure, its words and its exit status.

use super::run::{run, stderr, stdout};
use keybound_client::{
    crypto::{AwsLc, SigningKey},
    proto::{
        dpop::{DpopNonce, Draft, ProofBuilder, TokenHash},
        id::Jti,
        jose::{Alg, encode_base64url, sign_compact},
        time::Timestamp,
        uri::Htu,
    },
};
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://id.example.com/oauth/token";
const TOKEN: &str = "an-opaque-access-token";

/// A flawless proof for `POST` to [`URL`] at [`NOW`], with token and nonce.
fn proof() -> String {
    let builder = ProofBuilder::new(SigningKey::generate(Alg::Es256).expect("keys are made"), &AwsLc);
    builder
        .prove(&Draft {
            jti: &Jti::parse("a-proof-of-its-own").expect("it is an identifier"),
            method: "POST",
            url: &Htu::parse(URL).expect("it is a URL"),
            now: Timestamp::from_unix(NOW),
            token: Some(&TokenHash::of(TOKEN, &AwsLc)),
            nonce: Some(&DpopNonce::parse("the-nonce").expect("it is a nonce")),
        })
        .expect("it is signed")
}

fn explain(proof: &str, further: &[&str]) -> (i32, String) {
    let mut arguments = vec!["proof", "explain", proof, "--now", "1800000000"];
    arguments.extend(further);
    let output = run(&arguments, "");
    assert_eq!(stderr(&output), "");
    (output.status.code().expect("it ended by itself"), stdout(&output))
}

#[test]
fn a_flawless_proof_passes_every_check() {
    let (status, out) =
        explain(&proof(), &["--method", "POST", "--url", URL, "--token", TOKEN, "--nonce", "the-nonce"]);
    assert_eq!(status, 0, "{out}");
    assert!(!out.contains("FAIL"), "{out}");
    for section in 1..=12 {
        assert!(out.contains(&format!("4.3 ({section})")), "check {section} is missing: {out}");
    }
}

#[test]
fn what_is_not_known_is_skipped_not_failed() {
    let (status, out) = explain(&proof(), &[]);
    assert_eq!(status, 0, "{out}");
    assert!(out.contains("skipped  4.3 (8)"), "{out}");
    assert!(out.contains("skipped  4.3 (9)"), "{out}");
}

#[test]
fn a_proof_is_read_from_standard_input_with_or_without_its_header_name() {
    for input in [format!("{}\n", proof()), format!("DPoP: {}\n", proof())] {
        let output = run(&["proof", "explain", "-", "--now", "1800000000"], &input);
        assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    }
}

#[test]
fn something_that_is_no_proof_is_class_10() {
    for text in ["abc", "a.b", "", "{\"a\":1}", &format!("{p},{p}", p = proof()), "€€€€€"] {
        let (status, out) = explain(text, &[]);
        assert_eq!(status, 10, "{text}: {out}");
    }
    let endless = "x".repeat(10_000);
    let output = run(&["proof", "explain", "-"], &endless);
    assert_eq!(output.status.code(), Some(10));
}

#[test]
fn a_private_key_in_the_header_is_class_11() {
    let key = SigningKey::generate(Alg::Es256).expect("keys are made");
    let mut jwk =
        serde_json::to_value(keybound_client::proto::jose::Sign::public(&key).to_json()).expect("it is JSON");
    jwk["d"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let header = json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }).to_string();
    let claims = json!({ "jti": "a", "htm": "POST", "htu": URL, "iat": NOW }).to_string();
    let proof = sign_compact(header.as_bytes(), claims.as_bytes(), &key).expect("it is signed");
    let (status, out) = explain(&proof, &[]);
    assert_eq!(status, 11, "{out}");
    assert!(out.contains("proof.key_private"), "{out}");
    assert!(!out.contains("AAAAAAAAAAAAAAAA"), "the private member is not shown: {out}");
}

#[test]
fn an_algorithm_without_a_signature_is_class_11() {
    let header = encode_base64url(r#"{"typ":"dpop+jwt","alg":"none","jwk":{}}"#);
    let claims = encode_base64url(json!({ "jti": "a", "htm": "POST", "htu": URL, "iat": NOW }).to_string());
    let (status, out) = explain(&format!("{header}.{claims}."), &[]);
    assert_eq!(status, 11, "{out}");
    assert!(out.contains("FAIL"), "{out}");
}

#[test]
fn a_damaged_signature_is_class_12() {
    let good = proof();
    let (rest, signature) = good.rsplit_once('.').expect("it has parts");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let (status, out) = explain(&format!("{rest}.{first}{}", &signature[1..]), &[]);
    assert_eq!(status, 12, "{out}");
    assert!(out.contains("proof.signature_invalid"), "{out}");
}

#[test]
fn another_method_or_url_is_class_13_and_both_are_shown() {
    let (status, out) = explain(&proof(), &["--method", "GET"]);
    assert_eq!(status, 13, "{out}");
    assert!(out.contains("proof.htm_mismatch") && out.contains("GET") && out.contains("POST"), "{out}");

    let (status, out) = explain(&proof(), &["--url", "https://id.example.com/userinfo"]);
    assert_eq!(status, 13, "{out}");
    assert!(out.contains("proof.htu_mismatch") && out.contains(URL), "{out}");
}

#[test]
fn another_time_is_class_14_and_the_offset_is_named() {
    let output = run(&["proof", "explain", &proof(), "--now", "1800003600"], "");
    assert_eq!(output.status.code(), Some(14));
    assert!(stdout(&output).contains("3600 s"), "{}", stdout(&output));
}

#[test]
fn another_nonce_is_class_15() {
    let (status, out) = explain(&proof(), &["--nonce", "another-nonce"]);
    assert_eq!(status, 15, "{out}");
    assert!(out.contains("nonce"), "{out}");
}

#[test]
fn another_token_is_class_16() {
    let (status, out) = explain(&proof(), &["--token", "another-token"]);
    assert_eq!(status, 16, "{out}");
    assert!(out.contains("proof.ath_mismatch"), "{out}");
}

#[test]
fn a_token_bound_to_another_key_is_class_16() {
    let bound = encode_base64url(
        json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }).to_string(),
    );
    let token = format!("{}.{bound}.AAAA", encode_base64url(r#"{"alg":"RS256"}"#));
    let (status, out) = explain(&proof(), &["--token", &token]);
    assert_eq!(status, 16, "{out}");
    assert!(out.contains("proof.key_mismatch"), "{out}");
}

#[test]
fn neither_proof_nor_token_is_echoed_whole() {
    let proof = proof();
    for further in
        [&["--token", TOKEN][..], &["--token", TOKEN, "--json"], &["--token", "another-secret-token"]]
    {
        let (_, out) = explain(&proof, further);
        let signature = proof.rsplit('.').next().expect("it has parts");
        assert!(
            !out.contains(signature) && !out.contains(TOKEN) && !out.contains("another-secret-token"),
            "{out}"
        );
    }
}

#[test]
fn json_says_the_same_for_machines() {
    let (status, out) = explain(&proof(), &["--method", "GET", "--json"]);
    assert_eq!(status, 13);
    let report: Value = serde_json::from_str(&out).expect("it is JSON");
    assert_eq!(report["passed"], false);
    assert_eq!(report["reason"], "proof.htm_mismatch");
    let checks = report["checks"].as_array().expect("it is a list");
    let failed = checks.iter().find(|check| check["outcome"] == "fail").expect("one failed");
    assert_eq!((failed["expected"].as_str(), failed["found"].as_str()), (Some("GET"), Some("POST")));
    assert!(failed["advice"].is_string());
}

#[test]
fn a_url_that_is_none_is_an_error_with_a_hint() {
    let output = run(&["proof", "explain", "abc", "--url", "not a url"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("failed to read the URL") && stderr(&output).contains("hint: "),
        "{}",
        stderr(&output)
    );
}
