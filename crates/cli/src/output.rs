//! What the terminal shows: results on standard output, problems on standard error. Colour never carries meaning.

use std::io::{self, IsTerminal, Write};

use crate::error::Failure;

/// Writes a result to standard output. A reader that went away is not an error worth a word.
pub(crate) fn result(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes something that is not the result to standard error.
pub(crate) fn note(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes what went wrong, and what to do about it.
pub(crate) fn problem(failure: &Failure) {
    let mut err = io::stderr().lock();
    let _ = writeln!(err, "{failure}");
    if let Some(advice) = failure.advice() {
        let _ = writeln!(err, "hint: {advice}");
    }
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
