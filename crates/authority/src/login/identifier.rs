//! What a person signs in by: an email address, or a user name.

use std::fmt;

use crate::Refusal;

/// An email address, in lower case: Auth0 tells addresses apart by nothing else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

impl Email {
    /// Reads one: a local part, one `@`, a host name. Whether it exists only a letter can tell.
    ///
    /// It is judged in lower case, as it is kept: a few letters become something else there.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text.to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(Refusal::BadIdentifier)?;
        let local_fits = (1..=64).contains(&local.len())
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        if !local_fits || domain.len() > 253 || !domain.split('.').all(label) {
            return Err(Refusal::BadIdentifier);
        }
        Ok(Self(text.into_boxed_str()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As much of it as its owner needs to know it by, and nobody else learns it from.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        format!("{}***@{domain}", local.chars().next().unwrap_or('*'))
    }

    /// What stands before the `@`: what Auth0 calls a new user.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or(&self.0, |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user name, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(Box<str>);

impl Username {
    /// Reads one by Auth0's rules for people: 1 to 15 characters, letters, digits and a few marks; no email address.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::up_to(15, text)
    }

    /// Reads one that an administrator gives: up to 128 characters, of the same kinds.
    pub fn given(text: &str) -> Result<Self, Refusal> {
        Self::up_to(128, text)
    }

    fn up_to(most: usize, text: &str) -> Result<Self, Refusal> {
        let fits = (1..=most).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "_+-.!#$'^`~@".contains(c))
            && Email::parse(text).is_err();
        if fits { Ok(Self(text.to_ascii_lowercase().into_boxed_str())) } else { Err(Refusal::BadIdentifier) }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_read_in_lower_case() {
        let email = Email::parse("Ann.O'Neill+x@Example.COM").unwrap();
        assert_eq!(email.as_str(), "ann.o'neill+x@example.com");
        assert_eq!(email.local(), "ann.o'neill+x");
        assert!(Email::parse("käthe@müller.example").is_ok());
        assert!(Email::parse("root@localhost").is_ok());
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "ann@@example.com",
            "a b@example.com",
            "ann@exa mple.com",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a@-b.c",
            "a@b..c",
            "a@b.",
            "<a@b.c>",
            "a@b.c\n",
            "\u{130}@b.c",
            &long,
        ] {
            assert_eq!(Email::parse(bad), Err(Refusal::BadIdentifier), "{bad:?}");
        }
    }

    #[test]
    fn a_user_name_is_short_and_no_address() {
        assert_eq!(Username::parse("Ann_1").unwrap().as_str(), "ann_1");
        for bad in ["", "sixteen_letters_", "a b", "ä", "ann@example.com"] {
            assert_eq!(Username::parse(bad), Err(Refusal::BadIdentifier), "{bad}");
        }
    }
}
