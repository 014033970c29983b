//! Token buckets, as one number each: the moment at which the bucket is full again.
//!
//! A token moves that moment on by the time it takes to come back. There is nothing to fill: time does it.

use keybound_proto::time::{Lifetime, Timestamp};

/// How often something may be done: so many times at once, and so many in each span of time after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    burst: u32,
    /// Microseconds until a token is back.
    interval: i64,
}

/// What became of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// Fewer were left, and none was given.
    Short {
        /// How many.
        left: u32,
        /// When there is one more.
        next: Timestamp,
    },
    /// They were given.
    Tokens {
        /// How many are left.
        left: u32,
        /// When there is one more; now, where the bucket is full.
        next: Timestamp,
    },
}

/// A level after a draw, or the one that was too high for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Drawn(i64),
    Short(i64),
}

/// A draw, in microseconds, as each memory can make it at one stroke.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    pub(super) now: Timestamp,
    /// The level of a bucket that is full.
    pub(super) full: i64,
    /// By how much it moves on.
    pub(super) cost: i64,
    /// The highest level from which it may.
    pub(super) most: i64,
    /// The level of a bucket that was full.
    pub(super) fresh: i64,
    /// When the bucket is full again, whosever clock says so, and may be forgotten.
    pub(super) until: Timestamp,
}

impl Rate {
    /// So many at once, then `tokens` in each `span`. What is 0 counts as 1: nothing is forbidden by a rate.
    pub fn new(burst: u32, tokens: u32, span: Lifetime) -> Self {
        let span = i64::from(span.as_secs().max(1)).saturating_mul(SECOND);
        Self { burst: burst.max(1), interval: (span / i64::from(tokens.max(1))).max(1) }
    }

    /// How many at once.
    pub const fn burst(self) -> u32 {
        self.burst
    }

    const fn capacity(self) -> i64 {
        self.interval.saturating_mul(self.burst as i64)
    }

    pub(super) fn draw(self, tokens: u32, now: Timestamp) -> Draw {
        let full = now.as_unix().saturating_mul(SECOND);
        let cost = self.interval.saturating_mul(i64::from(tokens.min(self.burst)));
        let end = full.saturating_add(self.capacity());
        Draw {
            now,
            full,
            cost,
            most: end.saturating_sub(cost),
            fresh: full.saturating_add(cost),
            until: moment(end).plus(SLACK),
        }
    }

    pub(super) fn drawn(self, level: Level, now: Timestamp) -> Drawn {
        let full = now.as_unix().saturating_mul(SECOND);
        let after = |level: i64| {
            let owed = level.saturating_sub(full).max(0);
            let left = self.capacity().saturating_sub(owed) / self.interval;
            let next = match owed % self.interval {
                0 if owed > 0 => self.interval,
                rest => rest,
            };
            (u32::try_from(left.max(0)).unwrap_or(self.burst), moment(full.saturating_add(next)))
        };
        match level {
            Level::Drawn(level) => {
                let (left, next) = after(level);
                Drawn::Tokens { left, next }
            }
            Level::Short(level) => {
                let (left, next) = after(level);
                Drawn::Short { left, next }
            }
        }
    }
}

impl Draw {
    /// From a bucket of this level.
    pub(super) const fn from(self, level: i64) -> Level {
        if level > self.most {
            Level::Short(level)
        } else if level > self.full {
            Level::Drawn(level.saturating_add(self.cost))
        } else {
            Level::Drawn(self.fresh)
        }
    }
}

/// The first whole second at which a moment in microseconds is over.
const fn moment(micros: i64) -> Timestamp {
    let (whole, rest) = (micros.div_euclid(SECOND), micros.rem_euclid(SECOND));
    Timestamp::from_unix(if rest > 0 { whole.saturating_add(1) } else { whole })
}

const SECOND: i64 = 1_000_000;

/// By how much clocks may differ before a bucket is forgotten that is not full.
const SLACK: Lifetime = Lifetime::seconds(60);

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: (u32, u32, u32) = (10, 5, 60);

    fn rate() -> Rate {
        Rate::new(RATE.0, RATE.1, Lifetime::seconds(RATE.2))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_800_000_000 + seconds)
    }

    /// One token after another, at these moments; how many were left each time, `None` where there was none.
    fn left(moments: &[i64]) -> Vec<Option<u32>> {
        let mut level = None;
        let mut draw = |seconds: &i64| {
            let draw = rate().draw(1, at(*seconds));
            let drawn = level.map_or(Level::Drawn(draw.fresh), |level| draw.from(level));
            let (Level::Drawn(after) | Level::Short(after)) = drawn;
            level = Some(after);
            match rate().drawn(drawn, at(*seconds)) {
                Drawn::Tokens { left, .. } => Some(left),
                Drawn::Short { .. } => None,
            }
        };
        moments.iter().map(&mut draw).collect()
    }

    /// Auth0's userinfo: ten at once, five a minute.
    #[test]
    fn a_bucket_gives_what_it_holds_and_then_what_comes_back() {
        assert_eq!(left(&[0; 10]), (0..10).rev().map(Some).collect::<Vec<_>>());
        let mut moments = vec![0; 10];
        moments.extend([0, 11, 12, 12, 23, 24, 60, 60, 60, 60]);
        let after = left(&moments).split_off(10);
        let expected = [None, None, Some(0), None, None, Some(0), Some(2), Some(1), Some(0), None];
        assert_eq!(after, expected);
    }

    #[test]
    fn a_bucket_is_never_fuller_than_full() {
        assert_eq!(left(&[0, 10_000]), [Some(9), Some(9)]);
        assert_eq!(rate().draw(1_000, at(0)).cost, rate().capacity(), "nobody draws more than there can be");
    }

    #[test]
    fn whoever_comes_too_early_is_told_when_there_is_one() {
        let empty = rate().draw(10, at(0));
        let Level::Drawn(level) = empty.from(0) else { panic!() };
        let told = rate().drawn(rate().draw(1, at(5)).from(level), at(5));
        assert_eq!(told, Drawn::Short { left: 0, next: at(12) });
        let fast = Rate::new(30, 30, Lifetime::seconds(1));
        let Level::Drawn(level) = fast.draw(30, at(0)).from(0) else { panic!() };
        let told = fast.drawn(fast.draw(1, at(0)).from(level), at(0));
        assert_eq!(told, Drawn::Short { left: 0, next: at(1) });
    }

    #[test]
    fn a_rate_of_nothing_lets_something_through() {
        let rate = Rate::new(0, 0, Lifetime::ZERO);
        assert_eq!(rate.burst(), 1);
        assert_eq!(rate.draw(1, at(0)).from(0), Level::Drawn(at(1).as_unix() * SECOND));
    }
}
