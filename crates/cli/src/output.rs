//! What the terminal shows: results on standard output, problems on standard error. Colour never carries meaning.

use std::io::{self, IsTerminal, Write};

use crate::error::Failure;

/// Writes a result to standard output. A reader that went away is not an error worth a word.
pub(crate) fn result(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one line of a result that goes on; an error says that nobody reads it any more.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush())
}

/// Writes something that is not the result to standard error.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes what went wrong, and what to do about it.
pub(crate) fn problem(failure: &Failure) {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{}", tame(&failure.to_string()));
    if let Some(advice) = failure.advice() {
        let _ = writeln!(err, "hint: {advice}");
    }
}

/// What a server or a token said, as text that moves no cursor and turns no line around.
pub(crate) fn tame(text: &str) -> String {
    let unruly = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if unruly(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Whether a stream may be coloured: it is a terminal, and nobody said no.
pub(crate) fn is_colourful(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && !is_colour_refused()
}

#[expect(
    clippy::disallowed_methods,
    reason = "NO_COLOR is about this terminal, not configuration of the server"
)]
fn is_colour_refused() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_moves_no_cursor() {
        assert_eq!(tame("Ada\u{1b}[2J\r\u{202e}adA\nx"), "Ada\u{fffd}[2J\u{fffd}\u{fffd}adA\nx");
    }
}
