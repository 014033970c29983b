//! An array taken apart without being read: for files of which each element is read by itself.

use super::JsonError;

/// The elements of an array, each as it stands there. Where one ends is all that is found out: what it is must be read.
///
/// After the first fault there are no more.
#[derive(Clone, Debug)]
pub struct Elements<'b> {
    whole: &'b [u8],
    at: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Before,
    Within,
    Over,
}

impl<'b> Elements<'b> {
    /// Those of a whole text, which must be an array and no more.
    pub const fn of(whole: &'b [u8]) -> Self {
        Self { whole, at: 0, state: State::Before }
    }

    fn rest(&self) -> &'b [u8] {
        self.whole.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += self.rest().iter().take_while(blank).count();
    }

    fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_there = self.rest().first() == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn end(&mut self) -> Option<Result<&'b [u8], JsonError>> {
        self.state = State::Over;
        self.skip_blanks();
        if self.rest().is_empty() { None } else { Some(Err(JsonError::Trailing)) }
    }

    fn fault(&mut self) -> Option<Result<&'b [u8], JsonError>> {
        self.state = State::Over;
        Some(Err(JsonError::Grammar { at: self.at }))
    }

    /// How long the value is that comes next: to the comma or bracket at its own depth.
    fn length(&self) -> Option<usize> {
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for (at, byte) in self.rest().iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'[' | b'{' => depth += 1,
                b']' | b'}' | b',' if depth == 0 => return (at > 0).then_some(at),
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        None
    }
}

impl<'b> Iterator for Elements<'b> {
    type Item = Result<&'b [u8], JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.state {
            State::Over => return None,
            State::Before => {
                if !self.take(b'[') {
                    return self.fault();
                }
                self.state = State::Within;
                if self.take(b']') {
                    return self.end();
                }
            }
            State::Within => {
                if self.take(b']') {
                    return self.end();
                }
                if !self.take(b',') {
                    return self.fault();
                }
            }
        }
        self.skip_blanks();
        let Some(length) = self.length() else { return self.fault() };
        let element = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        Some(Ok(element.trim_ascii_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<&str>, JsonError> {
        Elements::of(text.as_bytes())
            .map(|element| element.map(|bytes| std::str::from_utf8(bytes).unwrap()))
            .collect()
    }

    #[test]
    fn an_array_is_taken_apart_where_its_elements_end() {
        assert_eq!(all("[]"), Ok(vec![]));
        assert_eq!(
            all(" [ 1 ,\n{\"a\":[\"],}\\\"\",{}]} , \"x\" ]\r\n"),
            Ok(vec!["1", r#"{"a":["],}\"",{}]}"#, "\"x\""])
        );
    }

    #[test]
    fn what_is_no_array_or_not_whole_is_refused() {
        for wrong in [
            "",
            "{}",
            "null",
            "[",
            "[1",
            "[1,",
            "[,]",
            "[1,]",
            "[1 2]]",
            "[]]",
            "[1]x",
            "\u{feff}[]",
            "[{]",
            "[\"]",
        ] {
            assert!(all(wrong).is_err(), "{wrong}");
        }
        // UTF-16 is not read as if it were UTF-8.
        let wide: Vec<u8> = "[1]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(Elements::of(&wide).any(|element| element.is_err()));
    }
}
