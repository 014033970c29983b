//! A message that waits for its signature: the key may be in another process, or in another machine.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The first two parts of the compact form (RFC 7515 §7.1), for whoever holds the key to sign.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "it is nothing before it is signed"]
pub struct Unsigned(String);

impl Unsigned {
    /// Puts a header that was encoded before and a payload together.
    pub fn new(header: &str, payload: &[u8]) -> Self {
        let mut text = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + SIGNATURE);
        text.push_str(header);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut text);
        Self(text)
    }

    /// What the signature must cover (RFC 7515 §5.1 (5)).
    pub const fn message(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The whole, with the signature in the form JOSE wants (ECDSA as `R ‖ S`).
    pub fn signed(self, signature: &[u8]) -> String {
        let Self(mut text) = self;
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        text
    }
}

impl std::fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes to sign", self.0.len())
    }
}

/// Room for the signature of an elliptic curve, encoded; longer ones cost one more allocation.
const SIGNATURE: usize = 128;
