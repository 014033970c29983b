//! The explainer: every check, none of them in the way of another.

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Asked, Explanation, Outcome, ProofClass},
    jose::{Sign, Thumbprint},
    uri::Htu,
};

use super::common::{Forge, NOW, URL};

fn explain(proof: &str, change: impl for<'a> FnOnce(&mut Asked<'a>)) -> Explanation {
    let url = Htu::parse(URL).unwrap();
    let mut asked = Asked { method: Some("POST"), ..Asked::default() };
    change(&mut asked);
    Explanation::of(proof, &Asked { url: Some(&url), ..asked }, &AwsLc, NOW)
}

fn failures(explanation: &Explanation) -> Vec<&'static str> {
    let failed = explanation.findings().iter().filter_map(|finding| match &finding.outcome {
        Outcome::Fail(why) => Some(why.code()),
        Outcome::Pass(_) | Outcome::Skipped(_) => None,
    });
    failed.collect()
}

#[test]
fn a_good_proof_passes_every_check_that_can_be_made() {
    let forge = Forge::new();
    let explanation = explain(&forge.sign(), |_| {});
    assert_eq!(explanation.class(), None, "{explanation}");
    assert!(explanation.to_string().contains("pass     4.3 (6)"), "{explanation}");
    let bound = Thumbprint::of(forge.key.public(), &AwsLc);
    let url = Htu::parse(URL).unwrap();
    let asked = Asked { bound_to: Some(&bound), url: Some(&url), method: Some("POST"), ..Asked::default() };
    let whole = Explanation::of(&forge.sign(), &asked, &AwsLc, NOW);
    assert!(failures(&whole).is_empty(), "{whole}");
}

#[test]
fn every_check_is_made_though_others_failed() {
    let proof = Forge::new()
        .header("typ", "JWT")
        .claim("htm", "GET")
        .claim("htu", "https://evil.example/")
        .claim("iat", 0)
        .claim("exp", 1)
        .claim("jti", "")
        .sign();
    let explanation = explain(&proof, |asked| (asked.token, asked.nonce) = (Some("token"), Some("nonce")));
    let expected = [
        "proof.typ_mismatch",
        "proof.jti_refused",
        "proof.htm_mismatch",
        "proof.htu_mismatch",
        "proof.nonce_missing",
        "proof.iat_too_old",
        "proof.jti_refused",
        "proof.ath_missing",
    ];
    assert_eq!(failures(&explanation), expected, "{explanation}");
    assert_eq!(explanation.class(), Some(ProofClass::Shape));
    let text = explanation.to_string();
    assert!(text.contains("expected  POST") && text.contains("found     GET"), "{text}");
}

#[test]
fn the_class_says_what_failed_first() {
    let class = |forge: Forge| explain(&forge.sign(), |_| {}).class();
    assert_eq!(class(Forge::new().header("alg", "none")), Some(ProofClass::Key));
    assert_eq!(class(Forge::new().claim("htm", "GET")), Some(ProofClass::Request));
    assert_eq!(class(Forge::new().claim("iat", 0)), Some(ProofClass::Time));
    assert_eq!(
        class(Forge::new().header("jwk", Forge::new().header["jwk"].clone())),
        Some(ProofClass::Signature)
    );
    let token = |forge: Forge| explain(&forge.sign(), |asked| asked.token = Some("x")).class();
    assert_eq!(token(Forge::new()), Some(ProofClass::Token));
    let nonce = |forge: Forge| explain(&forge.sign(), |asked| asked.nonce = Some("x")).class();
    assert_eq!(nonce(Forge::new().claim("nonce", "y")), Some(ProofClass::Nonce));
}

#[test]
fn nothing_makes_the_explainer_panic_and_nothing_it_prints_is_dangerous() {
    for text in ["", "\0", "a.b.c", "..", "e30.e30.", "e30.W10.AA", "ä", "\u{1b}[31m.x.y"] {
        let explanation = explain(text, |_| {});
        assert!(explanation.class().is_some(), "{text}");
        assert!(!explanation.to_string().contains('\u{1b}'));
    }
    let escape = Forge::new().claim("htm", "\u{1b}[31mPOST\"\\").sign();
    let text = explain(&escape, |_| {}).to_string();
    assert!(text.contains("?[31mPOST??") && !text.contains('\u{1b}'), "{text}");
}
