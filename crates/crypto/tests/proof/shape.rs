//! P01 to P12, P18 to P20, P36, P40, P41, P44 to P48: what a proof looks like.

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    dpop::{Proof, ProofError},
    jose::{Alg, Sign, Thumbprint, encode_base64url},
};
use serde_json::{Value, json};

use super::common::{Forge, NOW, URL, accepted, check, refused};

#[test]
fn p01_a_fresh_proof_is_accepted_by_every_algorithm() {
    for alg in Alg::ALL {
        let forge = Forge::with(alg);
        let checked = check(&forge.sign()).unwrap();
        assert_eq!(*checked.thumbprint(), Thumbprint::of(forge.key.public(), &AwsLc));
    }
}

#[test]
fn p02_two_header_fields_are_refused() {
    let (one, two) = (Forge::new().sign(), Forge::new().sign());
    let parse = |headers: &[&str]| Proof::parse(headers.iter().map(|header| header.as_bytes()));
    assert_eq!(parse(&[&one, &two]).unwrap_err(), ProofError::Several);
    assert_eq!(parse(&[&one, &one]).unwrap_err(), ProofError::Several);
    assert_eq!(parse(&[&one, ""]).unwrap_err(), ProofError::Several);
    assert!(parse(&[&one]).unwrap().is_some());
    assert!(parse(&[]).unwrap().is_none());
}

#[test]
fn p03_two_proofs_in_one_field_are_refused() {
    let (one, two) = (Forge::new().sign(), Forge::new().sign());
    for joined in [format!("{one}, {two}"), format!("{one},{two}"), format!("{one},"), format!("{one}, x")] {
        refused(&joined, "proof.several");
    }
    refused(&format!("{one} {two}"), "proof.malformed");
}

