//! Reading RFC 9110 §11.6.1: `challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]`, several in a line.
//!
//! The comma separates challenges and parameters alike. What follows one is a parameter when a token, blanks
//! and `=` come next and that `=` begins a value; else it is a scheme.

use super::{Challenge, Scheme};
use crate::field::grammar::{is_token, is_token68};

/// Most parameters of one line that are read; a longer line is cut off there.
const LIMIT: usize = 64;

/// The challenges of one header line, as far as it can be read.
pub(super) fn line(line: &[u8]) -> Vec<Challenge> {
    let mut reader = Reader { rest: line };
    let mut challenges = Vec::new();
    let mut budget = LIMIT;
    while let Some(challenge) = reader.challenge(&mut budget) {
        challenges.push(challenge);
    }
    challenges
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// The next challenge, or `None` at the end and where the grammar is left.
    fn challenge(&mut self, budget: &mut usize) -> Option<Challenge> {
        self.separators();
        let scheme = Scheme::parse(self.token()?);
        let mut challenge = Challenge::new(scheme);
        if self.rest.is_empty() || self.peek() == Some(b',') {
            return Some(challenge);
        }
        self.byte(b' ')?;
        self.blanks();
        if self.token68() {
            return Some(challenge);
        }
        loop {
            let before = self.rest;
            self.separators();
            let Some(name) = self.parameter_name() else {
                self.rest = before;
                return Some(challenge);
            };
            let value = self.value()?;
            self.blanks();
            if !(self.rest.is_empty() || self.peek() == Some(b',')) {
                return None;
            }
            *budget = budget.checked_sub(1)?;
            if challenge.param(name).is_none() {
                challenge.params.push((name.to_ascii_lowercase().into(), value));
            }
        }
    }

    /// Commas and blanks, as a list may have them (RFC 9110 §5.6.1).
    fn separators(&mut self) {
        self.skip(|byte| matches!(byte, b',' | b' ' | b'\t'));
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t'));
    }

    fn skip(&mut self, unwanted: impl Fn(u8) -> bool) {
        let length = self.rest.iter().take_while(|&&byte| unwanted(byte)).count();
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        let (&first, rest) = self.rest.split_first()?;
        (first == wanted).then(|| self.rest = rest)
    }

    /// RFC 9110 §5.6.2.
    fn token(&mut self) -> Option<&'a str> {
        let length = self.rest.iter().take_while(|&&byte| is_token(byte)).count();
        let (token, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(token).ok().filter(|token| !token.is_empty())
    }

    /// A token and the `=` behind it; takes nothing when it is something else.
    fn parameter_name(&mut self) -> Option<&'a str> {
        let mut ahead = Reader { rest: self.rest };
        let name = ahead.token()?;
        ahead.blanks();
        ahead.byte(b'=')?;
        ahead.blanks();
        self.rest = ahead.rest;
        Some(name)
    }

    /// A token or a quoted string.
    fn value(&mut self) -> Option<String> {
        if self.peek() != Some(b'"') {
            return self.token().map(str::to_owned);
        }
        self.byte(b'"')?;
        let mut text = Vec::new();
        loop {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'"' => return String::from_utf8(text).ok(),
                b'\\' => {
                    let (&escaped, rest) = self.rest.split_first()?;
                    self.rest = rest;
                    text.push(escaped);
                }
                0..=8 | 10..=31 | 127 => return None,
                byte => text.push(byte),
            }
        }
    }

    /// `token68`, which ends the challenge; takes nothing when it is something else (RFC 9110 §11.2).
    fn token68(&mut self) -> bool {
        let body = self.rest.iter().take_while(|&&byte| is_token68(byte)).count();
        let pads = self.rest.iter().skip(body).take_while(|&&byte| byte == b'=').count();
        let mut ahead = Reader { rest: self.rest.get(body + pads..).unwrap_or_default() };
        ahead.blanks();
        let ends = ahead.rest.is_empty() || ahead.peek() == Some(b',');
        let found = body > 0 && ends;
        if found {
            self.rest = ahead.rest;
        }
        found
    }
}
