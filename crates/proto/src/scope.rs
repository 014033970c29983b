//! Scopes: what a token permits, as words (RFC 6749 §3.3).

use std::fmt;

/// Why a text is not a scope, or not a list of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// A scope has at least one character.
    #[error("a scope is empty")]
    Empty,
    /// A character outside RFC 6749 §3.3's `scope-token`.
    #[error("a scope holds a character that is not allowed")]
    Character,
    /// One scope is longer than [`Scope::LIMIT`].
    #[error("a scope has {found} bytes; at most {limit} are allowed", limit = Scope::LIMIT)]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// More scopes than [`Scopes::LIMIT`].
    #[error("more than {limit} scopes are asked for", limit = Scopes::LIMIT)]
    TooMany,
}

/// One permission, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Box<str>);

impl Scope {
    /// Most bytes one scope may have.
    pub const LIMIT: usize = 280;

    /// Reads one `scope-token`: printable ASCII but blank, `"` and `\`.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.is_empty() {
            return Err(ScopeError::Empty);
        }
        if text.len() > Self::LIMIT {
            return Err(ScopeError::TooLong { found: text.len() });
        }
        if !text.bytes().all(is_scope_byte) {
            return Err(ScopeError::Character);
        }
        Ok(Self(text.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Scope {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A set of scopes that remembers the order it was asked in.
///
/// Two sets are equal when they hold the same scopes, whatever the order: RFC 6749 §3.3 says the order does
/// not matter, and people still like to read back what they wrote.
#[derive(Clone, Debug, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Most scopes one list may have.
    pub const LIMIT: usize = 1024;

    /// No scope at all.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads a list separated by blanks. Doubled blanks and repeated scopes do no harm.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let mut scopes = Self::none();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let scope = Scope::parse(word)?;
            if scopes.0.len() >= Self::LIMIT {
                return Err(ScopeError::TooMany);
            }
            scopes.insert(scope);
        }
        Ok(scopes)
    }

    /// Adds a scope; `false` when it was there.
    pub fn insert(&mut self, scope: Scope) -> bool {
        let new = !self.0.contains(&scope);
        if new {
            self.0.push(scope);
        }
        new
    }

    /// Whether this very scope is among them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own.as_str() == scope)
    }

    /// Whether all of these are among the others.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|own| other.contains(own.as_str()))
    }

    /// Those that are in both, in this set's order.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        self.0.iter().filter(|own| other.contains(own.as_str())).cloned().collect()
    }

    /// Those that are in either: this set's first, then what the other adds.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).cloned().collect()
    }

    /// Those that are not among the others, in this set's order.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.0.iter().filter(|own| !other.contains(own.as_str())).cloned().collect()
    }

    /// Each scope in the order it was asked in.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Scope> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.is_subset(other)
    }
}

impl Eq for Scopes {}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(iter: I) -> Self {
        let mut scopes = Self::none();
        for scope in iter {
            scopes.insert(scope);
        }
        scopes
    }
}

impl fmt::Display for Scopes {
    /// As it goes over the wire: separated by one blank.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// RFC 6749 §3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6749 §3.3.
    #[test]
    fn a_scope_is_printable_ascii_without_quote_and_backslash() {
        for good in ["openid", "read:orders", "https://api.example/x?y#z", "!", "~"] {
            assert!(Scope::parse(good).is_ok(), "{good}");
        }
        for bad in ["a b", "a\"b", "a\\b", "a\tb", "é", "a\u{7f}", "a\0"] {
            assert_eq!(Scope::parse(bad), Err(ScopeError::Character), "{bad:?}");
        }
        assert_eq!(Scope::parse(""), Err(ScopeError::Empty));
        assert_eq!(Scope::parse(&"a".repeat(281)), Err(ScopeError::TooLong { found: 281 }));
    }

    /// RFC 6749 §3.3: the order of the strings does not matter.
    #[test]
    fn lists_are_sets_that_print_in_the_order_they_were_asked_in() {
        let asked = Scopes::parse(" openid  profile openid email").unwrap();
        assert_eq!(asked.to_string(), "openid profile email");
        assert_eq!(asked, Scopes::parse("email openid profile").unwrap());
        assert_ne!(asked, Scopes::parse("openid profile").unwrap());
        assert_eq!(Scopes::parse("").unwrap(), Scopes::none());
    }

    #[test]
    fn sets_can_be_compared_and_combined() {
        let owned = Scopes::parse("a b c").unwrap();
        let asked = Scopes::parse("c d").unwrap();
        assert_eq!(asked.intersect(&owned).to_string(), "c");
        assert_eq!(owned.union(&asked).to_string(), "a b c d");
        assert_eq!(owned.without(&asked).to_string(), "a b");
        assert!(Scopes::parse("b a").unwrap().is_subset(&owned));
        assert!(!asked.is_subset(&owned));
        assert!(Scopes::none().is_subset(&asked));
        assert!(owned.contains("a") && !owned.contains("A"));
    }

    #[test]
    fn an_endless_list_is_refused() {
        let many = (0..=Scopes::LIMIT).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(Scopes::parse(&many), Err(ScopeError::TooMany));
    }
}
