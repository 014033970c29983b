//! Names that are easily mixed up, each with a type of its own.

use crate::jose::encode_base64url;

/// Why a text is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing is there.
    #[error("it is empty")]
    Empty,
    /// Longer than any identifier of its kind.
    #[error("it has {found} bytes; at most {limit} are allowed")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A control character, or another that must not stand in an identifier.
    #[error("it holds a character that is not allowed")]
    Character,
}

/// Makes a type of a name, so that it is not mixed up with another: printable, bounded, and not deceptive.
///
/// The caller depends on this crate and documents the type.
#[macro_export]
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $limit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Most bytes it may have.
            pub const LIMIT: usize = $limit;

            /// Reads one; refuses empty and overlong ones, control characters and marks that reorder text.
            pub fn parse(text: &str) -> Result<Self, $crate::id::IdError> {
                $crate::id::check(text, $limit)?;
                Ok(Self(text.into()))
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier! {
    /// Which client asks (RFC 6749 §2.2). Short enough that [`Subject::of_client`] is a subject.
    ClientId, 247
}
identifier! {
    /// Of whom a token speaks (`sub`, OIDC Core §2: at most 255 bytes).
    Subject, 255
}
identifier! {
    /// What makes a proof or a token unique (`jti`, RFC 7519 §4.1.7); at most 256 bytes by our choice.
    Jti, 256
}
identifier! {
    /// Which key signed (`kid`, RFC 7515 §4.1.4).
    Kid, 256
}
identifier! {
    /// What ties an ID token to the request it answers (`nonce`, OIDC Core §2); no kin of a DPoP nonce.
    IdTokenNonce, 1024
}
identifier! {
    /// Which tenant everything belongs to.
    TenantId, 64
}

impl Jti {
    /// One that is never made twice: 256 random bits, of which RFC 9449 §4.2 wants 96.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(encode_base64url(entropy).into_boxed_str())
    }
}

impl Subject {
    /// Of a client that acts for itself: `<client_id>@clients`, which no user is called.
    pub fn of_client(client: &ClientId) -> Self {
        Self(format!("{client}@clients").into_boxed_str())
    }

    /// A decentralized identifier (DID Core §3.1), as AT Protocol names people: `did:plc:…`, `did:web:…`.
    pub fn did(text: &str) -> Option<Self> {
        let (method, rest) = text.strip_prefix("did:")?.split_once(':')?;
        let proper = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'%');
        let method =
            !method.is_empty() && method.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = !rest.is_empty() && rest.bytes().all(proper) && !rest.ends_with([':', '%']);
        if method && rest { Self::parse(text).ok() } else { None }
    }
}

/// What every identifier is held against; for [`identifier!`](crate::identifier).
pub fn check(text: &str, limit: usize) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > limit {
        return Err(IdError::TooLong { found: text.len(), limit });
    }
    if text.chars().any(|c| c.is_control() || reorders(c)) {
        return Err(IdError::Character);
    }
    Ok(())
}

/// Whether a character is one of Unicode's marks that reorder the text around them (UAX #9 §2).
///
/// They show nothing themselves, and can make one name look like another.
pub const fn reorders(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_neither_empty_nor_endless_nor_deceptive() {
        assert_eq!(Jti::parse(""), Err(IdError::Empty));
        assert_eq!(Jti::parse(&"a".repeat(257)), Err(IdError::TooLong { found: 257, limit: 256 }));
        assert_eq!(Jti::parse("a\0b"), Err(IdError::Character));
        assert_eq!(Jti::parse("a\u{202E}b"), Err(IdError::Character));
        assert!(Jti::parse(&"a".repeat(256)).is_ok());
    }

    #[test]
    fn what_chance_makes_is_an_identifier_too() {
        let jti = Jti::from_entropy([255; 32]);
        assert_eq!(Jti::parse(jti.as_str()), Ok(jti));
    }

    /// DID Core §3.1.
    #[test]
    fn a_did_names_its_method_and_somebody() {
        for good in ["did:plc:z72i7hdynmk6r22z27h6tvur", "did:web:id.example", "did:web:localhost%3A3000"] {
            assert_eq!(Subject::did(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "did:",
            "did:plc",
            "did:plc:",
            "did::x",
            "did:PLC:x",
            "DID:plc:x",
            "did:plc:x/y",
            "did:plc:x#k",
            "did:plc:x:",
            "auth0|x",
        ] {
            assert_eq!(Subject::did(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_client_of_any_length_can_be_a_subject() {
        let longest = ClientId::parse(&"c".repeat(ClientId::LIMIT)).unwrap();
        let subject = Subject::of_client(&longest);
        assert_eq!(Subject::parse(subject.as_str()), Ok(subject));
        assert_eq!(Subject::of_client(&ClientId::parse("m2m").unwrap()).as_str(), "m2m@clients");
    }
}
