//! How far a long list or a long job is, on a terminal alone.

use std::io::IsTerminal as _;

use crate::output;

/// A line that is written over itself, once there is enough to wait for.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    is_shown: bool,
}

impl Progress {
    /// One about things of this name.
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, is_shown: false }
    }

    /// Shows how far it is.
    pub(super) fn at(&mut self, done: u64, all: Option<u64>) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        self.is_shown = true;
        output::note(&format!("\r\u{1b}[K{}", drawn(self.what, done, all)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            output::note("\r\u{1b}[K");
        }
    }
}

fn drawn(what: &str, done: u64, all: Option<u64>) -> String {
    match all.filter(|all| *all > 0) {
        Some(all) => {
            let full = usize::try_from(done.min(all) * WIDTH / all).unwrap_or_default();
            let bar: String = (0..WIDTH as usize).map(|at| if at < full { '█' } else { '░' }).collect();
            format!("{bar} {done} of {all} {what}")
        }
        None => format!("{done} {what}"),
    }
}

const WIDTH: u64 = 24;

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(drawn("users", 7, None), "7 users");
        assert_eq!(
            drawn("users", 50, Some(100)),
            format!("{}{} 50 of 100 users", "█".repeat(12), "░".repeat(12))
        );
        assert_eq!(drawn("users", 300, Some(100)).chars().filter(|c| *c == '█').count(), 24);
    }
}
