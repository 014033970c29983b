//! Values a thief would like.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// Something that must not be printed, is wiped when dropped, and is compared in constant time.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value into keeping.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. The call is the place to ask whether it may leave.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<T: Zeroize + AsRef<[u8]>> PartialEq for Secret<T> {
    /// Takes the same time wherever the first difference is; lengths are not hidden.
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref().ct_eq(other.0.as_ref()).into()
    }
}

impl<T: Zeroize + AsRef<[u8]>> Eq for Secret<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new(String::from("hunter2"))), "…");
    }

    #[test]
    fn equality_is_by_value() {
        let secret = Secret::new(String::from("a"));
        assert_eq!(secret, Secret::new(String::from("a")));
        assert_ne!(secret, Secret::new(String::from("b")));
    }
}
