//! The URL of a request as a proof names it (`htu`, RFC 9449 §4.2), in the normal form of RFC 3986 §6.2.

use std::fmt;

use super::{
    Origin, UriError,
    parts::{Web, check_characters, split_tail},
};

/// The URL of a request without query and fragment, in normal form.
///
/// Scheme and host are in lower case, a default port is gone, an empty path is `/`, percent triplets are in upper
/// case, and what need not be encoded is not. Two of them are equal exactly when RFC 9449 §4.3 (9) says so.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Htu(Box<str>);

impl Htu {
    /// Reads the `htu` of a proof: query and fragment are ignored, dot segments are removed.
    pub fn parse(claim: &str) -> Result<Self, UriError> {
        Self::of(&Web::split(claim)?)
    }

    /// Reads an address once for both: the origin it goes to, and what its proof calls it.
    ///
    /// ```
    /// use keybound_proto::uri::Htu;
    ///
    /// let (origin, htu) = Htu::with_origin("https://API.example/orders?page=2")?;
    /// assert_eq!((origin.as_str(), htu.as_str()), ("https://api.example", "https://api.example/orders"));
    /// # Ok::<(), keybound_proto::uri::UriError>(())
    /// ```
    pub fn with_origin(url: &str) -> Result<(Origin, Self), UriError> {
        let web = Web::split(url)?;
        Ok((Origin::of(&web), Self::of(&web)?))
    }

    fn of(web: &Web<'_>) -> Result<Self, UriError> {
        let mut text = String::with_capacity(web.host.len() + web.path.len() + ROOM);
        web.write_origin(&mut text);
        let start = text.len();
        write_path(web.path, &mut text)?;
        remove_dot_segments(&mut text, start);
        Ok(Self(text.into_boxed_str()))
    }

    /// The URL of a request that came for `target` at one of our public origins.
    ///
    /// `target` is the path as it came over the wire, with or without a query. Dot segments are kept: a router
    /// would not resolve them either, and so no proof can speak for such a path by another name.
    pub fn of_request(origin: &Origin, target: &str) -> Result<Self, UriError> {
        check_characters(target)?;
        let (path, _, _) = split_tail(target);
        if !path.is_empty() && !path.starts_with('/') {
            return Err(UriError::Relative);
        }
        let mut text = String::with_capacity(origin.as_str().len() + path.len() + 1);
        text.push_str(origin.as_str());
        write_path(path, &mut text)?;
        Ok(Self(text.into_boxed_str()))
    }

    /// Whether a proof that claims this `htu` was made for this URL.
    pub fn is_named_by(&self, claim: &str) -> bool {
        *self.0 == *claim || Self::parse(claim).is_ok_and(|claimed| claimed == *self)
    }

    /// Its text in normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Htu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a path with its percent-encoding in normal form (RFC 3986 §6.2.2.1 and §6.2.2.2).
fn write_path(path: &str, into: &mut String) -> Result<(), UriError> {
    if path.is_empty() {
        into.push('/');
        return Ok(());
    }
    let mut rest = path;
    while let Some((plain, tail)) = rest.split_once('%') {
        into.push_str(plain);
        let (digits, after) = tail.split_at_checked(2).ok_or(UriError::Percent)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(UriError::Percent);
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| UriError::Percent)?;
        if is_unreserved(byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push_str(&digits.to_ascii_uppercase());
        }
        rest = after;
    }
    into.push_str(rest);
    Ok(())
}

/// RFC 3986 §5.2.4, upon the part of `text` that begins at `start`.
pub(super) fn remove_dot_segments(text: &mut String, start: usize) {
    let path = text.get(start..).unwrap_or_default();
    if !path.contains("/.") {
        return;
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    let path = kept.iter().fold(String::with_capacity(path.len()), |mut path, segment| {
        path.push('/');
        path.push_str(segment);
        path
    });
    text.truncate(start);
    text.push_str(if path.is_empty() { "/" } else { &path });
}

/// `https://`, a port, and the slash of an empty path.
const ROOM: usize = 16;

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}
