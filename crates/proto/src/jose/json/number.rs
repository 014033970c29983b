//! Numbers, kept as they were written.

use std::{borrow::Cow, fmt};

/// A number of RFC 8259 §6, in the very characters that were sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number<'a>(Cow<'a, str>);

impl<'a> Number<'a> {
    /// `text` must follow the grammar; only the reader calls this.
    pub(super) const fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The integer it is, when it is one that fits and is written without fraction and exponent.
    pub fn integer(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The greatest integer not above it, or the nearest end of `i64`.
    ///
    /// This is how a `NumericDate` with a fraction becomes whole seconds (RFC 7519 §2).
    pub fn floor(&self) -> i64 {
        let text = self.as_str();
        if text.bytes().any(|b| matches!(b, b'e' | b'E')) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "float to integer `as` saturates, which is wanted"
            )]
            return text.parse::<f64>().unwrap_or(f64::MAX).floor() as i64;
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let negative = whole.starts_with('-');
        let whole = whole.parse().unwrap_or(if negative { i64::MIN } else { i64::MAX });
        let below = negative && fraction.bytes().any(|b| b != b'0');
        whole.saturating_sub(i64::from(below))
    }

    pub(super) fn into_owned(self) -> Number<'static> {
        Number(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
