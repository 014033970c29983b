//! Waiting for a person: a line that shows so, and Ctrl-C that ends it.

use std::{
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{error::Failure, exit::Exit, output};

/// A wait that can be seen, where somebody looks.
pub(super) struct Waiting {
    what: &'static str,
    patience: Duration,
    began: Instant,
    interrupt: Signal,
    seen: bool,
}

impl Waiting {
    /// Begins to wait for so long at the most. From here on Ctrl-C is heard, so begin before anybody is told to come.
    pub(super) fn begin(what: &'static str, patience: Duration) -> Result<Self, Failure> {
        let interrupt = signal(SignalKind::interrupt())
            .map_err(|error| Failure::new(Exit::Failed, format!("hear signals: {error}")))?;
        Ok(Self { what, patience, began: Instant::now(), interrupt, seen: io::stderr().is_terminal() })
    }

    /// Waits. Ctrl-C ends it here and nowhere else: later it would leave something half done.
    pub(super) async fn over<T>(mut self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::pin!(work);
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        let outcome = loop {
            tokio::select! {
                done = &mut work => break Ok(done),
                _ = self.interrupt.recv() => break Err(interrupted()),
                _ = tick.tick() => self.show(),
            }
        };
        if self.seen {
            output::note("\r\u{1b}[2K");
        }
        outcome
    }

    fn show(&self) {
        if self.seen {
            let left = self.patience.saturating_sub(self.began.elapsed()).as_secs();
            let (minutes, seconds) = (left / 60, left % 60);
            output::note(&format!(
                "\r\u{1b}[2K… {} ({minutes}:{seconds:02} left, Ctrl-C ends it)",
                self.what
            ));
        }
    }
}

fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "log in: it was interrupted, and nothing was kept")
}
