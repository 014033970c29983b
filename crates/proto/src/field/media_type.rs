//! `Content-Type` (RFC 9110 §8.3.1).

use super::grammar::{is_token, without_blanks};

/// What a body is said to be, without parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a>(&'a str);

impl<'a> MediaType<'a> {
    /// Reads a field: what stands before its parameters, as it was written.
    ///
    /// `None` when that is no media type.
    ///
    /// ```
    /// use keybound_proto::field::MediaType;
    ///
    /// let read = MediaType::parse(b"Application/JSON; charset=utf-8");
    /// assert!(read.is_some_and(|read| read.is("application/json") && read.is_json()));
    /// ```
    pub fn parse(field: &'a [u8]) -> Option<Self> {
        let text = field.split(|&byte| byte == b';').next().map(without_blanks)?;
        let text = std::str::from_utf8(text).ok()?;
        let (kind, of) = text.split_once('/')?;
        let proper = |part: &str| !part.is_empty() && part.bytes().all(is_token);
        (proper(kind) && proper(of)).then_some(Self(text))
    }

    /// Its text, in the case it was written in.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it is this one, without regard to case.
    pub const fn is(self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }

    /// Whether it is JSON, by itself or underneath (RFC 6839 §3.1).
    pub fn is_json(self) -> bool {
        let tail = self.0.len().checked_sub("+json".len()).and_then(|at| self.0.get(at..));
        self.is("application/json") || tail.is_some_and(|tail| tail.eq_ignore_ascii_case("+json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110 §8.3.1.
    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        for (field, read) in [
            (&b"text/html"[..], Some("text/html")),
            (b" application/json ;charset=\"utf-8;\"", Some("application/json")),
            (b"application/x-www-form-urlencoded;", Some("application/x-www-form-urlencoded")),
            (b"", None),
            (b";", None),
            (b"json", None),
            (b"application/", None),
            (b"/json", None),
            (b"a/b/c", None),
            (b"a/b c", None),
            (b"text/html, application/json", None),
            (b"text/\xFF", None),
        ] {
            assert_eq!(MediaType::parse(field).map(MediaType::as_str), read, "{field:?}");
        }
    }

    /// RFC 6839 §3.1.
    #[test]
    fn json_goes_by_many_names() {
        for (field, json) in [
            ("application/jwk-set+JSON", true),
            ("application/json", true),
            ("text/json", false),
            ("a/json", false),
        ] {
            assert_eq!(MediaType::parse(field.as_bytes()).is_some_and(MediaType::is_json), json, "{field}");
        }
    }
}
