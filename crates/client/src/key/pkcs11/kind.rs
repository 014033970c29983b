//! The kinds of keys a token makes for us: how each is asked for, read, and signed with.

use cryptoki::{
    mechanism::{
        Mechanism, MechanismType,
        eddsa::{EddsaParams, EddsaSignatureScheme},
        rsa::{PkcsMgfType, PkcsPssParams},
    },
    object::{Attribute, AttributeType},
};
use keybound_crypto::AwsLc;
use keybound_proto::jose::{Alg, Digest as _, Jwk, KeyShape};

/// What makes a pair.
pub(super) const fn makes(alg: Alg) -> Option<Mechanism<'static>> {
    match alg {
        Alg::Es256 | Alg::Es384 => Some(Mechanism::EccKeyPairGen),
        Alg::EdDsa => Some(Mechanism::EccEdwardsKeyPairGen),
        Alg::Ps256 => Some(Mechanism::RsaPkcsKeyPairGen),
        // RFC 8725 §3.2: nothing new is signed by PKCS #1 v1.5.
        Alg::Rs256 => None,
        _ => None,
    }
}

/// What signs.
pub(super) fn signs(alg: Alg) -> Mechanism<'static> {
    match alg {
        Alg::EdDsa => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
        Alg::Ps256 => Mechanism::Sha256RsaPkcsPss(PkcsPssParams {
            hash_alg: MechanismType::SHA256,
            mgf: PkcsMgfType::MGF1_SHA256,
            s_len: 32.into(),
        }),
        _ => Mechanism::Ecdsa,
    }
}

/// What it signs: `CKM_ECDSA` takes a hash and gives `R ‖ S`, as JOSE does; the others hash for themselves.
pub(super) fn signed(alg: Alg, message: &[u8]) -> Vec<u8> {
    match alg {
        Alg::Es256 | Alg::Es384 => AwsLc.hash_for(alg, message),
        _ => message.to_vec(),
    }
}

/// What the public half is to be.
pub(super) fn shape(alg: Alg) -> Vec<Attribute> {
    match alg {
        Alg::Es384 => vec![Attribute::EcParams(P384.to_vec())],
        Alg::EdDsa => vec![Attribute::EcParams(ED25519.to_vec())],
        Alg::Ps256 => {
            vec![Attribute::ModulusBits(RSA_BITS.into()), Attribute::PublicExponent(vec![1, 0, 1])]
        }
        _ => vec![Attribute::EcParams(P256.to_vec())],
    }
}

/// What there is to be read of a public half.
pub(super) const READ: [AttributeType; 4] =
    [AttributeType::EcParams, AttributeType::EcPoint, AttributeType::Modulus, AttributeType::PublicExponent];

/// The public half, and what its private one signs with; `None` for a kind that signs nothing for us.
pub(super) fn public(attributes: &[Attribute]) -> Option<(Alg, Jwk)> {
    let found = |pick: fn(&Attribute) -> Option<&Vec<u8>>| attributes.iter().find_map(pick);
    let curve = found(|one| if let Attribute::EcParams(curve) = one { Some(curve) } else { None });
    let point = found(|one| if let Attribute::EcPoint(point) = one { Some(point) } else { None });
    let modulus = found(|one| if let Attribute::Modulus(n) = one { Some(n) } else { None });
    let exponent = found(|one| if let Attribute::PublicExponent(e) = one { Some(e) } else { None });
    let (alg, shape) = match (curve.map(Vec::as_slice), modulus) {
        (Some(curve), _) if curve == P256 => {
            let (x, y) = coordinates(point?)?;
            (Alg::Es256, KeyShape::P256 { x, y })
        }
        (Some(curve), _) if curve == P384 => {
            let (x, y) = coordinates(point?)?;
            (Alg::Es384, KeyShape::P384 { x, y })
        }
        (Some(curve), _) if curve == ED25519 || curve == ED25519_NAMED => {
            (Alg::EdDsa, KeyShape::Ed25519 { x: unwrapped(point?, 32).try_into().ok()? })
        }
        (_, Some(modulus)) => {
            (Alg::Ps256, KeyShape::Rsa { n: without_zeros(modulus), e: without_zeros(exponent?) })
        }
        _ => return None,
    };
    Some((alg, Jwk::new(shape).ok()?))
}

/// An uncompressed point (SEC 1 §2.3.3).
fn coordinates<const SIZE: usize>(point: &[u8]) -> Option<([u8; SIZE], [u8; SIZE])> {
    let (x, y) = unwrapped(point, 1 + 2 * SIZE).strip_prefix(&[0x04])?.split_at_checked(SIZE)?;
    Some((x.try_into().ok()?, y.try_into().ok()?))
}

/// What is in the OCTET STRING that PKCS#11 wraps a point in; some tokens forget to.
fn unwrapped(point: &[u8], size: usize) -> &[u8] {
    match point {
        [0x04, length, inner @ ..] if usize::from(*length) == size && inner.len() == size => inner,
        _ => point,
    }
}

fn without_zeros(number: &[u8]) -> Box<[u8]> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.iter().skip(zeros).copied().collect()
}

/// As long as those that are made in memory.
const RSA_BITS: u64 = 2048;

/// `1.2.840.10045.3.1.7` in DER.
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// `1.3.132.0.34` in DER.
const P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// `1.3.101.112` in DER (RFC 8410 §3).
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// The same as PKCS#11 2.40 has it: a printable string.
const ED25519_NAMED: &[u8] = b"\x13\x0cedwards25519";
