//! The rules for RSA keys (RFC 7518 §6.3.1), stricter than the document where attacks taught us.

use super::{base64url::decode, jwk::JwkError};

const SHORTEST: usize = 2048;
const LONGEST: usize = 8192;
/// Characters that 8192 bits need.
const LONGEST_TEXT: usize = (LONGEST / 8 * 4).div_ceil(3);

/// Reads `n`.
pub(super) fn modulus(text: &str) -> Result<Box<[u8]>, JwkError> {
    if text.len() > LONGEST_TEXT {
        return Err(JwkError::RsaSize { bits: text.len() * 6 });
    }
    decode(text).map(Vec::into_boxed_slice).map_err(|_| JwkError::RsaModulus)
}

/// Reads `e`.
pub(super) fn exponent(text: &str) -> Result<Box<[u8]>, JwkError> {
    if text.len() > 11 {
        return Err(JwkError::RsaExponent);
    }
    decode(text).map(Vec::into_boxed_slice).map_err(|_| JwkError::RsaExponent)
}

/// Checks both.
pub(super) fn check(n: &[u8], e: &[u8]) -> Result<(), JwkError> {
    let (Some(1..), Some(n_last)) = (n.first(), n.last()) else { return Err(JwkError::RsaModulus) };
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !(SHORTEST..=LONGEST).contains(&bits) {
        return Err(JwkError::RsaSize { bits });
    }
    if n_last % 2 == 0 {
        return Err(JwkError::RsaModulus);
    }
    let (Some(1..), Some(e_last)) = (e.first(), e.last()) else { return Err(JwkError::RsaExponent) };
    if e.len() > 8 || e_last % 2 == 0 || e == [1] {
        return Err(JwkError::RsaExponent);
    }
    if has_roca_shape(n) { Err(JwkError::RsaWeak) } else { Ok(()) }
}

/// The primes up to 167 modulo which the powers of 65537 do not reach everything, in groups whose products fit
/// 32 bits. A sound modulus fails in the first group almost always.
const PRIMES: [&[u32]; 4] =
    [&[11, 13, 17, 19, 37, 53], &[61, 71, 73, 79], &[97, 103, 107, 109], &[127, 151, 157]];

/// Whether `n` is a power of 65537 modulo every one of them: the mark of the broken generator (ROCA).
fn has_roca_shape(n: &[u8]) -> bool {
    PRIMES.iter().all(|group| {
        let product: u64 = group.iter().map(|prime| u64::from(*prime)).product();
        let rest = n.chunks(4).fold(0, |rest, four| {
            four.iter().fold(rest, |rest, byte| rest << 8 | u64::from(*byte)) % product
        });
        group.iter().all(|prime| is_power_of_65537(rest % u64::from(*prime), u64::from(*prime)))
    })
}

fn is_power_of_65537(residue: u64, prime: u64) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == residue {
            return true;
        }
        power = power * 65537 % prime;
    }
    false
}
