//! Base64url as JOSE has it (RFC 7515 §2): no padding, no stray bits, no second spelling.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// It is not base64url: padding, white space, a foreign character, or bits left over at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not base64url without padding")]
pub struct NotBase64Url;

/// Reads what has exactly one spelling; every other spelling is refused.
pub fn decode(text: &str) -> Result<Vec<u8>, NotBase64Url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NotBase64Url)
}

/// Writes it.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads exactly `N` bytes.
pub(super) fn decode_exact<const N: usize>(text: &str) -> Result<[u8; N], NotBase64Url> {
    let mut bytes = [0; N];
    match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
        Ok(length) if length == N => Ok(bytes),
        _ => Err(NotBase64Url),
    }
}

/// Writes into `N` characters; `bytes` must need exactly that many.
pub(super) fn encode_exact<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut text = [0; N];
    let Ok(_) = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text) else {
        unreachable!("callers pair fixed sizes: 32 bytes make 43 characters, 48 make 64")
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515 §2 and its appendix C.
    #[test]
    fn one_value_has_one_spelling() {
        assert_eq!(encode([3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME").unwrap(), [3, 236, 255, 224, 193]);
        for bad in [
            "A-z_4ME=",
            "A+z/4ME",
            "A-z_4MF",
            "A-z_4M",
            "A-z_4ME ",
            " A-z_4ME",
            "A-z\n_4ME",
            "A",
            "A-z_é",
            "A-z_4ME\0",
        ] {
            assert_eq!(decode(bad), Err(NotBase64Url), "{bad:?}");
        }
    }

    #[test]
    fn exact_means_exact() {
        let text = encode([7; 32]);
        assert_eq!(decode_exact::<32>(&text), Ok([7; 32]));
        assert!(decode_exact::<31>(&text).is_err());
        assert!(decode_exact::<33>(&text).is_err());
        assert_eq!(encode_exact::<43>(&[7; 32]), *text.as_bytes());
    }
}
