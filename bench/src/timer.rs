//! How long something takes: by the processor's clock where one thread works, by the wall's where many do.

use std::time::Instant;

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

/// One measured thing: nanoseconds of processor time for one call, turn by turn.
#[derive(Clone, Debug)]
pub(crate) struct Cost(Vec<f64>);

impl Cost {
    /// The median, in microseconds.
    pub(crate) fn micros(&self) -> f64 {
        median(self.0.clone()) / 1_000.0
    }

    /// How many times the other: the median over the turns, each compared with the other's turn beside it.
    pub(crate) fn over(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// How many microseconds more than the other, compared in the same way.
    pub(crate) fn above(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours - theirs).collect()) / 1_000.0
    }

    /// The smaller of two, turn by turn.
    pub(crate) fn least(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one.min(*other)).collect())
    }
}

/// How often contestants take turns, and how many calls a turn has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    slices: usize,
    calls: usize,
}

impl Turns {
    /// For what takes microseconds.
    pub(crate) const SHORT: Self = Self { slices: 61, calls: 400 };

    /// For what takes as long as a signature, or has its input made beforehand.
    pub(crate) const LONG: Self = Self { slices: 151, calls: 16 };

    /// How often each contestant is called, the warm-up among it.
    pub(crate) const fn total(self) -> usize {
        (self.slices + 1) * self.calls
    }
}

/// Something to be measured: called over and over.
pub(crate) type Contestant<'a> = Box<dyn FnMut() + 'a>;

/// Measures contestants against each other, and returns them in order.
///
/// They take turns, so that a noisy neighbour meets them all, and each turn begins with another one of them.
pub(crate) fn compare<const N: usize>(turns: Turns, mut contestants: [Contestant<'_>; N]) -> [Cost; N] {
    let mut slices: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(turns.slices));
    for round in 0..=turns.slices {
        let mut order: Vec<_> = contestants.iter_mut().zip(&mut slices).collect();
        order.rotate_left(round % N.max(1));
        for (contestant, slices) in order {
            let start = thread_nanos();
            for _ in 0..turns.calls {
                contestant();
            }
            let each = (thread_nanos() - start) as f64 / turns.calls as f64;
            // The first round warms caches and branch predictors.
            if round > 0 {
                slices.push(each);
            }
        }
    }
    slices.map(Cost)
}

/// How many a second, by the wall's clock.
pub(crate) fn rate(count: usize, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// The middle of them all.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Processor time of this thread.
fn thread_nanos() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
