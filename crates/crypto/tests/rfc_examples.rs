//! The examples of the documents, read from files and put through the path every message takes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use keybound_crypto::AwsLc;
use keybound_proto::{
    jose::{
        Alg, AlgSet, Compact, Digest as _, Header, Jwk, Thumbprint, Unverified, Verify as _,
        encode_base64url, is_media_type,
    },
    pkce::{CodeChallenge, CodeVerifier},
};
use serde_json::Value;

const DPOP: &str = include_str!("../../proto/tests/vectors/rfc9449.json");
const PKCE: &str = include_str!("../../proto/tests/vectors/pkce.json");
const SIGNATURES: &str = include_str!("../../proto/tests/vectors/signatures.json");
const THUMBPRINTS: &str = include_str!("../../proto/tests/vectors/thumbprints.json");

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn key(value: &Value) -> Jwk {
    Jwk::parse(value.to_string().as_bytes()).unwrap()
}

fn joined(lines: &Value) -> String {
    lines.as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

/// RFC 7638 §3.1, RFC 8037 appendix A.3, RFC 9449 §6.1; conformance AS09 and A5.
#[test]
fn thumbprints_are_those_of_the_documents() {
    for vector in vectors(THUMBPRINTS).as_array().unwrap() {
        let found = Thumbprint::of(&key(&vector["key"]), &AwsLc).to_string();
        assert_eq!(found, vector["thumbprint"].as_str().unwrap(), "{}", vector["document"]);
    }
}

/// RFC 7638 §3.2: members that are not required do not change the thumbprint; conformance A5.
#[test]
fn optional_members_do_not_change_a_thumbprint() {
    for vector in vectors(THUMBPRINTS).as_array().unwrap() {
        let mut bare = vector["key"].clone();
        for name in ["alg", "kid", "use", "key_ops"] {
            bare.as_object_mut().unwrap().remove(name);
        }
        let mut dressed = bare.clone();
        for (name, value) in [("kid", "another"), ("use", "sig"), ("x5t", "AA"), ("nonsense", "x")] {
            dressed[name] = value.into();
        }
        assert_eq!(Thumbprint::of(&key(&bare), &AwsLc), Thumbprint::of(&key(&dressed), &AwsLc));
    }
}

/// RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.4.
#[test]
fn signatures_of_the_documents_verify_and_bent_ones_do_not() {
    for vector in vectors(SIGNATURES).as_array().unwrap() {
        let (key, text) = (key(&vector["key"]), vector["message"].as_str().unwrap());
        let compact = Compact::parse(text.as_bytes(), 2048).unwrap();
        let bytes = compact.header().unwrap();
        let alg = Header::read(&bytes).unwrap().alg();
        assert_eq!(alg, Alg::parse(vector["alg"].as_str().unwrap()).unwrap());
        let mut signature = compact.signature().unwrap();
        assert_eq!(AwsLc.verify(alg, &key, compact.signed(), &signature), Ok(()), "{}", vector["document"]);
        for at in [0, signature.len() / 2, signature.len() - 1] {
            signature[at] ^= 1;
            assert!(AwsLc.verify(alg, &key, compact.signed(), &signature).is_err());
            signature[at] ^= 1;
        }
        assert!(AwsLc.verify(alg, &key, b"another message", &signature).is_err());
    }
}

/// RFC 9449 §4.1, §5 and §7.1.
#[test]
fn the_proofs_of_rfc_9449_verify_with_the_key_they_carry() {
    let vectors = vectors(DPOP);
    for proof in vectors["proofs"].as_array().unwrap() {
        let text = joined(&proof["lines"]);
        let compact = Compact::parse(text.as_bytes(), 8192).unwrap();
        let bytes = compact.header().unwrap();
        let header = Header::read(&bytes).unwrap();
        assert!(is_media_type(header.typ().unwrap().unwrap(), "dpop+jwt"));
        let key = header.jwk().unwrap().unwrap();
        assert_eq!(Thumbprint::of(&key, &AwsLc).to_string(), vectors["thumbprint"].as_str().unwrap());
        AwsLc.verify(header.alg(), &key, compact.signed(), &compact.signature().unwrap()).unwrap();
        let verified =
            Unverified::parse(text.as_bytes()).unwrap().verify(&AwsLc, &key, AlgSet::ES256).unwrap();
        let claims = verified.claims();
        assert_eq!(claims.text("htm"), proof["method"].as_str());
        assert_eq!(claims.text("htu"), proof["url"].as_str());
        assert_eq!(claims.issued().unwrap().as_unix(), proof["issued"].as_i64().unwrap());
    }
}

/// RFC 9449 §4.2 and §6.1.
#[test]
fn the_token_hash_and_the_confirmation_are_those_of_rfc_9449() {
    let vectors = vectors(DPOP);
    let hash = AwsLc.sha256(&[vectors["token"].as_str().unwrap().as_bytes()]);
    assert_eq!(encode_base64url(hash), vectors["token_hash"].as_str().unwrap());
    let text = joined(&vectors["bound_token"]);
    let token = Unverified::parse(text.as_bytes()).unwrap();
    assert_eq!(token.kid().unwrap().as_str(), "BeALkb");
    let confirmation = token.unbelieved().claim("cnf").unwrap().as_object().unwrap();
    assert_eq!(confirmation.string("jkt").unwrap(), vectors["thumbprint"].as_str());
}

/// RFC 7636 §4.2, §4.6 and appendix B, on the path that `/authorize` and `/oauth/token` take; conformance A4.
#[test]
fn the_challenge_of_rfc_7636_fits_its_verifier_and_no_neighbour_does() {
    for vector in vectors(PKCE).as_array().unwrap() {
        let verifier = CodeVerifier::parse(vector["verifier"].as_str().unwrap()).unwrap();
        let text = vector["challenge"].as_str().unwrap();
        let challenge = CodeChallenge::parse(text, Some("S256")).unwrap();
        assert_eq!(verifier.challenge(&AwsLc), challenge, "{}", vector["document"]);
        assert_eq!(challenge.to_text(), text);
        assert!(challenge.matches(&verifier, &AwsLc));
        for at in [0, 21, 42] {
            let mut other = verifier.reveal().as_bytes().to_vec();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = CodeVerifier::parse(std::str::from_utf8(&other).unwrap()).unwrap();
            assert!(!challenge.matches(&other, &AwsLc), "{at}");
        }
    }
}
