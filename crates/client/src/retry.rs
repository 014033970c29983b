//! How a client bears itself towards clocks and busy servers.

use std::time::Duration;

use http::{HeaderMap, header};
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

/// When a busy server wants to be asked again: `Retry-After` in seconds or as a date (RFC 9110 §10.2.3), else the
/// `X-RateLimit-Reset` that Auth0 sends, in seconds since 1970.
///
/// Its own `Date` is what its dates are compared with: its clock need not be ours.
pub(crate) fn come_back(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let there = text(header::DATE.as_str()).and_then(Timestamp::parse_http_date).unwrap_or(now);
    let until = |time: Timestamp| Duration::from_secs(u64::try_from(time.since(there)).unwrap_or(0));
    if let Some(after) = text(header::RETRY_AFTER.as_str()) {
        if let Ok(seconds) = after.parse() {
            return Some(Duration::from_secs(seconds));
        }
        if let Some(date) = Timestamp::parse_http_date(after) {
            return Some(until(date));
        }
    }
    let reset = text("x-ratelimit-reset")?.parse().ok()?;
    Some(until(Timestamp::from_unix(reset)))
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

    /// RFC 9110 §10.2.3; Auth0's `X-RateLimit-Reset`.
    #[test]
    fn a_busy_server_says_when_to_come_back() {
        let now = Timestamp::from_unix(784_111_777);
        let wait = |fields: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.insert(*name, value.parse().unwrap());
            }
            come_back(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait(&[("retry-after", "7")]), Some(7));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(10));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:27 GMT")]), Some(0));
        let its_clock = ("date", "Sun, 06 Nov 1994 09:49:37 GMT");
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 09:49:47 GMT"), its_clock]), Some(10));
        assert_eq!(wait(&[("x-ratelimit-reset", "784111780")]), Some(3));
        assert_eq!(wait(&[("retry-after", "soon"), ("x-ratelimit-reset", "784111780")]), Some(3));
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn jitter_stays_between_half_and_the_whole() {
        let retry = Retry::default();
        assert_eq!(retry.wait(0), Duration::from_millis(50));
        assert_eq!(retry.wait(255), Duration::from_millis(100));
        assert_eq!(Retry { jitter: Jitter::Off, ..retry }.wait(0), Duration::from_millis(100));
        assert_eq!(Retry::NONE.wait(77), Duration::ZERO);
    }
}
