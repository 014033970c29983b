//! JWKs that are read, and the many that are refused (RFC 7517, RFC 7518 §6, RFC 8037 §2).

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use keybound_proto::jose::{Alg, AlgSet, Jwk, JwkError, KeySet, KeySetError, KeyShape, encode_base64url};
use serde_json::{Value, json};

fn read(key: &Value) -> Result<Jwk, JwkError> {
    Jwk::parse(key.to_string().as_bytes())
}

fn ec() -> Value {
    json!({ "kty": "EC", "crv": "P-256", "x": encode_base64url([1; 32]), "y": encode_base64url([2; 32]) })
}

fn edwards() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

fn modulus(bytes: usize) -> Vec<u8> {
    let mut n: Vec<u8> = (0..bytes).map(|i| u8::try_from(i * 89 % 256).unwrap()).collect();
    n[0] = 0xC1;
    n[bytes - 1] |= 1;
    n
}

fn rsa() -> Value {
    json!({ "kty": "RSA", "n": encode_base64url(modulus(256)), "e": "AQAB" })
}

fn with(mut key: Value, name: &str, value: impl Into<Value>) -> Value {
    key[name] = value.into();
    key
}

#[test]
fn each_kind_is_read_and_written_back() {
    let p384 = json!({ "kty": "EC", "crv": "P-384", "x": encode_base64url([1; 48]), "y": encode_base64url([2; 48]) });
    for (json, algs) in [
        (ec(), AlgSet::of(&[Alg::Es256])),
        (p384, AlgSet::of(&[Alg::Es384])),
        (edwards(), AlgSet::of(&[Alg::EdDsa])),
        (rsa(), AlgSet::of(&[Alg::Ps256, Alg::Rs256])),
    ] {
        let key = read(&json).unwrap();
        assert_eq!(key.allowed(), algs);
        assert_eq!(key.to_json(), json);
    }
}

/// RFC 9449 §4.3 (7); `conformance` P15.
#[test]
fn every_private_member_is_refused_in_every_kind_of_key_even_when_empty_or_null() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
        for value in [json!("AQAB"), json!(""), Value::Null, json!([]), json!(7)] {
            for key in [ec(), edwards(), rsa()] {
                assert_eq!(read(&with(key, name, value.clone())), Err(JwkError::PrivateMember { name }));
            }
        }
    }
    let escaped = ec().to_string().replacen('{', r#"{"\u0064":"","#, 1);
    assert_eq!(Jwk::parse(escaped.as_bytes()), Err(JwkError::PrivateMember { name: "d" }));
}

/// `conformance` P11 and P16.
#[test]
fn other_kinds_of_key_and_other_curves_are_refused() {
    let kind = |found: &str| Err(JwkError::KeyType { found: found.into() });
    assert_eq!(read(&json!({ "kty": "oct" })), kind("oct"));
    assert_eq!(read(&with(ec(), "kty", "ec")), kind("ec"));
    assert_eq!(read(&with(ec(), "kty", "EC2")), kind("EC2"));
    assert_eq!(read(&json!({})), Err(JwkError::Missing { name: "kty" }));
    assert!(matches!(read(&with(ec(), "kty", 1)), Err(JwkError::Member(_))));
    for curve in ["secp256k1", "P-521", "P-192", "p-256", "Ed25519", ""] {
        assert_eq!(read(&with(ec(), "crv", curve)), Err(JwkError::Curve { found: curve.into() }));
    }
    for curve in ["Ed448", "X25519", "P-256"] {
        assert_eq!(read(&with(edwards(), "crv", curve)), Err(JwkError::Curve { found: curve.into() }));
    }
    for text in ["\"EC\"", "[]", "null", "", "{", "{\"kty\":\"EC\",\"kty\":\"EC\"}"] {
        assert!(matches!(Jwk::parse(text.as_bytes()), Err(JwkError::Json(_))), "{text}");
    }
}

/// RFC 7518 §6.2.1.2: a coordinate has the full length; RFC 8037 §2; `conformance` P16.
#[test]
fn a_coordinate_has_one_length_and_one_spelling() {
    let good = encode_base64url([1; 32]);
    for name in ["x", "y"] {
        for bad in [
            String::new(),
            encode_base64url([1; 31]),
            encode_base64url([1; 33]),
            encode_base64url([1; 48]),
            format!("{good}="),
            format!("{good} "),
            good.replacen('A', "+", 1),
            format!("{}F", &good[..42]),
            good.replacen('A', "é", 1),
        ] {
            assert_eq!(read(&with(ec(), name, bad.clone())), Err(JwkError::Coordinate { name }), "{bad}");
        }
        let mut missing = ec();
        missing.as_object_mut().unwrap().remove(name);
        assert_eq!(read(&missing), Err(JwkError::Missing { name }));
    }
    assert_eq!(
        read(&with(edwards(), "x", encode_base64url([1; 31]))),
        Err(JwkError::Coordinate { name: "x" })
    );
}

