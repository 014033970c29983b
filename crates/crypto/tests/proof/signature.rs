//! P13: the signature.

use keybound_proto::jose::{Alg, decode_base64url, encode_base64url};

use super::common::{Forge, accepted, check, refused};

#[test]
fn p13_one_flipped_bit_anywhere_is_refused() {
    for alg in Alg::ALL {
        let good = Forge::with(alg).sign();
        accepted(&good);
        let (body, signature) = good.rsplit_once('.').unwrap();
        let bytes = decode_base64url(signature).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            let why = check(&format!("{body}.{}", encode_base64url(flipped))).unwrap_err();
            assert_eq!(why.code(), "proof.signature_invalid", "{alg}");
        }
    }
}

#[test]
fn p13_what_was_signed_cannot_be_changed() {
    let forge = Forge::new();
    let good = forge.sign();
    let signature = good.rsplit_once('.').unwrap().1;
    let other = forge.claim("htm", "GET").sign();
    let body = other.rsplit_once('.').unwrap().0;
    refused(&format!("{body}.{signature}"), "proof.signature_invalid");
}

#[test]
fn p13_another_key_did_not_sign_it() {
    let other = Forge::new();
    let forge = Forge::new().header("jwk", other.header["jwk"].clone());
    refused(&forge.sign(), "proof.signature_invalid");
}

#[test]
fn p13_a_signature_has_one_form() {
    let good = Forge::new().sign();
    let (body, signature) = good.rsplit_once('.').unwrap();
    let raw = decode_base64url(signature).unwrap();
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&order[2 * n..2 * n + 2], 16).unwrap()).collect();
    let (r, s) = raw.split_at(32);
    let mut der = vec![0x30, 70, 2, 33, 0];
    der.extend(r);
    der.extend([2, 33, 0]);
    der.extend(s);
    for bad in [
        Vec::new(),
        raw[..63].to_vec(),
        [&raw[..], &[0]].concat(),
        [&[0; 32], s].concat(),
        [r, &[0; 32]].concat(),
        vec![0; 64],
        [&order[..], s].concat(),
        [r, &order[..]].concat(),
        der,
    ] {
        refused(&format!("{body}.{}", encode_base64url(bad)), "proof.signature_invalid");
    }
    accepted(&good);
}

/// JOSE does not ask for the smaller of the two possible `S`; replay is by `jti`, so it does not matter.
#[test]
fn p13_both_halves_of_s_are_signatures() {
    let mut high = 0;
    for _ in 0..40 {
        let good = Forge::new().sign();
        accepted(&good);
        let raw = decode_base64url(good.rsplit_once('.').unwrap().1).unwrap();
        high += usize::from(raw[32] & 0x80 != 0);
    }
    assert!(high > 0 && high < 40, "{high}");
}
