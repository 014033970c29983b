//! Keys and algorithms that do not belong together, and keys that are none.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use keybound_crypto::{AwsLc, SigningKey};
use keybound_proto::{
    id::Kid,
    jose::{Alg, BadSignature, Digest as _, Jwk, KeyShape, Sign as _, Thumbprint, Verify as _},
};
use serde_json::json;

const MESSAGE: &[u8] = b"message";

fn each() -> Vec<SigningKey> {
    Alg::ALL.into_iter().map(|alg| SigningKey::generate(alg).unwrap()).collect()
}

#[test]
fn what_a_key_signs_its_public_half_verifies() {
    for key in each() {
        let signature = key.sign(MESSAGE).unwrap();
        let public = Jwk::parse(key.public().to_json().to_string().as_bytes()).unwrap();
        assert_eq!(&public, key.public());
        for _ in 0..2 {
            assert_eq!(AwsLc.verify(key.alg(), &public, MESSAGE, &signature), Ok(()));
            assert_eq!(AwsLc.verify(key.alg(), &public, b"messagf", &signature), Err(BadSignature));
        }
    }
}

/// RFC 7518 §3.4 and RFC 8032 §5.1.6: the length is part of the form. `conformance` P13.
#[test]
fn a_signature_that_is_cut_or_longer_or_of_another_key_is_refused() {
    for (key, other) in each().into_iter().zip(each()) {
        let signature = key.sign(MESSAGE).unwrap();
        let mut longer = signature.clone();
        longer.push(0);
        for bad in
            [&[][..], &signature[1..], &signature[..signature.len() - 1], &longer, &vec![0; signature.len()]]
        {
            assert_eq!(
                AwsLc.verify(key.alg(), key.public(), MESSAGE, bad),
                Err(BadSignature),
                "{}",
                key.alg()
            );
        }
        assert!(AwsLc.verify(key.alg(), other.public(), MESSAGE, &signature).is_err());
        for at in 0..signature.len() {
            let mut bent = signature.clone();
            bent[at] ^= 0x10;
            assert!(AwsLc.verify(key.alg(), key.public(), MESSAGE, &bent).is_err(), "{} {at}", key.alg());
        }
    }
}

/// SEC 1 §4.1.4: `r` and `s` lie in [1, n − 1].
#[test]
fn zero_and_the_order_of_the_curve_are_no_halves_of_a_signature() {
    const ORDER: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
        0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let signature = key.sign(MESSAGE).unwrap();
    let (r, s) = signature.split_at(32);
    for (r, s) in
        [(&[0; 32][..], s), (r, &[0; 32][..]), (&ORDER[..], s), (r, &ORDER[..]), (&[0; 32][..], &[0; 32][..])]
    {
        assert!(AwsLc.verify(Alg::Es256, key.public(), MESSAGE, &[r, s].concat()).is_err());
    }
}

/// RFC 8725 §3.1; `conformance` P14.
#[test]
fn an_algorithm_works_only_with_its_own_kind_of_key() {
    for key in each() {
        let signature = key.sign(MESSAGE).unwrap();
        for alg in Alg::ALL.into_iter().filter(|alg| *alg != key.alg()) {
            assert!(
                AwsLc.verify(alg, key.public(), MESSAGE, &signature).is_err(),
                "{alg} with {}",
                key.alg()
            );
        }
        assert!(AwsLc.verify(key.alg(), key.public(), MESSAGE, &signature).is_ok());
    }
}

#[test]
fn an_rsa_key_serves_both_its_algorithms_whichever_comes_first() {
    let key = SigningKey::generate(Alg::Rs256).unwrap();
    let pss = SigningKey::from_pkcs8(Alg::Ps256, key.to_pkcs8().unwrap().reveal()).unwrap();
    assert_eq!(key.public(), pss.public());
    for _ in 0..2 {
        assert!(AwsLc.verify(Alg::Rs256, key.public(), MESSAGE, &key.sign(MESSAGE).unwrap()).is_ok());
        assert!(AwsLc.verify(Alg::Ps256, key.public(), MESSAGE, &pss.sign(MESSAGE).unwrap()).is_ok());
        assert!(AwsLc.verify(Alg::Rs256, key.public(), MESSAGE, &pss.sign(MESSAGE).unwrap()).is_err());
    }
}

