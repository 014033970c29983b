//! Digits that change every half minute (RFC 6238), by HMAC-SHA-1 as every authenticator app computes them.
//!
//! Forty lines of our own: a crate for it brings a second set of hash functions, and this room has one.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use keybound_proto::{secret::Secret, time::Timestamp};

use crate::entropy;

/// What an authenticator and we both know.
#[derive(Clone, Debug)]
pub struct TotpKey(Secret<Vec<u8>>);

impl TotpKey {
    /// How long digits are shown, in seconds.
    pub const STEP: i64 = 30;

    /// How many digits.
    pub const DIGITS: usize = 6;

    /// A new one: 160 bits (RFC 4226 §4).
    pub fn generate() -> Self {
        Self(Secret::new(entropy::bytes::<20>().to_vec()))
    }

    /// One that was kept.
    pub const fn from_bytes(bytes: Secret<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    pub const fn bytes(&self) -> &Secret<Vec<u8>> {
        &self.0
    }

    /// One that somebody wrote down (RFC 4648 §6), in either case, with blanks and padding or without; nothing where it
    /// is no such text, or shorter than 80 bits.
    pub fn from_base32(text: &str) -> Option<Self> {
        let letters = text.trim().trim_end_matches('=');
        let letters = letters.chars().filter(|c| !matches!(c, ' ' | '-')).map(|c| c.to_ascii_uppercase());
        let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
        for letter in letters.map(|c| u8::try_from(c).ok()) {
            let value = LETTERS.iter().position(|known| Some(*known) == letter)?;
            (bits, held) = (bits << 5 | u32::try_from(value).ok()?, held + 5);
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
                bits &= (1 << held) - 1;
            }
        }
        (Self::SHORTEST..=Self::LONGEST).contains(&bytes.len()).then(|| Self(Secret::new(bytes)))
    }

    /// The fewest bytes of one that was made elsewhere.
    const SHORTEST: usize = 10;

    /// The most.
    const LONGEST: usize = 128;

    /// As a person types it, or a picture holds it (RFC 4648 §6, without padding).
    pub fn to_base32(&self) -> Secret<String> {
        Secret::new(base32(self.0.reveal()))
    }

    /// The time step of a moment (RFC 6238 §4.2).
    pub const fn step(now: Timestamp) -> i64 {
        now.as_unix().div_euclid(Self::STEP)
    }

    /// The digits of a time step.
    pub fn digits(&self, step: i64) -> String {
        format!("{:0width$}", self.number(step) % 1_000_000, width = Self::DIGITS)
    }

    /// Which step the digits belong to: the present one, or a neighbour, for clocks that differ and hands that are
    /// slow (RFC 6238 §5.2).
    ///
    /// Each of the three is compared, in constant time.
    pub fn find(&self, digits: &str, now: Timestamp) -> Option<i64> {
        let present = Self::step(now);
        let mut found = None;
        for step in [present + 1, present - 1, present] {
            if verify_slices_are_equal(self.digits(step).as_bytes(), digits.as_bytes()).is_ok() {
                found = Some(step);
            }
        }
        found
    }

    /// RFC 4226 §5.3.
    fn number(&self, step: i64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.reveal());
        let mac = hmac::sign(&key, &step.to_be_bytes());
        let mac = mac.as_ref();
        let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
        let four = mac.get(offset..).and_then(<[u8]>::first_chunk::<4>).copied().unwrap_or_default();
        u32::from_be_bytes(four) & 0x7fff_ffff
    }
}

/// A code that a person writes down: letters and digits that are not taken for one another, 120 bits.
pub fn recovery_code() -> Secret<String> {
    Secret::new(base32(&entropy::bytes::<15>()))
}

fn base32(bytes: &[u8]) -> String {
    let letters = bytes.chunks(5).flat_map(|five| {
        let mut padded = [0; 8];
        padded.iter_mut().skip(3).zip(five).for_each(|(to, from)| *to = *from);
        let bits = u64::from_be_bytes(padded);
        let count = (five.len() * 8).div_ceil(5);
        (0..count).filter_map(move |at| LETTERS.get(usize::try_from(bits >> (35 - 5 * at) & 31).ok()?))
    });
    letters.copied().map(char::from).collect()
}

const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> TotpKey {
        TotpKey::from_bytes(Secret::new(b"12345678901234567890".to_vec()))
    }

    /// RFC 6238, appendix B: the table for SHA-1, of which six digits are the last six of its eight.
    #[test]
    fn the_digits_of_the_rfc_come_out() {
        for (time, digits) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = TotpKey::step(Timestamp::from_unix(time));
            assert_eq!(format!("{:08}", key().number(step) % 100_000_000), digits);
            assert_eq!(key().digits(step), digits[2..]);
        }
    }

    /// RFC 4648 §6, §10.
    #[test]
    fn a_key_is_read_as_it_was_written_down_and_nothing_else_is_one() {
        for _ in 0..50 {
            let key = TotpKey::generate();
            let written = key.to_base32();
            for text in [
                written.reveal().clone(),
                written.reveal().to_lowercase(),
                format!(" {}= ", written.reveal()),
            ] {
                assert_eq!(TotpKey::from_base32(&text).unwrap().bytes().reveal(), key.bytes().reveal());
            }
        }
        let spaced = TotpKey::from_base32("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ").unwrap();
        assert_eq!(spaced.bytes().reveal(), key().bytes().reveal());
        for wrong in ["", "GEZDGNBV", "GEZDGNBVGY3TQOJ1", "GEZDGNBVGY3TQOJ\u{131}", &"A".repeat(1_000)] {
            assert!(TotpKey::from_base32(wrong).is_none(), "{wrong}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_counters_of_the_hotp_rfc_come_out() {
        let digits: Vec<_> = (0..10).map(|counter| key().digits(counter)).collect();
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        assert_eq!(digits, expected);
    }

    /// RFC 6238 §5.2: one step to either side, and no more.
    #[test]
    fn a_clock_may_be_half_a_minute_off_and_not_a_minute_and_a_half() {
        let now = Timestamp::from_unix(1_800_000_010);
        let step = TotpKey::step(now);
        for off in -1..=1 {
            assert_eq!(key().find(&key().digits(step + off), now), Some(step + off));
        }
        for off in [-3, -2, 2, 3] {
            assert_eq!(key().find(&key().digits(step + off), now), None);
        }
        for odd in ["", "1", "12345", "1234567", "abcdef", " 123456"] {
            assert_eq!(key().find(odd, now), None, "{odd}");
        }
    }

    /// RFC 4648 §10, without padding.
    #[test]
    fn base32_is_the_rfcs() {
        for (plain, written) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(plain.as_bytes()), written);
        }
        assert_eq!(recovery_code().reveal().len(), 24);
        assert_eq!(TotpKey::generate().to_base32().reveal().len(), 32);
        assert!(!format!("{:?}", key()).contains("123"));
    }
}
