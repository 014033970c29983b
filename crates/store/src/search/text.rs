//! Comparisons of texts.

use keybound_api::search::{Bound, Test};

use crate::sql::{Composed, Dialect};

/// A text in a row, and how it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side<'a> {
    /// Byte by byte.
    Bytes(&'a str),
    /// As the database orders keys.
    Keys(&'a str),
}

impl Side<'_> {
    /// Goes on with what must hold of it.
    pub(super) fn test(self, out: &mut Composed, test: &Test) {
        out.say("(");
        match test {
            Test::Exists => self.say(out).say(" IS NOT NULL"),
            Test::Is(wanted) => self.compare(out, " = ", wanted),
            Test::Like(parts) => self.like(out, parts),
            Test::Within(least, most) => {
                self.say(out).say(" IS NOT NULL");
                if let Some(bound) = least {
                    out.say(" AND ");
                    self.least(out, bound);
                }
                if let Some(bound) = most {
                    out.say(" AND ");
                    self.most(out, bound);
                }
                &mut *out
            }
        };
        out.say(")");
    }

    fn say(self, out: &mut Composed) -> &mut Composed {
        match self {
            Self::Bytes(expression) => out.bytewise(expression),
            Self::Keys(expression) => out.say(expression),
        }
    }

    fn compare<'c>(self, out: &'c mut Composed, sign: &str, wanted: &str) -> &'c mut Composed {
        self.say(out).say(sign).give(wanted)
    }

    /// Beginnings are found by an index; what follows them is looked at.
    fn like<'c>(self, out: &'c mut Composed, parts: &[String]) -> &'c mut Composed {
        let [first, rest @ ..] = parts else { return out.say("FALSE") };
        if let (Self::Bytes(_), false) = (self, first.is_empty()) {
            self.compare(out, " >= ", first);
            if let Some(end) = behind(first) {
                out.say(" AND ");
                self.compare(out, " < ", &end);
            }
            if rest.iter().all(String::is_empty) {
                return out;
            }
            out.say(" AND ");
        }
        let (sign, pattern) = match out.dialect() {
            Dialect::Sqlite => (" GLOB ", pattern(parts, "*", &[('*', "[*]"), ('?', "[?]"), ('[', "[[]")])),
            Dialect::Postgres => {
                (" LIKE ", pattern(parts, "%", &[('%', "\\%"), ('_', "\\_"), ('\\', "\\\\")]))
            }
        };
        self.compare(out, sign, &pattern)
    }

    fn least<'c>(self, out: &'c mut Composed, bound: &Bound) -> &'c mut Composed {
        match (self, bound.inclusive) {
            (_, true) => self.compare(out, " >= ", &bound.value),
            (Self::Keys(_), false) => self.compare(out, " > ", &bound.value),
            (Self::Bytes(_), false) => match behind(&bound.value) {
                Some(end) => self.compare(out, " >= ", &end),
                None => out.say("FALSE"),
            },
        }
    }

    fn most<'c>(self, out: &'c mut Composed, bound: &Bound) -> &'c mut Composed {
        match (self, bound.inclusive) {
            (_, false) => self.compare(out, " < ", &bound.value),
            (Self::Keys(_), true) => self.compare(out, " <= ", &bound.value),
            (Self::Bytes(_), true) => match behind(&bound.value) {
                Some(end) => self.compare(out, " < ", &end),
                None => out.say("TRUE"),
            },
        }
    }
}

/// Parts with anything between them, in the database's own words.
fn pattern(parts: &[String], anything: &str, meant: &[(char, &str)]) -> String {
    let escaped = parts.iter().map(|part| {
        part.chars().fold(String::with_capacity(part.len()), |mut text, c| {
            match meant.iter().find(|(special, _)| *special == c) {
                Some((_, plain)) => text.push_str(plain),
                None => text.push(c),
            }
            text
        })
    });
    escaped.collect::<Vec<_>>().join(anything)
}

/// The first text behind all that begin so, in the order of bytes.
fn behind(beginning: &str) -> Option<String> {
    let mut text = beginning.to_owned();
    while let Some(last) = text.pop() {
        let next = match u32::from(last) {
            0xd7ff => Some('\u{e000}'),
            code => char::from_u32(code + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::behind;

    #[test]
    fn what_comes_behind_a_beginning_is_the_first_that_does_not_begin_so() {
        for (beginning, end) in [
            ("ann", Some("ano")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(behind(beginning).as_deref(), end);
        }
    }
}