/// SEC 1 §3.2.2.1; `conformance` P16.
#[test]
fn a_point_off_its_curve_verifies_nothing() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let signature = key.sign(MESSAGE).unwrap();
    let KeyShape::P256 { x, y } = key.public().shape().clone() else { panic!("not P-256") };
    let mut off = y;
    off[31] ^= 1;
    for (x, y) in [(x, off), ([0; 32], [0; 32]), ([0xFF; 32], y), (y, x)] {
        let key = Jwk::new(KeyShape::P256 { x, y }).unwrap();
        for _ in 0..2 {
            assert_eq!(AwsLc.verify(Alg::Es256, &key, MESSAGE, &signature), Err(BadSignature));
        }
    }
    let mirrored = Jwk::new(KeyShape::P384 { x: [0; 48], y: [0; 48] }).unwrap();
    assert!(AwsLc.verify(Alg::Es384, &mirrored, MESSAGE, &[1; 96]).is_err());
}

/// With a key of small order and `S = 0` one signature would fit every message; conformance A2.
#[test]
fn keys_and_signatures_of_small_order_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert!(Jwk::new(KeyShape::Ed25519 { x: identity }).is_err());
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let universal = [identity, [0; 32]].concat();
    assert!(AwsLc.verify(Alg::EdDsa, key.public(), MESSAGE, &universal).is_err());
}

/// RFC 8032 §5.1.7: `S` below the order of the group, or one message has two signatures.
#[test]
fn an_edwards_signature_has_one_spelling() {
    const ORDER: [u8; 32] = [
        0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let key = SigningKey::generate(Alg::EdDsa).unwrap();
    let mut signature = key.sign(MESSAGE).unwrap();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert!(AwsLc.verify(Alg::EdDsa, key.public(), MESSAGE, &signature).is_err());
}

#[test]
fn pkcs8_comes_back_as_the_same_key_and_other_bytes_do_not() {
    for key in each() {
        let pkcs8 = key.to_pkcs8().unwrap();
        let again = SigningKey::from_pkcs8(key.alg(), pkcs8.reveal()).unwrap();
        assert_eq!(again.public(), key.public());
        let signature = again.sign(MESSAGE).unwrap();
        assert!(AwsLc.verify(key.alg(), key.public(), MESSAGE, &signature).is_ok());
        assert!(SigningKey::from_pkcs8(key.alg(), &pkcs8.reveal()[1..]).is_err());
        assert!(SigningKey::from_pkcs8(key.alg(), b"").is_err());
        let foreign = if key.alg() == Alg::Es256 { Alg::EdDsa } else { Alg::Es256 };
        assert!(SigningKey::from_pkcs8(foreign, pkcs8.reveal()).is_err());
    }
}

#[test]
fn a_signing_key_does_not_print_its_secret() {
    let key = SigningKey::generate(Alg::Es256).unwrap();
    let printed = format!("{key:?} {:?}", key.to_pkcs8().unwrap());
    assert!(printed.contains("SigningKey") && printed.ends_with('…') && !printed.contains("pair"));
}

#[test]
fn a_named_key_says_its_name_and_algorithm() {
    let bare = SigningKey::generate(Alg::Rs256).unwrap();
    assert!(bare.kid().is_none() && bare.public().to_json().get("alg").is_none());
    let thumbprint = Thumbprint::of(bare.public(), &AwsLc);
    let named = bare.named_by_thumbprint();
    assert_eq!(named.kid().unwrap().as_str(), thumbprint.to_string());
    let json = named.public().to_json();
    assert_eq!((&json["alg"], &json["use"]), (&json!("RS256"), &json!("sig")));
    assert!(!named.public().alg_allowed(Alg::Ps256));
    assert_eq!(named.with_kid(Kid::parse("k").unwrap()).kid().unwrap().as_str(), "k");
}

/// FIPS 180-2 appendix B.1 and RFC 4231 §4.2 with its key padded to ours.
#[test]
fn hashes_do_not_depend_on_how_the_message_is_cut() {
    let whole = AwsLc.sha256(&[b"abc"]);
    assert_eq!(whole[..4], [0xBA, 0x78, 0x16, 0xBF]);
    assert_eq!(AwsLc.sha256(&[b"a", b"", b"bc"]), whole);
    let long = vec![7; 3000];
    assert_eq!(AwsLc.sha256(&[&long]), AwsLc.sha256(&[&long[..511], &long[511..]]));
    assert_eq!(AwsLc.sha256(&[]), AwsLc.sha256(&[b""]));
    let mut key = [0; 32];
    key[..20].fill(0x0B);
    let tag = AwsLc.hmac_sha256(&key, &[b"Hi ", b"There"]);
    assert_eq!(tag[..4], [0xB0, 0x34, 0x4C, 0x61]);
    let long_tag = AwsLc.hmac_sha256(&key, &[&long]);
    assert_eq!(long_tag, AwsLc.hmac_sha256(&key, &[&long[..1], &long[1..]]));
}