#[test]
fn p04_anything_but_a_compact_jws_is_refused() {
    let good = Forge::new().sign();
    for bad in ["abc", "a.b", "a.b.c.d", "a.b.c.d.e", "."] {
        refused(bad, "proof.malformed");
    }
    for bad in [format!("\"{good}\""), format!("\t{good}"), format!("{good}\t"), format!("{good}.")] {
        refused(&bad, "proof.malformed");
    }
    refused(&good.replacen('.', ".\t", 1), "proof.malformed");
    refused("..", "proof.header_malformed");
    refused(r#"{"payload":"e30"}"#, "proof.malformed");
    refused(r#"{"payload":"e30","signatures":[]}"#, "proof.several");
}

#[test]
fn p05_an_empty_field_is_refused_and_not_overlooked() {
    for empty in ["", " ", "\t "] {
        assert_eq!(Proof::parse([empty.as_bytes()]).unwrap_err(), ProofError::Empty);
        refused(empty, "proof.empty");
    }
}

#[test]
fn p07_every_required_member_is_required() {
    for name in ["typ", "alg", "jwk", "jti", "htm", "htu", "iat"] {
        let why = check(&Forge::new().without(name).sign()).unwrap_err();
        assert_eq!(why, ProofError::MissingMember { name }, "{name}");
        assert_eq!(why.expected().as_deref(), Some(name));
        refused(&Forge::new().without(name).sign(), "proof.member_missing");
    }
}

#[test]
fn p08_another_typ_is_refused() {
    for typ in ["JWT", "at+jwt", "dpop+jwt+x", "dpop", "", "dpop+jwt;x=1"] {
        refused(&Forge::new().header("typ", typ).sign(), "proof.typ_mismatch");
    }
    for typ in [json!(1), json!(["dpop+jwt"]), Value::Null, json!({})] {
        refused(&Forge::new().header("typ", typ).sign(), "proof.typ_mismatch");
    }
}

/// RFC 7515 §4.1.9.
#[test]
fn p09_typ_is_compared_as_a_media_type() {
    for typ in ["DPoP+JWT", "application/dpop+jwt", "Application/DPOP+jwt"] {
        accepted(&Forge::new().header("typ", typ).sign());
    }
}

#[test]
fn p10_alg_none_is_refused_in_every_spelling_and_with_every_signature() {
    let copied = Forge::new().sign();
    let copied = copied.rsplit_once('.').unwrap().1;
    for name in ["none", "None", "nOnE", "NONE", ""] {
        let forge = Forge::new().header("alg", name);
        let signed = forge.sign();
        let body = signed.rsplit_once('.').unwrap().0;
        refused(&signed, "proof.alg_unsupported");
        refused(&format!("{body}."), "proof.alg_unsupported");
        refused(&format!("{body}.AAAA"), "proof.alg_unsupported");
        refused(&format!("{body}.{copied}"), "proof.alg_unsupported");
    }
}

#[test]
fn p11_symmetric_algorithms_are_refused_whatever_the_key_is() {
    use keybound_proto::jose::Digest;
    for name in ["HS256", "HS384", "HS512"] {
        refused(&Forge::new().header("alg", name).sign(), "proof.alg_unsupported");
        let secret = json!({ "kty": "oct", "k": encode_base64url([7; 32]) });
        refused(&Forge::new().header("alg", name).header("jwk", secret).sign(), "proof.alg_unsupported");
    }
    let secret = json!({ "kty": "oct", "k": encode_base64url([7; 32]) });
    refused(&Forge::new().header("jwk", secret).sign(), "proof.key_private");
    // An HMAC keyed with something public: its SHA-256 here stands for every text of the key.
    let forge = Forge::new().header("alg", "HS256");
    let body = format!(
        "{}.{}",
        encode_base64url(forge.header.to_string()),
        encode_base64url(forge.claims.to_string())
    );
    let public = AwsLc.sha256(&[forge.key.public().to_json().to_string().as_bytes()]);
    let mac = AwsLc.hmac_sha256(&public, &[body.as_bytes()]);
    refused(&format!("{body}.{}", encode_base64url(mac)), "proof.alg_unsupported");
}

#[test]
fn p12_asymmetric_algorithms_we_do_not_offer_are_refused() {
    for name in ["ES256K", "RS1", "ES521", "ES512", "ECDH-ES", "RSA-OAEP", "es256", "RS384", "ES256 "] {
        refused(&Forge::new().header("alg", name).sign(), "proof.alg_unsupported");
    }
    let why = check(&Forge::new().header("alg", "ES256K").sign()).unwrap_err();
    assert_eq!(why.found().as_deref(), Some("ES256K"));
    assert_eq!(why.expected().as_deref(), Some("ES256 ES384 EdDSA Ed25519 PS256 RS256"));
}

/// RFC 9864: `Ed25519` names what `EdDSA` means with such a key.
#[test]
fn p12_ed25519_is_accepted_under_both_of_its_names() {
    accepted(&Forge::with(Alg::EdDsa).header("alg", "Ed25519").sign());
    accepted(&Forge::with(Alg::EdDsa).sign());
}

#[test]
fn p18_the_key_comes_from_jwk_alone() {
    let other = SigningKey::generate(Alg::Es256).unwrap();
    let decoys = Forge::new()
        .header("kid", "../../etc/passwd")
        .header("jku", "https://attacker.invalid/jwks")
        .header("x5u", "https://attacker.invalid/cert")
        .header("x5c", json!([encode_base64url("not a certificate")]))
        .header("x5t", "AAAA");
    let checked = check(&decoys.sign()).unwrap();
    assert_eq!(*checked.thumbprint(), Thumbprint::of(decoys.key.public(), &AwsLc));
    refused(&decoys.header("jwk", other.public().to_json()).sign(), "proof.signature_invalid");
}

/// RFC 7515 §4.1.11.
#[test]
fn p19_crit_is_refused_in_the_header_and_ignored_in_the_payload() {
    for crit in [json!(["exp"]), json!([]), json!(["alg"]), json!("x"), Value::Null] {
        refused(&Forge::new().header("crit", crit).sign(), "proof.crit_unsupported");
    }
    accepted(&Forge::new().claim("crit", json!(["exp"])).sign());
}

/// RFC 7797.
#[test]
fn p20_an_unencoded_payload_is_refused() {
    refused(
        &Forge::new().header("b64", false).header("crit", json!(["b64"])).sign(),
        "proof.crit_unsupported",
    );
    refused(&Forge::new().header("b64", false).sign(), "proof.crit_unsupported");
    refused(&Forge::new().header("zip", "DEF").sign(), "proof.crit_unsupported");
}

#[test]
fn p36_what_we_do_not_know_is_ignored() {
    let large = "x".repeat(1500);
    let nested = json!({ "a": [{ "b": [1, 2, { "c": null }] }], "large": large });
    accepted(&Forge::new().header("x-new", nested.clone()).claim("x-new", nested).claim("iss", 7).sign());
}

#[test]
fn p40_a_jti_has_at_most_256_bytes_and_is_kept_as_a_hash() {
    accepted(&Forge::new().claim("jti", "a".repeat(256)).sign());
    for length in [257, 4096] {
        refused(&Forge::new().claim("jti", "a".repeat(length)).sign(), "proof.jti_refused");
    }
    refused(&Forge::new().claim("jti", "a".repeat(7 * 1024)).sign(), "proof.too_long");
    let (key, _) = check(&Forge::new().claim("jti", "a".repeat(256)).sign()).unwrap().replay_key();
    assert_eq!(key.as_bytes().len(), 32);
}

#[test]
fn p41_a_jti_that_is_no_identifier_is_refused() {
    for jti in [json!(7), json!({}), json!([]), Value::Null, json!(true)] {
        refused(&Forge::new().claim("jti", jti).sign(), "proof.member_missing");
    }
    for jti in ["", "a\nb", "a\u{202E}b", "\u{200F}a", "a\u{7F}"] {
        refused(&Forge::new().claim("jti", jti).sign(), "proof.jti_refused");
    }
    let payload = |jti: &str| {
        Forge::new()
            .sign_payload(format!(r#"{{"jti":{jti},"htm":"POST","htu":"{URL}","iat":{}}}"#, NOW.as_unix()))
    };
    for jti in [r#""a\u0000b""#, r#""a\ud800""#, r#""\udc00a""#, "\"a\0b\""] {
        refused(&payload(jti), "proof.claims_malformed");
    }
    accepted(&payload(r#""a\u0062c""#));
}

/// RFC 8259 §4 leaves it open which of two equal names counts; we leave nothing open.
#[test]
fn p44_duplicated_members_are_refused() {
    let forge = Forge::new();
    let iat = NOW.as_unix();
    for twice in [
        format!(r#"{{"jti":"a","htm":"POST","htu":"{URL}","htu":"https://evil.example/","iat":{iat}}}"#),
        format!(r#"{{"jti":"a","htm":"POST","htu":"https://evil.example/","htu":"{URL}","iat":{iat}}}"#),
        format!(r#"{{"jti":"a","htm":"POST","htu":"{URL}","h\u0074u":"{URL}","iat":{iat}}}"#),
        format!(r#"{{"jti":"a","htm":"POST","htu":"{URL}","iat":{iat},"x":{{"y":1,"y":2}}}}"#),
    ] {
        refused(&forge.sign_payload(twice), "proof.claims_malformed");
    }
    let jwk = forge.key.public().to_json();
    let members = jwk.to_string();
    let members = &members[1..members.len() - 1];
    for twice in [
        format!(r#"{{"typ":"dpop+jwt","alg":"ES256","alg":"none","jwk":{jwk}}}"#),
        format!(r#"{{"typ":"dpop+jwt","alg":"none","a\u006cg":"ES256","jwk":{jwk}}}"#),
        format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{{{members},"crv":"P-256"}}}}"#),
        format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{jwk},"jwk":{jwk}}}"#),
    ] {
        refused(&forge.sign_header(&twice), "proof.header_malformed");
    }
    accepted(&forge.sign_header(&format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{jwk}}}"#)));
}

/// RFC 7515 §2.
#[test]
fn p45_base64url_has_one_spelling() {
    let good = Forge::new().sign();
    let parts: Vec<&str> = good.split('.').collect();
    for index in 0..3 {
        for spoil in ["=", "==", "+", "/", " ", "\n", "\r\n", "é"] {
            let mut spoilt: Vec<String> = parts.iter().map(ToString::to_string).collect();
            spoilt[index].push_str(spoil);
            refused(&spoilt.join("."), "proof.malformed");
        }
    }
    // 64 bytes of signature leave four bits in the last character, which must be zero.
    let last = good.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let stray = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    refused(&format!("{}{stray}", &good[..good.len() - 1]), "proof.malformed");
    accepted(&good);
}

#[test]
fn p46_the_payload_is_one_json_object() {
    let forge = Forge::new();
    let good = forge.claims.to_string();
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let many = (0..600).map(|n| format!(r#""a{n}":0"#)).collect::<Vec<_>>().join(",");
    for bad in [
        "[]".to_owned(),
        "\"x\"".to_owned(),
        "null".to_owned(),
        "1".to_owned(),
        String::new(),
        " ".to_owned(),
        format!("\u{FEFF}{good}"),
        format!("{good}x"),
        format!("{good}{good}"),
        format!("{good}\0"),
        good.replace(':', "=").clone(),
        good.replace('"', "'"),
        format!("{},}}", &good[..good.len() - 1]),
        format!(r#"{},"deep":{deep}}}"#, &good[..good.len() - 1]),
    ] {
        refused(&forge.sign_payload(bad), "proof.claims_malformed");
    }
    let mut latin = good.clone().into_bytes();
    let at = good.find("jti-").unwrap();
    latin[at] = 0xE9;
    refused(&forge.sign_payload(latin), "proof.claims_malformed");
    accepted(&forge.sign_payload(format!(" \r\n\t{good} ")));
    // As many members as fit are read: there is nothing in them to wait for.
    let crowded = forge.sign_payload(format!("{},{many}}}", &good[..good.len() - 1]));
    assert!(crowded.len() <= keybound_proto::dpop::LIMIT, "{}", crowded.len());
    accepted(&crowded);
    let twice = forge.sign_payload(format!("{},{many},\"a599\":1}}", &good[..good.len() - 1]));
    refused(&twice, "proof.claims_malformed");
}

#[test]
fn p46_a_hundred_thousand_members_or_levels_cost_nothing() {
    let forge = Forge::new();
    let many = (0..100_000).map(|n| format!(r#""a{n}":0"#)).collect::<Vec<_>>().join(",");
    let proof = forge.sign_payload(format!("{{{many}}}"));
    let deep = forge.sign_payload(format!("{{\"a\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)));
    let started = std::time::Instant::now();
    assert_eq!(check(&proof).unwrap_err().code(), "proof.too_long");
    assert_eq!(check(&deep).unwrap_err().code(), "proof.too_long");
    assert!(started.elapsed().as_millis() < 50);
}

#[test]
fn p47_more_than_8_kib_is_refused_unread() {
    let forge = Forge::new();
    let room = 8 * 1024 - forge.sign().len();
    let fitting = Forge::new().claim("x", "a".repeat(room / 4 * 3 - 60)).sign();
    assert!(fitting.len() <= 8 * 1024 && fitting.len() > 8 * 1024 - 200, "{}", fitting.len());
    accepted(&fitting);
    let why = check(&forge.claim("x", "a".repeat(8 * 1024)).sign()).unwrap_err();
    assert!(matches!(why, ProofError::TooLong { .. }));
    refused(&"a".repeat(8 * 1024 + 1), "proof.too_long");
    refused(&"a".repeat(8 * 1024), "proof.malformed");
}

#[test]
fn p48_other_tokens_are_no_proofs_and_a_proof_is_no_token() {
    use keybound_proto::{
        jose::{Unverified, mint},
        token::access::AccessClaims,
    };
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let claims = json!({
        "iss": "https://server.example.com/", "sub": "alice", "aud": "client", "iat": NOW.as_unix(),
        "exp": NOW.as_unix() + 60, "jti": "x", "htm": "POST", "htu": URL,
    });
    for typ in ["JWT", "at+jwt", "logout+jwt", "oauth-authz-req+jwt", "token-introspection+jwt"] {
        let token = mint(typ, &claims, &key).unwrap();
        refused(&token, "proof.typ_mismatch");
    }
    let proof = Forge::new()
        .claim("iss", "https://server.example.com/")
        .claim("sub", "alice")
        .claim("aud", "api")
        .claim("azp", "client")
        .claim("exp", NOW.as_unix() + 60)
        .sign();
    accepted(&proof);
    let read = Unverified::parse(proof.as_bytes()).unwrap();
    assert!(AccessClaims::read(Some("dpop+jwt"), read.unbelieved()).is_err());
}