/// RFC 8032 §5.1.3; small order lets one signature fit every message.
#[test]
fn weak_edwards_points_are_refused() {
    let mut one = [0; 32];
    one[0] = 1;
    for weak in [[0; 32], one, [0xFF; 32]] {
        assert_eq!(read(&with(edwards(), "x", encode_base64url(weak))), Err(JwkError::EdwardsPoint));
    }
}

/// `conformance` P17.
#[test]
fn an_rsa_modulus_has_2048_to_8192_bits_and_is_odd() {
    let sized = |n: Vec<u8>| read(&with(rsa(), "n", encode_base64url(n)));
    for bytes in [256, 384, 512, 1024] {
        assert!(sized(modulus(bytes)).is_ok(), "{bytes}");
    }
    for bytes in [64, 128, 255] {
        assert_eq!(sized(modulus(bytes)), Err(JwkError::RsaSize { bits: bytes * 8 }));
    }
    let mut short = modulus(256);
    short[0] = 0x41;
    assert_eq!(sized(short), Err(JwkError::RsaSize { bits: 2047 }));
    assert!(matches!(sized(modulus(1025)), Err(JwkError::RsaSize { .. })));
    assert!(matches!(sized(modulus(5000)), Err(JwkError::RsaSize { .. })));
    let mut even = modulus(256);
    even[255] &= 0xFE;
    assert_eq!(sized(even), Err(JwkError::RsaModulus));
    assert_eq!(sized(Vec::new()), Err(JwkError::RsaModulus));
}

/// `conformance` P17.
#[test]
fn an_rsa_exponent_is_odd_and_at_least_3_and_fits_64_bits() {
    let exponent = |e: &[u8]| read(&with(rsa(), "e", encode_base64url(e)));
    for good in [&[3][..], &[1, 0, 1], &[0xFF; 8]] {
        assert!(exponent(good).is_ok(), "{good:?}");
    }
    for bad in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[0xFF; 9], &[1, 0, 0, 0, 0, 0, 0, 0, 1]] {
        assert_eq!(exponent(bad), Err(JwkError::RsaExponent), "{bad:?}");
    }
}

/// RFC 7518 §2 (Base64urlUInt): the shortest form. A second spelling would be a second thumbprint.
#[test]
fn a_second_spelling_of_the_same_rsa_key_is_refused_and_not_made_the_first() {
    let leading = [&[0][..], &modulus(256)].concat();
    assert_eq!(read(&with(rsa(), "n", encode_base64url(leading))), Err(JwkError::RsaModulus));
    assert_eq!(read(&with(rsa(), "e", "AAEAAQ")), Err(JwkError::RsaExponent));
    assert_eq!(read(&with(rsa(), "e", "AQAB=")), Err(JwkError::RsaExponent));
    let padded = format!("{}==", encode_base64url(modulus(256)));
    assert_eq!(read(&with(rsa(), "n", padded)), Err(JwkError::RsaModulus));
}

/// CVE-2017-15361. The modulus is made like theirs: a multiple of the product of the first 39 primes, plus a
/// power of 65537 modulo that product.
#[test]
fn a_modulus_of_the_broken_generator_is_refused() {
    let primes = (2_u32..).filter(|n| (2..*n).all(|d| n % d != 0)).take(39);
    let mut product = vec![1_u32];
    let mut power = vec![1_u32];
    for prime in primes {
        multiply(&mut product, prime);
    }
    for _ in 0..13 {
        multiply(&mut power, 65537);
    }
    // A multiple of the product whose low limbs are zero, so that adding the power carries nothing.
    let mut n: Vec<u32> = [vec![0; 57], product].concat();
    assert_eq!(n.len(), 64);
    while n[63] < 0x8000_0000 {
        multiply(&mut n, 2);
    }
    for (low, more) in n.iter_mut().zip(&power) {
        *low += more;
    }
    let bytes: Vec<u8> = n.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    assert_eq!(bytes.len(), 256);
    assert_eq!(read(&with(rsa(), "n", encode_base64url(&bytes))), Err(JwkError::RsaWeak));
    let mut sound = bytes;
    sound[255] ^= 2;
    assert!(read(&with(rsa(), "n", encode_base64url(&sound))).is_ok());
}

fn multiply(limbs: &mut Vec<u32>, by: u32) {
    let mut carry = 0;
    for limb in limbs.iter_mut() {
        let wide = u64::from(*limb) * u64::from(by) + carry;
        (*limb, carry) = (u32::try_from(wide & 0xFFFF_FFFF).unwrap(), wide >> 32);
    }
    if carry > 0 {
        limbs.push(u32::try_from(carry).unwrap());
    }
}

