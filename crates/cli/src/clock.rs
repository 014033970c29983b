//! The one clock of this program.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch, by the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "the shell owns the clock, and this is where")]
pub(crate) fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
