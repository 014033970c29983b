//! Points of Curve25519 that no honest key or signature holds.

/// p = 2^255 − 19, little-endian.
const FIELD: [u8; 32] = {
    let mut p = [0xFF; 32];
    p[0] = 0xED;
    p[31] = 0x7F;
    p
};

/// The ordinates of the points whose order divides 8: 1, −1, 0, and those of order 8. Little-endian.
const SMALL: [[u8; 32]; 5] = [
    {
        let mut one = [0; 32];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD;
        minus_one[0] = 0xEC;
        minus_one
    },
    [0; 32],
    [
        0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5,
        0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
        0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A,
        0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
];

/// Whether a compressed point has an order that divides 8, or is not in its canonical form (RFC 8032 §5.1.3).
///
/// With such a point as the key one signature can fit every message.
pub fn is_weak(point: &[u8; 32]) -> bool {
    let mut ordinate = *point;
    if let Some(last) = ordinate.last_mut() {
        *last &= 0x7F;
    }
    SMALL.contains(&ordinate) || !ordinate.iter().rev().lt(FIELD.iter().rev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_small_order_are_weak_under_either_sign() {
        for mut point in SMALL {
            assert!(is_weak(&point));
            point[31] |= 0x80;
            assert!(is_weak(&point));
        }
    }

    #[test]
    fn ordinates_beyond_the_field_are_weak_and_others_are_not() {
        assert!(is_weak(&FIELD));
        assert!(is_weak(&[0xFF; 32]));
        let mut below = FIELD;
        below[0] = 0xEB;
        assert!(!is_weak(&below));
        let mut base = [0x66; 32];
        base[0] = 0x58;
        assert!(!is_weak(&base));
    }
}
