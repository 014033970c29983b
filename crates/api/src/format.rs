//! What texts must read as, by the names Auth0 has for it.

use std::net::IpAddr;

use keybound_proto::id::reorders;
use keybound_proto::jose::decode_base64url;
use keybound_proto::scope::Scope;
use keybound_proto::time::Timestamp;
use keybound_proto::uri::{Origin, RedirectUri};

/// What a text must read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An address of the network, or a range of them: `192.0.2.1`, `2001:db8::/32`.
    AddressRange,
    /// Anything.
    Any,
    /// A color as style sheets write it: `#` and three or six digits.
    Color,
    /// What a page said of where the next begins: base64url.
    Checkpoint,
    /// A redirection address, without wildcards: those are how codes get lost (RFC 9700 §2.1).
    Callback,
    /// The key of a value that rules know.
    ConfigKey,
    /// A connection's name: letters and digits with single hyphens between.
    ConnectionName,
    /// A country, by two letters (ISO 3166-1).
    Country,
    /// Digits, and nothing else.
    Digits,
    /// A point in time as RFC 3339 has it, in UTC.
    DateTime,
    /// An email address.
    Email,
    /// An email address, or nothing.
    EmailOrNothing,
    /// The name of a machine: labels of letters, digits and inner hyphens, with dots between.
    Hostname,
    /// An `https` address.
    Https,
    /// The same, or an empty text.
    HttpsOrNothing,
    /// The name of a key.
    KeyName,
    /// A name without angle brackets, and without characters that show nothing or reorder what is shown: people
    /// decide by it whom they trust.
    Name,
    /// Where a server of ours may call: `https`, or the machine itself.
    Endpoint,
    /// An organization's name: lower case, digits, `-` and `_`, and nothing like an id.
    OrganizationName,
    /// The origin of a page, without wildcards.
    Origin,
    /// `+` and up to 15 digits.
    Phone,
    /// A rule's name: letters and digits, between them spaces and hyphens too.
    RuleName,
    /// A single scope.
    Scope,
    /// An absolute address of any scheme.
    Uri,
    /// An `http` or `https` address, or nothing.
    Url,
}

impl Format {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddressRange => "ip-or-cidr",
            Self::Any => "any",
            Self::Color => "html-color",
            Self::Checkpoint => "checkpoint",
            Self::Callback => "callback-url",
            Self::ConfigKey => "rules-config-key",
            Self::ConnectionName => "connection-name",
            Self::Country => "country-code",
            Self::Digits => "digits",
            Self::DateTime => "date-time",
            Self::Email => "email",
            Self::EmailOrNothing => "email-or-empty",
            Self::Hostname => "hostname",
            Self::Https => "strict-https-uri",
            Self::HttpsOrNothing => "strict-https-uri-or-empty",
            Self::KeyName => "kid",
            Self::Name => "name",
            Self::Endpoint => "absolute-https-uri",
            Self::OrganizationName => "organization-name",
            Self::Origin => "origin",
            Self::Phone => "phone-number",
            Self::RuleName => "rule-name",
            Self::Scope => "scope",
            Self::Uri => "url",
            Self::Url => "absolute-uri-or-empty",
        }
    }

    /// What a regular expression can say of it: every text that holds also fits, where there is one.
    pub const fn pattern(self) -> Option<&'static str> {
        match self {
            Self::AddressRange
            | Self::Any
            | Self::Callback
            | Self::DateTime
            | Self::Email
            | Self::EmailOrNothing => None,
            Self::Color => Some("^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"),
            Self::ConfigKey => Some(r"^[A-Za-z0-9_\-@*+:]*$"),
            Self::ConnectionName => Some("^[0-9A-Za-z]+(-[0-9A-Za-z]+)*$"),
            Self::Country => Some("^[A-Z]{2}$"),
            Self::Digits => Some("^[0-9]*$"),
            Self::Endpoint => Some("^[Hh][Tt][Tt][Pp][Ss]?://[^*#]+$"),
            Self::Hostname => {
                Some("^[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*$")
            }
            Self::Https => Some("^[Hh][Tt][Tt][Pp][Ss]://.+$"),
            Self::HttpsOrNothing => Some("^([Hh][Tt][Tt][Pp][Ss]://.+)?$"),
            Self::Checkpoint | Self::KeyName => Some("^[0-9A-Za-z_-]*$"),
            Self::Name => Some("^[^<>]*$"),
            Self::OrganizationName => Some("^[0-9a-z][0-9a-z_-]*$"),
            Self::Origin => Some("^[^*]+$"),
            Self::Phone => Some(r"^\+[0-9]{1,15}$"),
            Self::RuleName => Some("^[a-zA-Z0-9]([ a-zA-Z0-9-]*[a-zA-Z0-9])?$"),
            Self::Scope => Some(r"^[!#-\[\]-~]+$"),
            Self::Uri => Some("^[A-Za-z][0-9A-Za-z+.-]*:[!-~]+$"),
            Self::Url => Some("^([Hh][Tt][Tt][Pp][Ss]?://.*)?$"),
        }
    }

    /// Whether a text reads as that.
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::AddressRange => is_range(text),
            Self::Any => true,
            Self::Color => text.strip_prefix('#').is_some_and(|digits| {
                matches!(digits.len(), 3 | 6) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            }),
            Self::Checkpoint => id_in(text).is_some(),
            Self::Callback => RedirectUri::parse(text).is_ok() && !text.contains('*'),
            Self::ConfigKey => text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'@' | b'*' | b'+' | b':')
            }),
            Self::ConnectionName => text
                .split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())),
            Self::Digits => text.bytes().all(|byte| byte.is_ascii_digit()),
            Self::Country => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
            Self::DateTime => Timestamp::parse_rfc3339(text).is_some(),
            Self::Email => is_email(text),
            Self::EmailOrNothing => text.is_empty() || is_email(text),
            Self::Hostname => text.split('.').all(is_label),
            Self::HttpsOrNothing => text.is_empty() || Self::Https.holds(text),
            Self::Https => {
                let (scheme, rest) = text.split_once("://").unwrap_or_default();
                scheme.eq_ignore_ascii_case("https") && !rest.is_empty() && Origin::of_url(text).is_ok()
            }
            Self::KeyName => {
                text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            }
            Self::Name => {
                let unfit = |c: char| matches!(c, '<' | '>') || c.is_control() || reorders(c);
                !text.trim().is_empty() && !text.contains(unfit)
            }
            Self::Endpoint => {
                Origin::of_url(text).is_ok_and(|origin| origin.is_private()) && !text.contains(['*', '#'])
            }
            Self::OrganizationName => {
                let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
                text.bytes().all(|byte| word(byte) || matches!(byte, b'-' | b'_'))
                    && text.bytes().next().is_some_and(word)
                    && !text.starts_with("org_")
            }
            Self::Origin => Origin::parse(text).is_ok() && !text.contains('*'),
            Self::Phone => text.strip_prefix('+').is_some_and(|digits| {
                (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            }),
            Self::RuleName => {
                let word = |c: char| c.is_ascii_alphanumeric();
                text.starts_with(word)
                    && text.ends_with(word)
                    && text.chars().all(|c| word(c) || matches!(c, ' ' | '-'))
            }
            Self::Scope => Scope::parse(text).is_ok(),
            Self::Uri => text.split_once(':').is_some_and(|(scheme, rest)| {
                let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
                scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                    && scheme.bytes().all(letter)
                    && !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_graphic())
            }),
            Self::Url => text.is_empty() || Origin::of_url(text).is_ok(),
        }
    }
}

