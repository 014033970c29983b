//! The pieces of an absolute URI (RFC 3986 §3), split and refused strictly.

use std::{borrow::Cow, net::Ipv6Addr};

/// Why a text is not an address we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// A control character, a space, a backslash, or a letter outside ASCII.
    #[error("it holds a character that must be percent-encoded")]
    Character,
    /// No host, or one that is neither a name nor an address.
    #[error("its host is missing or malformed")]
    Host,
    /// A part that an address of this kind must not have.
    #[error("it has a {0}, which is not allowed here")]
    Part(&'static str),
    /// A percent sign without two hexadecimal digits.
    #[error("it holds a broken percent-encoding")]
    Percent,
    /// A port that is zero, too large, or written with leading zeros.
    #[error("its port is malformed")]
    Port,
    /// It does not begin with a scheme.
    #[error("it is not absolute")]
    Relative,
    /// A scheme that an address of this kind must not have.
    #[error("its scheme is not allowed here")]
    Scheme,
    /// Longer than any address we accept.
    #[error("it is longer than {} bytes", LIMIT)]
    TooLong,
}

/// An `http` or `https` address, in pieces; scheme, host and port already in their normal form.
pub(super) struct Web<'a> {
    pub(super) scheme: &'static str,
    pub(super) host: Cow<'a, str>,
    /// `None` is the scheme's own port.
    pub(super) port: Option<u16>,
    /// As written; empty or beginning with a slash.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) fragment: Option<&'a str>,
}

impl<'a> Web<'a> {
    /// Splits an absolute `http` or `https` address. Credentials in it are refused.
    pub(super) fn split(text: &'a str) -> Result<Self, UriError> {
        check_characters(text)?;
        let (scheme, rest) = split_scheme(text)?;
        let (scheme, default) = if scheme.eq_ignore_ascii_case("https") {
            ("https", 443)
        } else if scheme.eq_ignore_ascii_case("http") {
            ("http", 80)
        } else {
            return Err(UriError::Scheme);
        };
        let rest = rest.strip_prefix("//").ok_or(UriError::Host)?;
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, query, fragment) = split_tail(tail);
        let (host, port) = split_authority(authority)?;
        let port = port.filter(|port| *port != default);
        Ok(Self { scheme, host, port, path, query, fragment })
    }

    /// Writes `scheme://host[:port]`.
    pub(super) fn write_origin(&self, into: &mut String) {
        into.push_str(self.scheme);
        into.push_str("://");
        into.push_str(&self.host);
        if let Some(port) = self.port {
            into.push(':');
            into.push_str(&port.to_string());
        }
    }
}

/// Splits what follows the authority into path, query and fragment.
pub(super) fn split_tail(tail: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, fragment) = match tail.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (tail, None),
    };
    match rest.split_once('?') {
        Some((path, query)) => (path, Some(query), fragment),
        None => (rest, None, fragment),
    }
}

/// Splits `scheme:` off (RFC 3986 §3.1).
pub(super) fn split_scheme(text: &str) -> Result<(&str, &str), UriError> {
    let (scheme, rest) = text.split_once(':').ok_or(UriError::Relative)?;
    let letters = scheme.as_bytes();
    let proper = letters.first().is_some_and(u8::is_ascii_alphabetic)
        && letters.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if proper { Ok((scheme, rest)) } else { Err(UriError::Relative) }
}

/// Refuses what may not stand in a URI (RFC 3986 §2), and addresses without end.
pub(super) fn check_characters(text: &str) -> Result<(), UriError> {
    if text.len() > LIMIT {
        return Err(UriError::TooLong);
    }
    let allowed = |b: u8| {
        b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    if text.bytes().all(allowed) { Ok(()) } else { Err(UriError::Character) }
}

fn split_authority(authority: &str) -> Result<(Cow<'_, str>, Option<u16>), UriError> {
    if authority.contains('@') {
        return Err(UriError::Part("user name"));
    }
    if let Some(rest) = authority.strip_prefix('[') {
        let (literal, port) = rest.split_once(']').ok_or(UriError::Host)?;
        let address: Ipv6Addr = literal.parse().map_err(|_| UriError::Host)?;
        let port = match port {
            "" => None,
            _ => parse_port(port.strip_prefix(':').ok_or(UriError::Host)?)?,
        };
        return Ok((Cow::Owned(format!("[{address}]")), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, parse_port(port)?),
        None => (authority, None),
    };
    let name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    if host.is_empty() || host.len() > 255 || !host.bytes().all(name) {
        return Err(UriError::Host);
    }
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        return Ok((Cow::Owned(host.to_ascii_lowercase()), port));
    }
    Ok((Cow::Borrowed(host), port))
}

fn parse_port(text: &str) -> Result<Option<u16>, UriError> {
    if text.is_empty() {
        return Ok(None);
    }
    if text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(UriError::Port);
    }
    text.parse().map(Some).map_err(|_| UriError::Port)
}

const LIMIT: usize = 4096;
