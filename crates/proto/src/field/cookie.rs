//! `Cookie` (RFC 6265 §4.2, §5.4).

use super::grammar::without_blanks;

/// A cookie that is there and has no value that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCookie {
    /// Two different values: somebody put one there.
    #[error("the cookie has two values")]
    Several,
    /// Characters that no value has.
    #[error("the cookie holds odd characters")]
    Characters,
}

/// The one value of the cookie of this name in every `Cookie` line there is; `None` when there is no such cookie.
///
/// What other cookies hold is nobody's business here: a browser sends what any page of the domain wrote, in any
/// bytes.
///
/// ```
/// use keybound_proto::field::{InvalidCookie, cookie};
///
/// let lines = [&b"name=K\xc3\xa4the; session=s1"[..], b"session=s1"];
/// assert_eq!(cookie(lines, "session"), Ok(Some("s1")));
/// assert_eq!(cookie(lines, "browser"), Ok(None));
/// assert_eq!(cookie([&b"session=s1; session=planted"[..]], "session"), Err(InvalidCookie::Several));
/// ```
pub fn cookie<'a>(
    lines: impl IntoIterator<Item = &'a [u8]>,
    name: &str,
) -> Result<Option<&'a str>, InvalidCookie> {
    let pairs = lines.into_iter().flat_map(|line| line.split(|&byte| byte == b';'));
    let mut values = pairs.filter_map(|pair| {
        let value = without_blanks(pair).strip_prefix(name.as_bytes())?;
        value.strip_prefix(b"=")
    });
    let Some(first) = values.next() else { return Ok(None) };
    if !values.all(|other| other == first) {
        return Err(InvalidCookie::Several);
    }
    let value =
        std::str::from_utf8(first).ok().filter(|value| value.bytes().all(|byte| byte.is_ascii_graphic()));
    value.map(Some).ok_or(InvalidCookie::Characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6265 §5.4.
    #[test]
    fn a_cookie_is_found_among_others_whatever_they_hold() {
        let lines = [&b"a=b; c;=; session=one;d=\xFF"[..], b"\xC3\xA4; browser = two;  browser=three \t"];
        assert_eq!(cookie(lines, "session"), Ok(Some("one")));
        assert_eq!(cookie(lines, "browser"), Ok(Some("three")));
        for absent in ["sess", "sessions", "SESSION", "c", "on"] {
            assert_eq!(cookie(lines, absent), Ok(None), "{absent}");
        }
    }

    #[test]
    fn two_different_values_of_one_name_are_none_and_so_are_odd_ones() {
        assert_eq!(cookie([&b"s=mine; s=planted"[..]], "s"), Err(InvalidCookie::Several));
        assert_eq!(cookie([&b"s=mine"[..], b"s=planted"], "s"), Err(InvalidCookie::Several));
        assert_eq!(cookie([&b"s=mine; s=mine"[..]], "s"), Ok(Some("mine")));
        for odd in [&b"s=a b"[..], b"s=\xFF", b"s=\xC2\xA0", b"s=\0"] {
            assert_eq!(cookie([odd], "s"), Err(InvalidCookie::Characters), "{odd:?}");
        }
        assert_eq!(cookie([&b"s="[..]], "s"), Ok(Some("")));
    }
}
