//! P21 to P30, P38, P39: the request a proof is made for, and what it is remembered by.

use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Claim, Expect, HeldBy, Possession, Proof, ProofError, TokenHash},
    jose::{Sign, Thumbprint},
    uri::Htu,
};
use serde_json::{Value, json};

use super::common::{Forge, NOW, URL, accepted, check, check_with, refused};

fn check_at(claim: &str, asked: &str) -> Result<(), ProofError> {
    let urls = [Htu::parse(asked).unwrap()];
    let proof = Forge::new().claim("htu", claim).sign();
    let expect = Expect::new("POST", &urls, HeldBy::Anyone);
    Proof::parse([proof.as_bytes()])?.unwrap().check(&expect, &AwsLc, NOW).map(drop)
}

/// RFC 9110 §9.1: methods are case-sensitive.
#[test]
fn p21_the_method_is_the_same_to_the_letter() {
    for method in ["GET", "post", "Post", "", "POST ", " POST", "POSTX"] {
        refused(&Forge::new().claim("htm", method).sign(), "proof.htm_mismatch");
    }
    for method in [json!(1), Value::Null, json!(["POST"])] {
        refused(&Forge::new().claim("htm", method).sign(), "proof.member_missing");
    }
    let why = check(&Forge::new().claim("htm", "GET").sign()).unwrap_err();
    assert_eq!((why.expected().as_deref(), why.found().as_deref()), (Some("POST"), Some("GET")));
}

#[test]
fn p22_another_url_is_refused() {
    for url in [
        "https://server.example.com/other",
        "https://evil.example/token",
        "https://server.example.com:8443/token",
        "http://server.example.com/token",
        "https://server.example.com/token/",
        "https://server.example.com/toke",
        "https://server.example.com/",
        "https://server.example.com.evil.example/token",
        "https://server.example.com@evil.example/token",
        "https://u:p@server.example.com/token",
        "/token",
        "token",
        "server.example.com/token",
        "",
        "https:\\\\server.example.com\\token",
        "https://server.example.com/token\u{0}",
        "https://server.example.com/token ",
    ] {
        let why = check(&Forge::new().claim("htu", url).sign()).unwrap_err();
        let code = if url.contains('\0') { "proof.claims_malformed" } else { "proof.htu_mismatch" };
        assert_eq!(why.code(), code, "{url}");
        refused(&Forge::new().claim("htu", url).sign(), code);
    }
    for url in [json!(1), json!([URL]), Value::Null] {
        refused(&Forge::new().claim("htu", url).sign(), "proof.member_missing");
    }
    let why = check(&Forge::new().claim("htu", "https://evil.example/token").sign()).unwrap_err();
    assert_eq!(why.expected().as_deref(), Some(URL));
    assert_eq!(why.found().as_deref(), Some("https://evil.example/token"));
}

#[test]
fn p23_query_and_fragment_of_the_claim_are_ignored() {
    for tail in ["?a=1", "#x", "?a=1#x", "?"] {
        accepted(&Forge::new().claim("htu", format!("{URL}{tail}")).sign());
    }
}

#[test]
fn p24_the_query_of_the_request_is_ignored() {
    check_at("https://a.example/x", "https://a.example/x?page=2").unwrap();
    check_at("https://a.example/x?page=3", "https://a.example/x?page=2").unwrap();
    assert_eq!(
        check_at("https://a.example/y", "https://a.example/x?page=2").unwrap_err().code(),
        "proof.htu_mismatch"
    );
}

/// RFC 3986 §6.2.2.1.
#[test]
fn p25_case_does_not_matter_where_it_has_no_meaning() {
    accepted(&Forge::new().claim("htu", "HTTPS://Server.Example.COM/token").sign());
    check_at("https://a.example/%3a", "https://a.example/%3A").unwrap();
    refused(&Forge::new().claim("htu", "https://server.example.com/Token").sign(), "proof.htu_mismatch");
}

/// RFC 3986 §6.2.2.2.
#[test]
fn p26_only_what_need_not_be_encoded_is_decoded() {
    check_at("https://a.example/%61pi", "https://a.example/api").unwrap();
    check_at("https://a.example/%7E", "https://a.example/~").unwrap();
    for claim in ["https://a.example/a%2Fb", "https://a.example/a%2fb", "https://a.example/x%2f..%2fa/b"] {
        assert!(check_at(claim, "https://a.example/a/b").is_err(), "{claim}");
    }
    check_at("https://a.example/a/b", "https://a.example/a/b").unwrap();
}

/// RFC 3986 §6.2.2.3.
#[test]
fn p27_dot_segments_of_a_claim_are_removed() {
    check_at("https://a.example/x/../api", "https://a.example/api").unwrap();
    check_at("https://a.example/./api", "https://a.example/api").unwrap();
    assert!(check_at("https://a.example/x/../api/..", "https://a.example/api").is_err());
}

/// RFC 3986 §6.2.3.
#[test]
fn p28_a_default_port_and_an_empty_path_may_be_left_out() {
    for claim in
        ["https://a.example:443/", "https://a.example:/", "https://a.example", "https://a.example:443"]
    {
        check_at(claim, "https://a.example/").unwrap();
    }
    check_at("http://a.example:80/x", "http://a.example/x").unwrap();
    for claim in ["https://a.example:0443/", "https://a.example:80/", "https://a.example:65979/"] {
        assert!(check_at(claim, "https://a.example/").is_err(), "{claim}");
    }
}

