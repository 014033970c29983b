//! When to wait for more callers before a commit.
//!
//! A commit costs the same for one as for many. Those answered by the last one are usually back in a moment,
//! so it pays to wait for them a small part of what the commit itself will take.

use std::time::{Duration, Instant};

/// What part of a commit's length may be spent on waiting for company.
const PART: u32 = 4;

/// What the last commits were like.
#[derive(Debug, Default)]
pub(super) struct Rhythm {
    /// How many usually come together; falls slowly when fewer do.
    usual: usize,
    /// How long the last commit took.
    took: Duration,
}

/// One group on its way to a commit.
#[derive(Debug)]
pub(super) struct Gathering {
    usual: usize,
    patience: Duration,
    until: Option<Instant>,
}

impl Rhythm {
    /// A group begins.
    pub(super) fn gather(&self) -> Gathering {
        Gathering { usual: self.usual, patience: self.took / PART, until: None }
    }

    /// A group of that many was committed in that time.
    pub(super) fn beat(&mut self, gathered: usize, took: Duration) {
        let fallen = self.usual - self.usual.div_ceil(8);
        self.usual = fallen.max(gathered);
        self.took = took;
    }
}

impl Gathering {
    /// How long to wait still for another, now that so many are there and nobody else is at the door.
    pub(super) fn patience(&mut self, gathered: usize, now: Instant) -> Option<Duration> {
        if gathered >= self.usual {
            return None;
        }
        let until = *self.until.get_or_insert(now + self.patience);
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: Duration = Duration::from_millis(4);

    #[test]
    fn one_who_comes_alone_never_waits() {
        let mut rhythm = Rhythm::default();
        assert_eq!(rhythm.gather().patience(1, Instant::now()), None);
        rhythm.beat(1, COMMIT);
        assert_eq!(rhythm.gather().patience(1, Instant::now()), None);
    }

    #[test]
    fn those_who_usually_come_are_waited_for_a_part_of_the_commit_and_no_longer() {
        let mut rhythm = Rhythm::default();
        rhythm.beat(32, COMMIT);
        let (mut group, start) = (rhythm.gather(), Instant::now());
        assert_eq!(group.patience(20, start), Some(COMMIT / PART));
        let later = start + Duration::from_micros(400);
        assert_eq!(group.patience(25, later), Some(COMMIT / PART - Duration::from_micros(400)));
        assert_eq!(group.patience(31, start + COMMIT), None);
        assert_eq!(rhythm.gather().patience(32, start), None);
    }

    #[test]
    fn those_who_stay_away_are_soon_not_waited_for() {
        let mut rhythm = Rhythm::default();
        rhythm.beat(32, COMMIT);
        let mut commits = 0;
        while rhythm.gather().patience(1, Instant::now()).is_some() {
            rhythm.beat(1, COMMIT);
            commits += 1;
        }
        assert!(commits < 20, "{commits}");
    }
}
