//! What is kept of a secret that was handed out: its SHA-256, never itself.

use std::fmt;

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes the SHA-256 of the secret.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The SHA-256.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for byte in self.0.iter().take(4) {
                    write!(f, "{byte:02x}")?;
                }
                f.write_str("…")
            }
        }
    };
}

digest! {
    /// Of an authorization code.
    CodeDigest
}
digest! {
    /// Of an `mfa_token`: what names a sign-in that waits for its second factor.
    MfaDigest
}
digest! {
    /// Of a recovery code.
    RecoveryDigest
}
digest! {
    /// Of a refresh token.
    RefreshDigest
}
digest! {
    /// Of the secret in a browser's session cookie.
    SessionDigest
}
