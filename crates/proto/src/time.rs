//! Points in time and lengths of time: arithmetic without a clock.

use std::fmt;

/// A point in time, in whole seconds since the Unix epoch (RFC 7519 `NumericDate`, floored).
///
/// Arithmetic saturates: a peer that claims `i64::MIN` gets a refusal, never an overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point `seconds` after the Unix epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// This much later, or the end of time.
    pub const fn plus(self, length: Lifetime) -> Self {
        Self(self.0.saturating_add(length.0 as i64))
    }

    /// This much earlier, or the beginning of time.
    pub const fn minus(self, length: Lifetime) -> Self {
        Self(self.0.saturating_sub(length.0 as i64))
    }

    /// Seconds from `earlier` to this point; negative when `earlier` is in truth later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A length of time in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lifetime(u32);

impl Lifetime {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many seconds.
    pub const fn seconds(seconds: u32) -> Self {
        Self(seconds)
    }

    /// Its length in seconds.
    pub const fn as_secs(self) -> u32 {
        self.0
    }

    /// Both, one after the other, or the longest length there is.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Half of it, rounded down.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        let end = Timestamp::from_unix(i64::MAX);
        let start = Timestamp::from_unix(i64::MIN);
        assert_eq!(end.plus(Lifetime::seconds(1)), end);
        assert_eq!(start.minus(Lifetime::seconds(1)), start);
        assert_eq!(end.since(start), i64::MAX);
        assert_eq!(start.since(end), i64::MIN);
    }
}
