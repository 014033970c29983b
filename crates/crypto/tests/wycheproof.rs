//! Project Wycheproof's vectors through the very path a proof takes: a JWK as JSON, then `Verify`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use keybound_crypto::AwsLc;
use keybound_proto::jose::{Alg, Jwk, Verify as _, encode_base64url};
use serde_json::{Value, json};
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

/// How many vectors were accepted and refused.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
}

impl Tally {
    fn judge(&mut self, what: (usize, &str), wanted: TestResult, outcome: bool) {
        match wanted {
            TestResult::Valid => assert!(outcome, "refused a valid signature: {what:?}"),
            TestResult::Invalid => assert!(!outcome, "accepted an invalid signature: {what:?}"),
            TestResult::Acceptable => {}
        }
        if outcome {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }
}

fn verifies(alg: Alg, key: Option<&Jwk>, message: &[u8], signature: &[u8]) -> bool {
    key.is_some_and(|key| AwsLc.verify(alg, key, message, signature).is_ok())
}

fn key(json: &Value) -> Option<Jwk> {
    Jwk::parse(json.to_string().as_bytes()).ok()
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}

fn ecdsa_set(name: ecdsa::TestName, alg: Alg, curve: &str, length: usize) -> Tally {
    let mut tally = Tally::default();
    for group in ecdsa::TestSet::load(name).unwrap().test_groups {
        let point = group.key.key;
        assert_eq!((point[0], point.len()), (4, 1 + 2 * length));
        let (x, y) = point[1..].split_at(length);
        let key =
            key(&json!({ "kty": "EC", "crv": curve, "x": encode_base64url(x), "y": encode_base64url(y) }));
        for test in group.tests {
            let outcome = verifies(alg, key.as_ref(), &test.msg, &test.sig);
            tally.judge((test.tc_id, &test.comment), test.result, outcome);
        }
    }
    tally
}

#[test]
fn es256_as_jose_writes_it() {
    let tally = ecdsa_set(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, Alg::Es256, "P-256", 32);
    assert!(tally.accepted > 100 && tally.refused > 80, "{} {}", tally.accepted, tally.refused);
}

#[test]
fn es384_as_jose_writes_it() {
    let tally = ecdsa_set(ecdsa::TestName::EcdsaSecp384r1Sha384P1363, Alg::Es384, "P-384", 48);
    assert!(tally.accepted > 100 && tally.refused > 80, "{} {}", tally.accepted, tally.refused);
}

/// RFC 7518 §3.4: the form is `R ‖ S`; DER is refused, whatever it holds; conformance A2.
#[test]
fn der_signatures_are_never_accepted() {
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let (x, y) = group.key.key[1..].split_at(32);
        let key =
            key(&json!({ "kty": "EC", "crv": "P-256", "x": encode_base64url(x), "y": encode_base64url(y) }));
        for test in group.tests {
            assert!(!verifies(Alg::Es256, key.as_ref(), &test.msg, &test.sig), "{}", test.tc_id);
        }
    }
}

/// Conformance A2.
#[test]
fn ed25519() {
    let mut tally = Tally::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = key(&json!({ "kty": "OKP", "crv": "Ed25519", "x": encode_base64url(&*group.key.pk) }));
        for test in group.tests {
            let outcome = verifies(Alg::EdDsa, key.as_ref(), &test.msg, &test.sig);
            tally.judge((test.tc_id, &test.comment), test.result, outcome);
        }
    }
    assert!(tally.accepted > 50 && tally.refused > 50, "{} {}", tally.accepted, tally.refused);
}

/// Conformance A2.
#[test]
fn rs256_with_strict_padding() {
    let mut tally = Tally::default();
    for name in [rsa_pkcs1_verify::TestName::Rsa2048Sha256, rsa_pkcs1_verify::TestName::Rsa4096Sha256] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa(&group.key.n, &group.key.e);
            for test in group.tests {
                let outcome = verifies(Alg::Rs256, key.as_ref(), &test.msg, &test.sig);
                tally.judge((test.tc_id, &test.comment), test.result, outcome);
            }
        }
    }
    assert!(tally.refused > 200, "{} {}", tally.accepted, tally.refused);
}

#[test]
fn ps256_with_a_salt_of_32_bytes() {
    let mut tally = Tally::default();
    for name in [
        rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen32,
        rsa_pss_verify::TestName::RsaPss4096Sha256Mgf1SaltLen32,
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa(&group.key.n, &group.key.e);
            for test in group.tests {
                let outcome = verifies(Alg::Ps256, key.as_ref(), &test.msg, &test.sig);
                tally.judge((test.tc_id, &test.comment), test.result, outcome);
            }
        }
    }
    assert!(tally.accepted > 50 && tally.refused > 50, "{} {}", tally.accepted, tally.refused);
}

/// RFC 7518 §3.5: the salt has the length of the hash; a signature with another salt is refused; conformance A2.
#[test]
fn ps256_refuses_another_salt() {
    for group in rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPss2048Sha256Mgf1SaltLen0)
        .unwrap()
        .test_groups
    {
        let key = rsa(&group.key.n, &group.key.e);
        assert!(key.is_some());
        for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
            assert!(!verifies(Alg::Ps256, key.as_ref(), &test.msg, &test.sig), "{}", test.tc_id);
        }
    }
}

fn rsa(n: &[u8], e: &[u8]) -> Option<Jwk> {
    let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
    key(&json!({ "kty": "RSA", "n": encode_base64url(n), "e": encode_base64url(e) }))
}
