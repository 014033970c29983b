//! How bytes were written as text, and passwords as bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

/// How a password was written before it was hashed; Node's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Ascii,
    Latin1,
    Utf16Le,
    Utf8,
}

impl Encoding {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ascii" => Self::Ascii,
            "latin1" | "binary" => Self::Latin1,
            "utf16le" | "ucs2" => Self::Utf16Le,
            "utf8" => Self::Utf8,
            _ => return None,
        })
    }
}

/// The password in that encoding; nothing where it cannot be written so.
pub(super) fn password(given: &[u8], encoding: Encoding) -> Option<Zeroizing<Vec<u8>>> {
    let text = std::str::from_utf8(given).ok()?;
    let bytes = match encoding {
        Encoding::Utf8 => given.to_vec(),
        Encoding::Ascii => text.is_ascii().then(|| given.to_vec())?,
        Encoding::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?,
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    };
    Some(Zeroizing::new(bytes))
}

/// `{"value": …, "encoding": …}`
pub(super) fn bytes(object: &Value, usual: &str) -> Option<Vec<u8>> {
    let encoding = match object.get("encoding") {
        Some(named) => named.as_str()?,
        None => usual,
    };
    decode(object.get("value")?.as_str()?, encoding)
}

/// Padding may be there or not, and the older alphabet of PHC strings writes `.` for `+`.
pub(super) fn decode(text: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "base64" => STANDARD_NO_PAD.decode(text.trim_end_matches('=').replace('.', "+")).ok(),
        "hex" => {
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let pair = |pair: &[u8]| match pair {
                [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
                _ => None,
            };
            text.as_bytes().chunks(2).map(pair).collect()
        }
        "utf8" => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}
