//! Names of things that are easily mixed up, each with a type of its own.

use std::fmt;

use keybound_proto::id::IdError;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $limit:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Most bytes it may have.
            pub const LIMIT: usize = $limit;

            /// Reads one; refuses empty, overlong and control characters.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                if text.is_empty() {
                    return Err(IdError::Empty);
                }
                if text.len() > $limit {
                    return Err(IdError::TooLong { found: text.len(), limit: $limit });
                }
                if text.chars().any(char::is_control) {
                    return Err(IdError::Character);
                }
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

name! {
    /// What a token is for: a resource server's identifier. Auth0 lets it be any text, not only a URI.
    AudienceName, 600
}
name! {
    /// Where users come from: a connection's name.
    ConnectionName, 128
}
name! {
    /// A browser session as tokens name it (`sid`). Knowing it opens nothing: the cookie holds another secret.
    SessionId, 64
}
name! {
    /// The refresh tokens that descend from one grant.
    FamilyId, 64
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_may_be_any_text_that_prints() {
        assert!(AudienceName::parse("my api / v1").is_ok());
        assert_eq!(AudienceName::parse(""), Err(IdError::Empty));
        assert_eq!(AudienceName::parse("a\nb"), Err(IdError::Character));
        assert_eq!(AudienceName::parse(&"a".repeat(601)), Err(IdError::TooLong { found: 601, limit: 600 }));
    }
}
