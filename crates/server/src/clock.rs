//! What time it is, as far as this server is concerned.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use keybound_proto::time::{Lifetime, Timestamp};

/// A clock: the system's, or one that a test turns.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Turned(Arc<AtomicI64>),
}

impl Clock {
    /// The system's clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still until it is turned; its copies turn with it.
    pub fn standing_at(now: Timestamp) -> Self {
        Self(Source::Turned(Arc::new(AtomicI64::new(now.as_unix()))))
    }

    /// Turns a clock that stands still; the system's clock is left alone.
    pub fn turn(&self, by: Lifetime) {
        if let Source::Turned(now) = &self.0 {
            now.fetch_add(i64::from(by.as_secs()), Ordering::Relaxed);
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix(match &self.0 {
            Source::System => system(),
            Source::Turned(now) => now.load(Ordering::Relaxed),
        })
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now().as_unix())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the shell's one clock")]
fn system() -> i64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |secs| -secs),
    }
}
