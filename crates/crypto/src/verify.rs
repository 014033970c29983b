//! Public keys and hashes behind proto's [`Digest`] and [`Verify`].

use aws_lc_rs::{
    digest, hmac,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
        RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
    },
};
use keybound_proto::jose::{Alg, BadSignature, Digest, Jwk, KeyShape, Sealer, Verify, is_weak_edwards_point};

use crate::seal::ShortSealer;
use zeroize::Zeroize as _;

/// The backend: aws-lc-rs, which asks for no state of ours.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

impl Digest for AwsLc {
    fn sha256(&self, parts: &[&[u8]]) -> [u8; 32] {
        hash(parts)
    }

    fn hash_for(&self, alg: Alg, message: &[u8]) -> Vec<u8> {
        let hash = match alg {
            Alg::Es384 => &digest::SHA384,
            Alg::EdDsa => &digest::SHA512,
            _ => &digest::SHA256,
        };
        digest::digest(hash, message).as_ref().to_vec()
    }

    fn hmac_sha256(&self, key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
        if let Some(mac) = hmac_short(key, parts) {
            return mac;
        }
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
        for part in parts {
            context.update(part);
        }
        thirty_two(context.sign().as_ref())
    }

    fn sealer(&self, key: &[u8; 16]) -> Box<dyn Sealer> {
        Box::new(ShortSealer::new(key))
    }
}

impl Verify for AwsLc {
    fn verify(&self, alg: Alg, key: &Jwk, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        if !key.alg_allowed(alg) || (alg == Alg::EdDsa && has_weak_point(signature)) {
            return Err(BadSignature);
        }
        let check =
            |parsed: &ParsedPublicKey| parsed.verify_sig(message, signature).map_err(|_| BadSignature);
        match key.kept().or_keep(|| Parsed { alg, key: parse(alg, key) }) {
            Some(kept) if kept.alg == alg => check(kept.key.as_ref().ok_or(BadSignature)?),
            _ => check(&parse(alg, key).ok_or(BadSignature)?),
        }
    }
}

/// What is kept beside a key: RSA keys are parsed for one of their two algorithms, the first that was asked for.
struct Parsed {
    alg: Alg,
    key: Option<ParsedPublicKey>,
}

/// `None` when the point is not on its curve, or the algorithm does not belong to the key.
fn parse(alg: Alg, key: &Jwk) -> Option<ParsedPublicKey> {
    match (alg, key.shape()) {
        (Alg::Es256, KeyShape::P256 { x, y }) => {
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point::<65>(x, y)).ok()
        }
        (Alg::Es384, KeyShape::P384 { x, y }) => {
            ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point::<97>(x, y)).ok()
        }
        (Alg::EdDsa, KeyShape::Ed25519 { x }) => ParsedPublicKey::new(&ED25519, x).ok(),
        (Alg::Ps256, KeyShape::Rsa { n, e }) => rsa(&RSA_PSS_2048_8192_SHA256, n, e),
        (Alg::Rs256, KeyShape::Rsa { n, e }) => rsa(&RSA_PKCS1_2048_8192_SHA256, n, e),
        _ => None,
    }
}

fn rsa(parameters: &'static RsaParameters, n: &[u8], e: &[u8]) -> Option<ParsedPublicKey> {
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok()
}

/// The uncompressed form of SEC 1 §2.3.3.
fn point<const N: usize>(x: &[u8], y: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip([4].iter().chain(x).chain(y)) {
        *to = *from;
    }
    bytes
}

/// RFC 8032 §5.1.7 leaves open whether `R` may have small order; strict verifiers say no, and so do we.
fn has_weak_point(signature: &[u8]) -> bool {
    signature.first_chunk().is_none_or(is_weak_edwards_point)
}

/// Short messages are gathered first, since one call is cheaper than a context.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    const SHORT: usize = 512;
    if let [only] = parts {
        return thirty_two(digest::digest(&digest::SHA256, only).as_ref());
    }
    let mut gathered = [0; SHORT];
    let mut length = 0;
    for part in parts {
        let Some(room) = gathered.get_mut(length..length + part.len()) else { return hash_long(parts) };
        room.copy_from_slice(part);
        length += part.len();
    }
    thirty_two(digest::digest(&digest::SHA256, gathered.get(..length).unwrap_or_default()).as_ref())
}

/// HMAC (RFC 2104) over a short message as two hashes of one call each: the library's own sets up three contexts on
/// the heap for every key, which costs five times as much.
fn hmac_short(key: &[u8; 32], parts: &[&[u8]]) -> Option<[u8; 32]> {
    const BLOCK: usize = 64;
    const LONGEST: usize = 256;
    let mut inner = [0x36; BLOCK + LONGEST];
    let mut outer = [0x5c; BLOCK + 32];
    for ((inner, outer), byte) in inner.iter_mut().zip(&mut outer).zip(key) {
        *inner ^= byte;
        *outer ^= byte;
    }
    let mut length = BLOCK;
    for part in parts {
        inner.get_mut(length..length + part.len())?.copy_from_slice(part);
        length += part.len();
    }
    let hashed = digest::digest(&digest::SHA256, inner.get(..length)?);
    outer.get_mut(BLOCK..)?.copy_from_slice(hashed.as_ref());
    let mac = thirty_two(digest::digest(&digest::SHA256, &outer).as_ref());
    inner.zeroize();
    outer.zeroize();
    Some(mac)
}

fn hash_long(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    thirty_two(context.finish().as_ref())
}

fn thirty_two(bytes: &[u8]) -> [u8; 32] {
    let Ok(bytes) = bytes.try_into() else { unreachable!("SHA-256 has 32 bytes") };
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_hmac_is_the_library_s() {
        let key = [0xab; 32];
        let library = hmac::Key::new(hmac::HMAC_SHA256, &key);
        for length in [0, 1, 21, 63, 64, 65, 255, 256, 257, 1_000] {
            let message = vec![0x17; length];
            let (head, tail) = message.split_at(length / 3);
            let expected = hmac::sign(&library, &message);
            assert_eq!(AwsLc.hmac_sha256(&key, &[head, tail]), expected.as_ref(), "{length} bytes");
            assert_eq!(hmac_short(&key, &[head, tail]).is_some(), length <= 256);
        }
    }
}