#[test]
fn p29_any_of_our_public_addresses_will_do_and_no_other() {
    let urls = [Htu::parse("https://one.example/x").unwrap(), Htu::parse("https://two.example/x").unwrap()];
    let check = |claim: &str| {
        let proof = Forge::new().claim("htu", claim).sign();
        let expect = Expect::new("POST", &urls, HeldBy::Anyone);
        Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW)
    };
    assert!(check("https://one.example/x").is_ok());
    assert!(check("https://two.example/x").is_ok());
    assert_eq!(
        check("https://evil.example/x").unwrap_err().expected().as_deref(),
        Some("https://one.example/x or https://two.example/x")
    );
    assert!(check("https://two.example/x").is_ok());
}

#[test]
fn p30_odd_hosts_have_one_form_or_none() {
    check_at("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/").unwrap();
    check_at("https://XN--BCHER-KVA.example/", "https://xn--bcher-kva.example/").unwrap();
    assert!(check_at("https://bücher.example/", "https://xn--bcher-kva.example/").is_err());
    check_at("https://[2001:DB8::1]/", "https://[2001:db8:0:0::1]/").unwrap();
    assert!(check_at("https://[2001:db8::2]/", "https://[2001:db8::1]/").is_err());
    assert!(check_at("https://a.example./", "https://a.example/").is_err());
    check_at("https://a.example/", "https://a.example/").unwrap();
}

/// RFC 9449 §4.3 (12).
#[test]
fn the_ath_names_the_very_token() {
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    let hash = TokenHash::of(token, &AwsLc);
    assert_eq!(hash.to_string(), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    let urls = [Htu::parse(URL).unwrap()];
    let check = |proof: &str| {
        let expect = Expect { token: Some(&hash), ..Expect::new("POST", &urls, HeldBy::Anyone) };
        Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(&expect, &AwsLc, NOW)
    };
    assert!(check(&Forge::new().claim("ath", hash.to_string()).sign()).is_ok());
    assert_eq!(check(&Forge::new().sign()).unwrap_err().code(), "proof.ath_missing");
    let other = TokenHash::of("other", &AwsLc).to_string();
    for wrong in [other, format!("{hash}="), String::new(), hash.to_string().to_lowercase()] {
        assert_eq!(check(&Forge::new().claim("ath", wrong).sign()).unwrap_err().code(), "proof.ath_mismatch");
    }
    assert!(check(&Forge::new().claim("ath", hash.to_string()).sign()).is_ok());
}

/// RFC 9449 §4.3 (12), §5, §10.
#[test]
fn a_proof_by_another_key_than_the_expected_one_is_refused() {
    let forge = Forge::new();
    let ours = Thumbprint::of(forge.key.public(), &AwsLc);
    let theirs = Thumbprint::of(Forge::new().key.public(), &AwsLc);
    let urls = [Htu::parse(URL).unwrap()];
    let check = |holder| {
        let proof = forge.sign();
        Proof::parse([proof.as_bytes()]).unwrap().unwrap().check(
            &Expect::new("POST", &urls, holder),
            &AwsLc,
            NOW,
        )
    };
    let why = check(HeldBy::Key(&theirs)).unwrap_err();
    assert_eq!(why, ProofError::KeyMismatch { expected: theirs, found: ours });
    let checked = check(HeldBy::Key(&ours)).unwrap();
    assert_eq!(checked.held_by(&theirs).unwrap_err().code(), "proof.key_mismatch");
    assert!(check(HeldBy::Anyone).unwrap().held_by(&ours).is_ok());
}

#[test]
fn p37_only_the_first_use_is_possession() {
    let proof = Forge::new().sign();
    let possession: Possession = check(&proof).unwrap().claimed(Claim::First).unwrap();
    assert!(possession.nonce_due());
    assert_eq!(check(&proof).unwrap().claimed(Claim::Again).unwrap_err(), ProofError::Replayed);
    assert_eq!(check(&proof).unwrap().claimed(Claim::Full).unwrap_err(), ProofError::MemoryFull);
}

/// RFC 9449 §11.1: nobody can use up another's `jti`, and one key's is the same at every URL.
#[test]
fn p38_p39_a_proof_is_remembered_by_its_key_and_its_jti() {
    let forge = Forge::new().claim("jti", "same");
    let key_of = |proof: &str| check_with(proof, NOW, |_| {}).unwrap().replay_key().0;
    let first = key_of(&forge.sign());
    assert_eq!(first, key_of(&forge.sign()));
    assert_ne!(first, key_of(&Forge::new().claim("jti", "same").sign()));
    let elsewhere = forge.claim("htu", format!("{URL}?x"));
    assert_eq!(first, key_of(&elsewhere.sign()));
    assert_ne!(first, key_of(&elsewhere.claim("jti", "other").sign()));
}

#[test]
fn p49_a_proof_made_for_one_endpoint_is_refused_at_another() {
    let at = |path: &str| format!("https://server.example.com{path}");
    let endpoints = ["/oauth/token", "/oauth/par", "/userinfo"];
    for made_for in endpoints {
        for sent_to in endpoints {
            let result = check_at(&at(made_for), &at(sent_to));
            assert_eq!(result.is_ok(), made_for == sent_to, "{made_for} at {sent_to}");
        }
    }
}
