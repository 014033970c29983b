//! The system's randomness, where a shell may ask for it.

use keybound_proto::jose::encode_base64url;

/// Random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// Fills a buffer with random bytes.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
pub fn fill(buffer: &mut [u8]) {
    let Ok(()) = aws_lc_rs::rand::fill(buffer) else {
        unreachable!("the library ends the program itself when the system has no randomness")
    };
}

/// `N` random bytes as base64url: 32 make an opaque token of 43 characters.
pub fn token<const N: usize>() -> String {
    encode_base64url(bytes::<N>())
}

/// `N` random bytes in hexadecimal.
pub fn hex<const N: usize>() -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes::<N>().into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `length` random letters and digits, each as likely as any other.
pub fn alphanumeric(length: usize) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Of the 64 values of six bits two have no letter; they are thrown away, so nothing is more likely.
        let drawn = bytes::<32>().into_iter().filter_map(|byte| LETTERS.get(usize::from(byte & 63)));
        text.extend(drawn.take(length - text.len()).copied().map(char::from));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn tokens_have_their_length_and_alphabet_and_never_repeat() {
        let mut seen = HashSet::new();
        for _ in 0..1000 {
            let (token, id, hex) = (token::<32>(), alphanumeric(32), hex::<16>());
            assert_eq!((token.len(), id.len(), hex.len()), (43, 32, 32));
            assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()));
            assert!(hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            assert!(seen.insert(token) && seen.insert(id) && seen.insert(hex));
        }
        assert_eq!(alphanumeric(0), "");
        assert_eq!(alphanumeric(1).len(), 1);
    }

    #[test]
    fn every_letter_is_as_likely_as_any_other() {
        let mut counts = [0_u32; 128];
        for letter in alphanumeric(62_000).bytes() {
            counts[usize::from(letter)] += 1;
        }
        let counts: Vec<_> = counts.into_iter().filter(|count| *count > 0).collect();
        assert_eq!(counts.len(), 62);
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
