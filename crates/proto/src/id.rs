//! Names that are easily mixed up, each with a type of its own.

use std::fmt;

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

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $limit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Most bytes it may have.
            pub const LIMIT: usize = $limit;

            /// Reads one; refuses empty, overlong and control characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text, $limit)?;
                Ok(Self(text.into()))
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl Subject {
    /// Of a client that acts for itself: `<client_id>@clients`, which no user is called.
    pub fn of_client(client: &ClientId) -> Self {
        Self(format!("{client}@clients").into_boxed_str())
    }
}

fn check(text: &str, limit: usize) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > limit {
        return Err(IdError::TooLong { found: text.len(), limit });
    }
    if text.chars().any(|c| c.is_control() || is_bidi(c)) {
        return Err(IdError::Character);
    }
    Ok(())
}

/// Marks that reorder text can make one identifier look like another.
const fn is_bidi(c: char) -> bool {
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
    fn a_client_of_any_length_can_be_a_subject() {
        let longest = ClientId::parse(&"c".repeat(ClientId::LIMIT)).unwrap();
        let subject = Subject::of_client(&longest);
        assert_eq!(Subject::parse(subject.as_str()), Ok(subject));
        assert_eq!(Subject::of_client(&ClientId::parse("m2m").unwrap()).as_str(), "m2m@clients");
    }
}
