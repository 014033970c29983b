//! What the ids of kept things look like.

/// What an id looks like: who makes one draws as many letters and digits as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// These letters, and as many drawn ones.
    Letters(&'static str, usize),
    /// These letters, and as many drawn digits.
    Digits(&'static str, usize),
    /// These letters, and as many drawn ones, of which the first tell the order in which things came to be: by the first
    /// twelve bytes of the chance.
    Ordered(&'static str, usize),
    /// A UUID of version 4 (RFC 9562 §5.4).
    Uuid,
}

impl Form {
    /// The id that these thirty-two bytes of chance make.
    pub fn id(self, chance: &[u8; 32]) -> String {
        let drawn = |alphabet: &'static [u8], most: usize| {
            let letter = |byte: &u8| alphabet.get(usize::from(*byte) % alphabet.len()).copied();
            chance.iter().filter_map(letter).take(most).map(char::from).collect::<String>()
        };
        match self {
            Self::Letters(prefix, most) => format!("{prefix}{}", drawn(BASE58, most)),
            Self::Digits(prefix, most) => format!("{prefix}{}", drawn(b"0123456789", most)),
            Self::Ordered(prefix, most) => {
                let (first, rest) = chance.split_at(MOMENT);
                let letter = |byte: &u8| BASE58.get(usize::from(*byte) % BASE58.len()).copied();
                let rest = rest.iter().filter_map(letter).map(char::from);
                format!("{prefix}{}", number(first).chars().chain(rest).take(most).collect::<String>())
            }
            Self::Uuid => {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&chance[..16]);
                bytes[6] = bytes[6] & 0x0f | 0x40;
                bytes[8] = bytes[8] & 0x3f | 0x80;
                let mut text = String::with_capacity(36);
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        text.push('-');
                    }
                    text.push_str(&format!("{byte:02x}"));
                }
                text
            }
        }
    }
}

/// A number of so many bytes, with as many letters as the biggest has: those of a smaller number come before.
fn number(bytes: &[u8]) -> String {
    let mut left = bytes.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let mut letters = vec![b'1'; LETTERS];
    for letter in letters.iter_mut().rev() {
        let digit = usize::try_from(left % 58).unwrap_or_default();
        *letter = BASE58.get(digit).copied().unwrap_or(*letter);
        left /= 58;
    }
    letters.into_iter().map(char::from).collect()
}

/// How many bytes tell the moment and what came first in it.
const MOMENT: usize = 12;
/// 58^17 is more than 2^96.
const LETTERS: usize = 17;
/// No two of them look alike.
const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_as_their_form_says() {
        let chance: [u8; 32] = std::array::from_fn(|at| u8::try_from(at * 8).unwrap());
        assert_eq!(Form::Letters("tep_", 4).id(&chance), "tep_19HR");
        assert_eq!(Form::Digits("lst_", 3).id(&chance), "lst_086");
        let ordered = |first: [u8; 3]| {
            let mut chance = chance;
            chance[..3].copy_from_slice(&first);
            Form::Ordered("ord_", 22).id(&chance)
        };
        let ids = [[0, 0, 1], [0, 1, 0], [1, 0, 0], [0xff, 0xff, 0xff]].map(ordered);
        assert!(ids.is_sorted() && ids.iter().all(|id| id.len() == 26), "{ids:?}");
        assert_eq!(Form::Uuid.id(&[0xff; 32]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
