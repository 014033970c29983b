//! Cookies: sealed by others, cut into pieces here where they are long.

use http::{HeaderMap, HeaderValue, header::COOKIE};
use keybound_proto::{field, time::Lifetime};

/// How cookies are named and marked, for one app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookies {
    /// Over TLS: `__Host-`, so that no other host of the domain can plant one (RFC 6265bis §4.1.3.2).
    Secure,
    /// Over plain HTTP on this very machine.
    Loopback,
}

impl Cookies {
    /// A name as browsers have it.
    pub(crate) fn name(self, name: &str) -> String {
        match self {
            Self::Secure => format!("__Host-{name}"),
            Self::Loopback => name.to_owned(),
        }
    }

    /// Sets cookies that hold `value`, and takes away what a longer one left behind. `None` when it is too long
    /// for any browser.
    pub(crate) fn set(
        self,
        name: &str,
        value: &str,
        (age, sent): (Lifetime, &HeaderMap),
    ) -> Option<Vec<HeaderValue>> {
        let pieces: Vec<&[u8]> = value.as_bytes().chunks(PIECE).collect();
        if pieces.len() > PIECES {
            return None;
        }
        let mut lines = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let piece = String::from_utf8_lossy(piece);
            let value = if at == 0 { format!("{}.{piece}", pieces.len()) } else { piece.into_owned() };
            lines.push(self.line(&numbered(name, at), &value, age.as_secs()));
        }
        lines.extend(self.leftovers(name, pieces.len(), sent));
        Some(lines)
    }

    /// Takes a cookie away, with all of its pieces.
    pub(crate) fn remove(self, name: &str, sent: &HeaderMap) -> Vec<HeaderValue> {
        self.leftovers(name, 0, sent)
    }

    /// What a cookie holds, put together; `None` when it is not there, or not as a whole.
    pub(crate) fn read(name: &str, sent: &HeaderMap) -> Option<String> {
        let (count, first) = one(name, sent)?.split_once('.')?;
        let count: usize = count.parse().ok().filter(|count| (1..=PIECES).contains(count))?;
        let mut value = first.to_owned();
        for at in 1..count {
            value.push_str(one(&numbered(name, at), sent)?);
        }
        Some(value)
    }

    /// The names of every cookie sent that begins like this.
    pub(crate) fn names<'a>(prefix: &'a str, sent: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let pairs = lines(sent).flat_map(|line| line.split(|byte| *byte == b';'));
        let texts = pairs.filter_map(|pair| std::str::from_utf8(pair).ok()?.trim().split_once('='));
        texts.map(|(name, _)| name).filter(move |name| name.starts_with(prefix))
    }

    fn leftovers(self, name: &str, from: usize, sent: &HeaderMap) -> Vec<HeaderValue> {
        let there = (from..PIECES).map(|at| numbered(name, at)).filter(|name| is_sent(name, sent));
        there.map(|name| self.line(&name, "", 0)).collect()
    }

    /// `Lax`: a person who comes from elsewhere, as they do from a login, brings it; a form or frame of another
    /// site does not.
    fn line(self, name: &str, value: &str, age: u32) -> HeaderValue {
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly{secure}; SameSite=Lax");
        let Ok(mut line) = HeaderValue::try_from(line) else {
            unreachable!("names are ours and values are base64url")
        };
        line.set_sensitive(true);
        line
    }
}

fn numbered(name: &str, at: usize) -> String {
    if at == 0 { name.to_owned() } else { format!("{name}.{at}") }
}

fn one<'a>(name: &str, sent: &'a HeaderMap) -> Option<&'a str> {
    field::cookie(lines(sent), name).ok().flatten()
}

fn is_sent(name: &str, sent: &HeaderMap) -> bool {
    !matches!(field::cookie(lines(sent), name), Ok(None))
}

fn lines(sent: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    sent.get_all(COOKIE).iter().map(HeaderValue::as_bytes)
}

/// Browsers keep 4096 bytes of name, value and attributes (RFC 6265 §6.1).
const PIECE: usize = 3_500;

/// What servers and proxies commonly take of headers ends at 16 KB.
const PIECES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    fn set(value: &str, before: &HeaderMap) -> Vec<String> {
        let lines = Cookies::Secure.set("s", value, (Lifetime::seconds(60), before)).unwrap();
        lines.iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_long_value_travels_in_pieces_and_comes_back_whole() {
        for length in [0, 1, PIECE, PIECE + 1, PIECES * PIECE] {
            let value = "v".repeat(length);
            let lines = Cookies::Loopback.set("s", &value, (Lifetime::seconds(60), &HeaderMap::new()));
            let lines = lines.unwrap_or_default();
            assert!(lines.iter().all(|line| line.len() < 4096));
            let pairs = lines.iter().map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned());
            let sent = sent(&pairs.collect::<Vec<_>>().join("; "));
            assert_eq!(Cookies::read("s", &sent), (length > 0).then_some(value), "{length}");
        }
        let long = "v".repeat(PIECES * PIECE + 1);
        assert!(Cookies::Secure.set("s", &long, (Lifetime::seconds(60), &HeaderMap::new())).is_none());
    }

    #[test]
    fn pieces_of_a_longer_value_are_taken_away() {
        let lines = set("short", &sent("s=2.a; s.1=b; s.2=c; other=d"));
        assert_eq!(lines[0], "s=1.short; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax");
        assert_eq!(lines[1], "s.1=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
        assert_eq!(lines.len(), 3);
        assert_eq!(Cookies::Loopback.remove("s", &sent("s=1.a; s.3=b")).len(), 2);
    }

    #[test]
    fn what_is_not_whole_is_not_there() {
        for cookies in ["s=2.a", "s=9.a", "s=0.a", "s=a", "s=1.a; s=1.b", "s=x.a", "t=1.a"] {
            assert_eq!(Cookies::read("s", &sent(cookies)), None, "{cookies}");
        }
        assert_eq!(Cookies::read("s", &sent("s=2.a; s.1=b")).as_deref(), Some("ab"));
    }
}
