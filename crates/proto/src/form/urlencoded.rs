//! `application/x-www-form-urlencoded`, strictly.

use super::FormError;

/// Reads one `name=value`; a missing `=` means no value.
pub(super) fn pair(pair: &[u8]) -> Result<(String, String), FormError> {
    let mut halves = pair.splitn(2, |&byte| byte == b'=');
    let name = decode(halves.next().unwrap_or_default())?;
    let value = decode(halves.next().unwrap_or_default())?;
    Ok((name, value))
}

/// Resolves `+` and `%XX`; refuses what is not UTF-8 afterwards, and NUL, which no database keeps.
fn decode(encoded: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().copied().and_then(digit), rest.next().copied().and_then(digit)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err(FormError::Encoding),
            },
            byte => byte,
        });
    }
    if bytes.contains(&0) {
        return Err(FormError::Encoding);
    }
    String::from_utf8(bytes).map_err(|_| FormError::Encoding)
}

/// Writes pairs so that [`pair`] reads them back.
pub(super) fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        escape(name, &mut out);
        out.push('=');
        escape(value, &mut out);
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            byte => {
                out.push('%');
                out.push(hex(byte >> 4));
                out.push(hex(byte & 15));
            }
        }
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn hex(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}
