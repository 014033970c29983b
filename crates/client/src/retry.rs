//! How a client bears itself towards clocks and busy servers.

use std::time::Duration;

use keybound_proto::time::{Lifetime, Timestamp};

/// How long to wait before a request is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The longest wait.
    pub delay: Duration,
    /// Whether the wait is shortened by chance, so that many clients do not come back in step.
    pub jitter: Jitter,
}

/// Whether waits differ by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Each is between half and the whole of the delay.
    #[default]
    On,
    /// Each is the whole delay.
    Off,
}

impl Default for Retry {
    /// 100 ms with jitter, as `nextjs-auth0` has it.
    fn default() -> Self {
        Self { delay: Duration::from_millis(100), jitter: Jitter::On }
    }
}

impl Retry {
    /// No waiting.
    pub const NONE: Self = Self { delay: Duration::ZERO, jitter: Jitter::Off };

    /// How long to wait now; `chance` is any byte.
    pub fn wait(self, chance: u8) -> Duration {
        match self.jitter {
            Jitter::Off => self.delay,
            Jitter::On => self.delay.mul_f64(0.5 + f64::from(chance) / 510.0),
        }
    }
}

/// How far clocks may be apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// Seconds by which the server's clock is ahead of ours, as far as the operator knows. What answers tell comes
    /// on top.
    pub skew: i64,
    /// What an ID token's times may be off.
    pub tolerance: Lifetime,
}

impl Default for Clocks {
    fn default() -> Self {
        Self { skew: 0, tolerance: Lifetime::seconds(30) }
    }
}

impl Clocks {
    /// Beyond this a tolerance is a risk worth a warning: an ID token lives on for as long.
    pub const WARN_ABOVE: Lifetime = Lifetime::seconds(30);

    /// The server's time by what the operator knows.
    pub(crate) fn there(self, now: Timestamp) -> Timestamp {
        Timestamp::from_unix(now.as_unix().saturating_add(self.skew))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_stays_between_half_and_the_whole() {
        let retry = Retry::default();
        assert_eq!(retry.wait(0), Duration::from_millis(50));
        assert_eq!(retry.wait(255), Duration::from_millis(100));
        assert_eq!(Retry { jitter: Jitter::Off, ..retry }.wait(0), Duration::from_millis(100));
        assert_eq!(Retry::NONE.wait(77), Duration::ZERO);
    }
}
