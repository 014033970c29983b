//! The reader: one pass, no copies where none are needed, a small depth.

use std::borrow::Cow;

use super::{
    number::Number,
    value::{Member, Object, Value},
};

/// Why bytes are not JSON that a signature may stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Two members of one object have the same name (RFC 8259 §4; RFC 7515 §4).
    #[error("an object names a member twice")]
    Duplicate,
    /// Something else than the grammar of RFC 8259 allows, at this byte.
    #[error("it is not JSON at byte {at}")]
    Grammar {
        /// How many bytes went before.
        at: usize,
    },
    /// A NUL, written out or escaped.
    #[error("it holds a NUL")]
    Nul,
    /// A number that no double holds: one reader makes infinity of it, the next refuses it (RFC 8259 §6).
    #[error("a number is too large")]
    NotFinite,
    /// The value is not an object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// Something follows the value.
    #[error("something follows the JSON object")]
    Trailing,
    /// Arrays and objects within one another deeper than [`Limits::depth`].
    #[error("it is nested too deeply")]
    TooDeep,
    /// More bytes than [`Limits::bytes`].
    #[error("it is too long")]
    TooLong,
    /// More values than [`Limits::values`].
    #[error("it holds too many values")]
    TooMany,
    /// Not UTF-8, or half of a surrogate pair.
    #[error("its text is not Unicode")]
    Unicode,
}

/// How much the reader puts up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes.
    pub bytes: usize,
    /// Most values, counted at every depth.
    pub values: usize,
    /// Most arrays and objects within one another.
    pub depth: usize,
}

/// Enough for any header or claim set that is meant well.
pub const LIMITS: Limits = Limits { bytes: 64 * 1024, values: 4096, depth: 32 };

/// Up to here names are compared with one another, beyond they are sorted.
const FEW: usize = 16;

/// Reads an object within [`LIMITS`].
pub fn object(bytes: &[u8]) -> Result<Object<'_>, JsonError> {
    object_within(bytes, LIMITS)
}

/// Reads an object within limits of the caller's.
pub fn object_within(bytes: &[u8], limits: Limits) -> Result<Object<'_>, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLong);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| JsonError::Unicode)?;
    let mut reader = Reader { text, at: 0, values: limits.values };
    reader.blanks();
    if reader.peek() != Some(b'{') {
        return Err(reader.first_fault());
    }
    let object = reader.members(limits.depth)?;
    reader.blanks();
    match reader.peek() {
        None => Ok(object),
        Some(0) => Err(JsonError::Nul),
        Some(_) => Err(JsonError::Trailing),
    }
}

/// What is wrong with text of which this is the first byte, as far as that shows; `None` where an object may follow.
///
/// For who would rather not make the rest readable when it is nonsense.
pub(crate) fn first_fault(byte: u8) -> Option<JsonError> {
    match byte {
        b'{' | b' ' | b'\t' | b'\n' | b'\r' => None,
        0 => Some(JsonError::Nul),
        b'[' | b'"' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => Some(JsonError::NotAnObject),
        // No character has these as its first byte (RFC 3629 §4).
        0x80..=0xC1 | 0xF5.. => Some(JsonError::Unicode),
        _ => Some(JsonError::Grammar { at: 0 }),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    values: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fault(&self) -> JsonError {
        match self.peek() {
            Some(0) => JsonError::Nul,
            _ => JsonError::Grammar { at: self.at },
        }
    }

    fn first_fault(&self) -> JsonError {
        match self.peek().and_then(first_fault) {
            Some(fault @ (JsonError::NotAnObject | JsonError::Nul)) => fault,
            _ => JsonError::Grammar { at: self.at },
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.fault())
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, JsonError> {
        self.values = self.values.checked_sub(1).ok_or(JsonError::TooMany)?;
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => self.members(depth).map(Value::Object),
            Some(b'[') => self.array(depth).map(Value::Array),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.fault()),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, JsonError> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(self.fault());
        }
        self.at += word.len();
        Ok(value)
    }

    fn members(&mut self, depth: usize) -> Result<Object<'a>, JsonError> {
        let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
        self.take(b'{')?;
        self.blanks();
        let mut members = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Object::new(members));
        }
        members.reserve(8);
        loop {
            let name = self.string()?;
            if members.len() < FEW && members.iter().any(|member: &Member<'_>| member.name == name) {
                return Err(JsonError::Duplicate);
            }
            self.blanks();
            self.take(b':')?;
            self.blanks();
            let value = self.value(depth)?;
            members.push(Member { name, value });
            self.blanks();
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
            self.blanks();
        }
        self.take(b'}')?;
        if members.len() > FEW && repeats(&members) {
            return Err(JsonError::Duplicate);
        }
        Ok(Object::new(members))
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value<'a>>, JsonError> {
        let depth = depth.checked_sub(1).ok_or(JsonError::TooDeep)?;
        self.take(b'[')?;
        self.blanks();
        let mut values = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(values);
        }
        loop {
            values.push(self.value(depth)?);
            self.blanks();
            if self.peek() != Some(b',') {
                break;
            }
            self.at += 1;
            self.blanks();
        }
        self.take(b']')?;
        Ok(values)
    }

    fn number(&mut self) -> Result<Number<'a>, JsonError> {
        let (start, mut exponent) = (self.at, false);
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
            exponent = true;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        // The largest double has 309 digits: what is shorter and has no exponent needs no second look.
        if (exponent || text.len() > 300) && !text.parse::<f64>().is_ok_and(f64::is_finite) {
            return Err(JsonError::NotFinite);
        }
        Ok(Number::new(text))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { Err(self.fault()) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.take(b'"')?;
        let start = self.at;
        self.plain();
        let plain = self.text.get(start..self.at).unwrap_or_default();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.fault()),
            }
            let start = self.at;
            self.plain();
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
        }
    }

    /// Goes to the next byte that cannot stand in a string as it is.
    fn plain(&mut self) {
        let rest = self.rest();
        let length = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F)).unwrap_or(rest.len());
        self.at += length;
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.take(b'\\')?;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.code_point();
            }
            _ => return Err(self.fault()),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// One code point of four or, as a surrogate pair, of twice four digits (RFC 8259 §7).
    fn code_point(&mut self) -> Result<char, JsonError> {
        let first = self.four_digits()?;
        let code = match first {
            0 => return Err(JsonError::Nul),
            0xD800..=0xDBFF => {
                if !self.rest().starts_with(b"\\u") {
                    return Err(JsonError::Unicode);
                }
                self.at += 2;
                match self.four_digits()? {
                    second @ 0xDC00..=0xDFFF => 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                    _ => return Err(JsonError::Unicode),
                }
            }
            other => other,
        };
        char::from_u32(code).ok_or(JsonError::Unicode)
    }

    fn four_digits(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16)).ok_or_else(|| self.fault())?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

fn repeats(members: &[Member<'_>]) -> bool {
    let mut names: Vec<&str> = members.iter().map(|member| member.name.as_ref()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
}