/// The id after which the next page begins, as a page said it.
pub(crate) fn id_in(checkpoint: &str) -> Option<String> {
    decode_base64url(checkpoint).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// A rough look: the authority has the last word on what an address is.
fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    })
}

/// Letters, digits, and hyphens that neither begin nor end it.
fn is_label(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(letter) && text.ends_with(letter) && text.chars().all(|c| letter(c) || c == '-')
}

/// An address, and perhaps how many of its bits count.
fn is_range(text: &str) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let most = if address.is_ipv4() { 32 } else { 128 };
    bits.is_none_or(|bits| bits.len() <= 3 && bits.parse::<u8>().is_ok_and(|bits| bits <= most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_takes_what_it_names() {
        for (format, good, bad) in [
            (Format::Callback, "https://a.example/cb", "https://*.example/cb"),
            (Format::AddressRange, "192.0.2.0/24", "192.0.2.0/33"),
            (Format::AddressRange, "2001:db8::1", "2001:db8::g"),
            (Format::Callback, "com.example:/cb", "javascript:alert(1)"),
            (Format::Checkpoint, "Y2dyXzE", "_w"),
            (Format::ConfigKey, "A_key-1@x*+:", "a key"),
            (Format::Country, "DE", "de"),
            (Format::Digits, "0123", "12a"),
            (Format::EmailOrNothing, "", "nobody"),
            (Format::Hostname, "a-1.Example", "a.-b"),
            (Format::Hostname, "localhost", "a..b"),
            (Format::Https, "https://a.example/logo.png", "http://a.example/logo.png"),
            (Format::HttpsOrNothing, "", "http://a.example/logo.png"),
            (Format::RuleName, "A rule-1", "-rule"),
            (Format::Color, "#0aF", "red"),
            (Format::OrganizationName, "acme-1_x", "Acme"),
            (Format::ConnectionName, "Username-Password-Authentication", "-a"),
            (Format::ConnectionName, "a1", "a--b"),
            (Format::DateTime, "2030-01-31T12:00:00.000Z", "2030-02-31T12:00:00Z"),
            (Format::Email, "a@b", "a b@c"),
            (Format::Endpoint, "https://a.example/logout?x=1", "http://a.example/logout"),
            (Format::Endpoint, "http://localhost:3000/logout", "http://localhost.evil.example/logout"),
            (Format::Endpoint, "https://[::1]/logout", "https://a.example/#logout"),
            (Format::KeyName, "a-Key_1", "a key"),
            (Format::Name, "My API", "<b>"),
            (Format::Name, "חנות", "\u{202E}knaB yM"),
            (Format::Name, "O\u{2019}Hara \u{1F4E6}", "My\nBank"),
            (Format::Origin, "http://localhost:3000", "https://a.example/path"),
            (Format::Phone, "+4912345", "4912345"),
            (Format::Scope, "read:orders", "read orders"),
            (Format::Uri, "urn:acme:token", "a token"),
            (Format::Uri, "https://acme.example/token", "1:x"),
            (Format::Url, "https://a.example/logo.png", "logo.png"),
            (Format::Url, "", "javascript:alert(1)"),
        ] {
            assert!(format.holds(good), "{format:?}: {good}");
            assert!(!format.holds(bad), "{format:?}: {bad}");
        }
    }
}
