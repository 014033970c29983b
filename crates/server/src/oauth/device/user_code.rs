//! The code a person types in.

use keybound_crypto::entropy;

/// Eight consonants: 34 bits that spell no word, read aloud without mistakes (RFC 8628 §6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// A new one.
    pub(crate) fn new() -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            // Every letter is as likely as any other: what does not divide is drawn again.
            let drawn = entropy::bytes::<16>().into_iter().filter(|byte| usize::from(*byte) < FAIR);
            let letters = drawn.filter_map(|byte| ALPHABET.get(usize::from(byte) % ALPHABET.len()));
            code.extend(letters.take(LENGTH - code.len()).map(|&letter| char::from(letter)));
        }
        Self(code)
    }

    /// What somebody typed: case, hyphens and spaces do not matter.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let meant: String = typed
            .chars()
            .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '–' | '—' | '.'))
            .map(|letter| letter.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        let fits = meant.len() == LENGTH && meant.bytes().all(|letter| ALPHABET.contains(&letter));
        fits.then_some(Self(meant))
    }

    /// Its letters alone.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is shown: in two halves.
    pub(crate) fn shown(&self) -> String {
        let (left, right) = self.0.split_at(LENGTH / 2);
        format!("{left}-{right}")
    }
}

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// The largest multiple of the alphabet's size that a byte can hold.
const FAIR: usize = 240;

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8628 §6.1.
    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        let code = UserCode::new();
        let shown = code.shown();
        assert_eq!(shown.len(), 9);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), shown.replace('-', "")] {
            assert_eq!(UserCode::parse(&typed), Some(code.clone()), "{typed}");
        }
        for typed in ["", "WDJB-MJH", "WDJB-MJHTT", "WDJB-MJHA", "ÖDJB-MJHT", "12345678"] {
            assert_eq!(UserCode::parse(typed), None, "{typed}");
        }
        assert_ne!(UserCode::new(), code);
    }
}
