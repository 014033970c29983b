//! `multipart/form-data` (RFC 7578 over RFC 2046 §5.1.1): a form with a file in it, read from bytes that are all there.

/// Why a body is no such form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MultipartError {
    /// `Content-Type` names no boundary, or one that is none.
    #[error("the content type names no boundary")]
    Boundary,
    /// A part has no name, or its headers cannot be read.
    #[error("a part of the form has no name")]
    Name,
    /// The same part came twice.
    #[error("a part of the form was sent more than once")]
    Repeated,
    /// More parts than [`Multipart::LIMIT`].
    #[error("the form has more than {limit} parts", limit = Multipart::LIMIT)]
    TooMany,
    /// The boundaries do not enclose it.
    #[error("the form does not begin and end with its boundary")]
    Unclosed,
}

/// The parts of a form, each at most once, as they stand in its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart<'b> {
    parts: Vec<(&'b str, &'b [u8])>,
}

impl<'b> Multipart<'b> {
    /// Most parts of one form.
    pub const LIMIT: usize = 32;

    /// Reads a body by the `Content-Type` it came with.
    ///
    /// # Errors
    /// Where it is no such form.
    pub fn parse(content_type: &str, body: &'b [u8]) -> Result<Self, MultipartError> {
        let boundary = boundary(content_type).ok_or(MultipartError::Boundary)?;
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        let opening = delimiter.get(2..).unwrap_or_default();
        let mut rest = match body.strip_prefix(opening) {
            Some(rest) => rest,
            None => split(body, &delimiter).ok_or(MultipartError::Unclosed)?.1,
        };
        let mut form = Self::default();
        loop {
            // Blanks may follow a boundary (RFC 2046 §5.1.1), and `--` the last one.
            if rest.starts_with(b"--") {
                return Ok(form);
            }
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let part = rest.get(blanks..).and_then(|part| part.strip_prefix(b"\r\n"));
            let (part, after) =
                split(part.ok_or(MultipartError::Unclosed)?, &delimiter).ok_or(MultipartError::Unclosed)?;
            form.add(part)?;
            rest = after;
        }
    }

    /// A part, as it came.
    pub fn bytes(&self, name: &str) -> Option<&'b [u8]> {
        self.parts.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// A part that is text; `None` too where it is none.
    pub fn text(&self, name: &str) -> Option<&'b str> {
        self.bytes(name).and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The names of all parts.
    pub fn names(&self) -> impl Iterator<Item = &'b str> {
        self.parts.iter().map(|(name, _)| *name)
    }

    fn add(&mut self, part: &'b [u8]) -> Result<(), MultipartError> {
        let (headers, value) = split(part, b"\r\n\r\n").ok_or(MultipartError::Name)?;
        let headers = std::str::from_utf8(headers).map_err(|_| MultipartError::Name)?;
        let disposition = headers.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-disposition").then_some(value)
        });
        let name = disposition.and_then(|disposition| parameter(disposition, "name"));
        let name = name.filter(|name| !name.is_empty()).ok_or(MultipartError::Name)?;
        if self.parts.iter().any(|(other, _)| *other == name) {
            return Err(MultipartError::Repeated);
        }
        if self.parts.len() >= Self::LIMIT {
            return Err(MultipartError::TooMany);
        }
        self.parts.push((name, value));
        Ok(())
    }
}

fn boundary(content_type: &str) -> Option<&str> {
    let known = |c: u8| c.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&c);
    parameter(content_type, "boundary")
        .filter(|text| matches!(text.len(), 1..=70) && text.bytes().all(known) && !text.ends_with(' '))
}

/// A parameter of a header, in quotes or without. Browsers escape quotes within as `%22`, so none stand there.
fn parameter<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once(';') {
        let after = after.trim_start();
        let (found, value) = after.split_once('=')?;
        let (value, next) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if found.trim_end().eq_ignore_ascii_case(name) {
            return Some(value.trim_end());
        }
        rest = next;
    }
    None
}

/// What stands before and after the first of those bytes.
fn split<'b>(bytes: &'b [u8], needle: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let found = from + bytes.get(from..)?.iter().position(|byte| *byte == first)?;
        if bytes.get(found..)?.starts_with(needle) {
            return Some((bytes.get(..found)?, bytes.get(found + needle.len()..)?));
        }
        from = found + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=x-y";
    const FORM: &[u8] = b"before\r\n--x-y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x-y  \r\n\
        content-disposition: form-data; filename=\"u;s.json\"; name=file\r\nContent-Type: application/json\r\n\r\n\
        [\r\n--x-]\r\n--x-y--\r\nafter";

    #[test]
    fn a_form_has_its_parts_as_they_came() {
        let form = Multipart::parse(TYPE, FORM).unwrap();
        assert_eq!((form.text("a"), form.bytes("file")), (Some("1"), Some(&b"[\r\n--x-]"[..])));
        assert_eq!(form.names().collect::<Vec<_>>(), ["a", "file"]);
        assert_eq!(form.bytes("b"), None);
        let quoted = r#"multipart/form-data; charset=utf-8; boundary="x-y""#;
        assert_eq!(Multipart::parse(quoted, FORM), Ok(form));
        assert_eq!(Multipart::parse(TYPE, b"--x-y--"), Ok(Multipart::default()));
    }

    #[test]
    fn what_is_no_such_form_is_refused() {
        for wrong in
            ["", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"x"]
        {
            assert_eq!(Multipart::parse(wrong, FORM), Err(MultipartError::Boundary), "{wrong}");
        }
        for end in 0..FORM.len() - 9 {
            assert!(Multipart::parse(TYPE, &FORM[..end]).is_err(), "{end}");
        }
        let part = b"--x-y\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n";
        let twice = [&part[..], part, b"--x-y--"].concat();
        assert_eq!(Multipart::parse(TYPE, &twice), Err(MultipartError::Repeated));
        let nameless = b"--x-y\r\nContent-Disposition: form-data\r\n\r\n\r\n--x-y--";
        assert_eq!(Multipart::parse(TYPE, nameless), Err(MultipartError::Name));
        let many: Vec<u8> = (0..=Multipart::LIMIT)
            .flat_map(|n| {
                format!("--x-y\r\nContent-Disposition: form-data; name=a{n}\r\n\r\n\r\n").into_bytes()
            })
            .chain(*b"--x-y--")
            .collect();
        assert_eq!(Multipart::parse(TYPE, &many), Err(MultipartError::TooMany));
    }
}
