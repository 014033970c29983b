//! P14 to P17: which keys a proof may hold.

use keybound_crypto::SigningKey;
use keybound_proto::jose::{Alg, AlgSet, Sign, encode_base64url};
use serde_json::{Value, json};

use super::common::{Forge, NOW, accepted, check_with, refused};

#[test]
fn p14_the_algorithm_belongs_to_the_key() {
    for (alg, keys) in [
        (Alg::Es256, [Alg::Es384, Alg::EdDsa, Alg::Ps256]),
        (Alg::Es384, [Alg::Es256, Alg::EdDsa, Alg::Rs256]),
        (Alg::EdDsa, [Alg::Es256, Alg::Es384, Alg::Ps256]),
        (Alg::Ps256, [Alg::Es256, Alg::Es384, Alg::EdDsa]),
        (Alg::Rs256, [Alg::Es256, Alg::Es384, Alg::EdDsa]),
    ] {
        for key in keys {
            refused(&Forge::with(key).header("alg", alg.name()).sign(), "proof.alg_key_mismatch");
        }
    }
}

#[test]
fn p14_the_key_may_narrow_what_it_is_for() {
    let with = |name: &str, value: Value| {
        let mut forge = Forge::new();
        forge.header["jwk"][name] = value;
        forge.sign()
    };
    refused(&with("alg", json!("ES384")), "proof.alg_key_mismatch");
    refused(&with("alg", json!("none")), "proof.alg_key_mismatch");
    refused(&with("use", json!("enc")), "proof.alg_key_mismatch");
    refused(&with("key_ops", json!(["encrypt"])), "proof.alg_key_mismatch");
    refused(&with("key_ops", json!([])), "proof.alg_key_mismatch");
    for (name, value) in [
        ("alg", json!("ES256")),
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("ext", json!(true)),
        ("kid", json!("mine")),
    ] {
        accepted(&with(name, value));
    }
}

#[test]
fn p14_every_algorithm_can_be_switched_off() {
    for alg in Alg::ALL {
        let proof = Forge::with(alg).sign();
        let without = check_with(&proof, NOW, |expect| expect.algs = AlgSet::ALL.without(alg)).unwrap_err();
        assert_eq!(without.code(), "proof.alg_unsupported");
        assert_eq!(without.expected(), Some(AlgSet::ALL.without(alg).to_string()));
        assert!(check_with(&proof, NOW, |expect| expect.algs = AlgSet::of(&[alg])).is_ok());
    }
}

#[test]
fn p15_a_private_member_is_refused_even_when_it_is_empty() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for value in [json!("AQAB"), json!(""), Value::Null, json!(1), json!([])] {
            for alg in [Alg::Es256, Alg::EdDsa] {
                let mut forge = Forge::with(alg);
                forge.header["jwk"][name] = value.clone();
                refused(&forge.sign(), "proof.key_private");
            }
        }
    }
    let mut forge = Forge::with(Alg::Ps256);
    forge.header["jwk"]["d"] = json!("AQAB");
    refused(&forge.sign(), "proof.key_private");
}

/// Conformance A5.
#[test]
fn p16_a_key_has_one_form() {
    for jwk in [json!("x"), json!([]), Value::Null, json!(1)] {
        refused(&Forge::new().header("jwk", jwk).sign(), "proof.member_missing");
    }
    refused(&Forge::new().header("jwk", json!({})).sign(), "proof.key_refused");
    for alg in [Alg::Es256, Alg::Es384, Alg::EdDsa] {
        for name in ["kty", "crv", "x", "y"] {
            let mut forge = Forge::with(alg);
            if forge.header["jwk"].as_object_mut().unwrap().remove(name).is_some() {
                refused(&forge.sign(), "proof.key_refused");
            }
        }
    }
    let change = |name: &str, value: Value| {
        let mut forge = Forge::new();
        forge.header["jwk"][name] = value;
        forge.sign()
    };
    for (name, value) in [
        ("crv", json!("P-257")),
        ("crv", json!("secp256k1")),
        ("crv", json!("p-256")),
        ("kty", json!("ec")),
        ("x", json!("")),
        ("x", json!(encode_base64url([1; 31]))),
        ("x", json!(encode_base64url([1; 33]))),
        ("y", json!(encode_base64url([0; 64]))),
    ] {
        refused(&change(name, value), "proof.key_refused");
    }
    // A coordinate of 32 bytes with a leading zero has 32 bytes, not 31; what was sent is never mended.
    let mut forge = Forge::new();
    let x = forge.header["jwk"]["x"].as_str().unwrap().to_owned();
    forge.header["jwk"]["x"] = json!(format!("{x}="));
    refused(&forge.sign(), "proof.key_refused");
}

#[test]
fn p16_a_point_off_its_curve_is_refused() {
    let mut forge = Forge::new();
    forge.header["jwk"]["y"] = json!(encode_base64url([3; 32]));
    refused(&forge.sign(), "proof.signature_invalid");
    let mut infinity = Forge::new();
    infinity.header["jwk"]["x"] = json!(encode_base64url([0; 32]));
    infinity.header["jwk"]["y"] = json!(encode_base64url([0; 32]));
    refused(&infinity.sign(), "proof.signature_invalid");
    // The neutral element of the Edwards curve would accept anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut small = Forge::with(Alg::EdDsa);
    small.header["jwk"]["x"] = json!(encode_base64url(neutral));
    refused(&small.sign(), "proof.key_refused");
}

/// Conformance A5.
#[test]
fn p17_rsa_keys_are_neither_small_nor_endless_nor_odd() {
    let good = SigningKey::generate(Alg::Rs256).unwrap().public().to_json();
    let modulus = |bytes: usize, last: u8| {
        let mut n = vec![0xC5; bytes];
        *n.last_mut().unwrap() = last;
        encode_base64url(n)
    };
    let with = |n: Value, e: &str| {
        Forge::with(Alg::Rs256).header("jwk", json!({ "kty": "RSA", "n": n, "e": e })).sign()
    };
    let n = good["n"].clone();
    for bytes in [64, 128, 255, 1025] {
        refused(&with(json!(modulus(bytes, 0xC5)), "AQAB"), "proof.key_refused");
    }
    let mut short = vec![0xC5; 256];
    short[0] = 0x7F;
    refused(&with(json!(encode_base64url(short)), "AQAB"), "proof.key_refused");
    refused(&with(json!(modulus(256, 0xC4)), "AQAB"), "proof.key_refused");
    for e in [&[1_u8][..], &[2], &[1, 0, 0], &[1, 0, 0, 0, 0, 0, 0, 0, 1], &[0, 1, 0, 1], &[]] {
        refused(&with(n.clone(), &encode_base64url(e)), "proof.key_refused");
    }
    accepted(&Forge::with(Alg::Rs256).sign());
}
