//! Fresh identifiers and secrets, from the system's randomness.

use keybound_client::crypto::entropy;

/// A client identifier, in the form Auth0's have.
pub(super) fn client_id() -> String {
    entropy::alphanumeric(32)
}

/// A client secret of 384 bits.
pub(super) fn client_secret() -> String {
    entropy::token::<48>()
}

/// A password to type once or twice: 119 bits in four groups, with every kind of character that policies ask for.
pub(super) fn password() -> String {
    loop {
        let groups: Vec<String> = (0..4).map(|_| entropy::alphanumeric(5)).collect();
        let password = groups.join("-");
        let has = |kind: fn(&u8) -> bool| password.as_bytes().iter().any(kind);
        if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) {
            return password;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_every_kind_of_character_and_never_repeats() {
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        assert_eq!(one.len(), 23);
        assert!(one.bytes().any(|b| b.is_ascii_digit()) && one.bytes().any(|b| b.is_ascii_uppercase()));
    }
}