/// RFC 7517 §4.2 to §4.4; `conformance` P14.
#[test]
fn alg_and_use_and_key_ops_limit_what_a_key_is_for() {
    let allowed = |key: Value| read(&key).unwrap().allowed();
    assert_eq!(allowed(with(rsa(), "alg", "PS256")), AlgSet::of(&[Alg::Ps256]));
    assert_eq!(allowed(with(edwards(), "alg", "Ed25519")), AlgSet::of(&[Alg::EdDsa]));
    assert_eq!(allowed(with(ec(), "use", "sig")), AlgSet::ES256);
    assert_eq!(allowed(with(ec(), "key_ops", json!(["sign", "verify"]))), AlgSet::ES256);
    for (name, value) in [
        ("alg", json!("ES384")),
        ("alg", json!("HS256")),
        ("alg", json!("none")),
        ("alg", json!("ECDH-ES")),
        ("use", json!("enc")),
        ("use", json!("")),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!([])),
    ] {
        assert_eq!(allowed(with(ec(), name, value.clone())), AlgSet::NONE, "{name} {value}");
    }
    assert_eq!(read(&with(ec(), "key_ops", json!(["verify", "verify"]))), Err(JwkError::KeyOps));
    for (name, value) in
        [("key_ops", json!("verify")), ("key_ops", json!([1])), ("alg", json!(1)), ("use", json!([]))]
    {
        assert!(matches!(read(&with(ec(), name, value.clone())), Err(JwkError::Member(_))), "{name} {value}");
    }
}

#[test]
fn kid_is_an_identifier_or_the_key_is_refused() {
    assert_eq!(read(&with(ec(), "kid", "a/../b' OR 1")).unwrap().kid().unwrap().as_str(), "a/../b' OR 1");
    for bad in ["", "\u{1}", &"k".repeat(257)] {
        assert_eq!(read(&with(ec(), "kid", bad)), Err(JwkError::KeyId));
    }
}

#[test]
fn unknown_members_are_ignored() {
    assert!(read(&with(with(ec(), "x5c", json!(["AA"])), "ext", true)).is_ok());
}

/// RFC 7517 §5: what is not understood is left out; nothing private is ever taken in.
#[test]
fn a_key_set_keeps_what_it_can_use() {
    let set = json!({ "keys": [
        with(ec(), "kid", "a"), { "kty": "oct", "k": "AA" }, with(ec(), "d", "AA"), 7, { "kty": "EC", "crv": "P-521" },
        with(rsa(), "kid", "b"),
    ], "more": 1 });
    let set = KeySet::parse(set.to_string().as_bytes()).unwrap();
    assert_eq!(set.keys().len(), 2);
    assert_eq!(KeySet::parse(set.to_json().to_string().as_bytes()).unwrap(), set);
    assert_eq!(KeySet::parse(b"{}"), Err(KeySetError::Keys));
    assert_eq!(KeySet::parse(b"{\"keys\":{}}"), Err(KeySetError::Keys));
    assert!(matches!(KeySet::parse(b"[]"), Err(KeySetError::Json(_))));
}

/// `conformance` A2: a key set cannot cost more than a little.
#[test]
fn a_key_set_is_bounded_in_bytes_and_keys_and_tries() {
    let many = |count: usize| json!({ "keys": vec![with(ec(), "kid", "same"); count] }).to_string();
    let set = KeySet::parse(many(KeySet::LIMIT).as_bytes()).unwrap();
    let kid = set.keys()[0].kid();
    assert_eq!(set.candidates(kid, Alg::Es256).count(), KeySet::TRIES);
    assert_eq!(set.candidates(None, Alg::Es256).count(), KeySet::TRIES);
    assert_eq!(set.candidates(kid, Alg::Rs256).count(), 0);
    assert_eq!(
        KeySet::parse(many(KeySet::LIMIT + 1).as_bytes()),
        Err(KeySetError::TooMany { limit: KeySet::LIMIT })
    );
    assert!(matches!(KeySet::parse(many(10_000).as_bytes()), Err(KeySetError::Json(_))));
}

#[test]
fn a_name_that_no_key_has_finds_none() {
    let set = KeySet::new(vec![read(&ec()).unwrap(), read(&with(rsa(), "kid", "a")).unwrap()]);
    let kid = keybound_proto::id::Kid::parse("b").unwrap();
    assert_eq!(set.candidates(Some(&kid), Alg::Rs256).count(), 0);
    assert_eq!(set.candidates(Some(&kid), Alg::Es256).count(), 0);
    assert_eq!(set.candidates(None, Alg::Rs256).count(), 1);
}

#[test]
fn a_key_made_of_numbers_obeys_the_same_rules() {
    assert_eq!(Jwk::new(KeyShape::Ed25519 { x: [0; 32] }), Err(JwkError::EdwardsPoint));
    let rsa = KeyShape::Rsa { n: modulus(128).into(), e: [1, 0, 1].into() };
    assert_eq!(Jwk::new(rsa), Err(JwkError::RsaSize { bits: 1024 }));
    assert_eq!(read(&ec()).unwrap().with_alg(Alg::Rs256).allowed(), AlgSet::NONE);
}
