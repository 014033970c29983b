//! How long something takes: by the processor's clock where one thread works, by the wall's where many do.

use std::time::Instant;

use anyhow::Result;
use rustix::time::{ClockId, clock_gettime};

/// One measured thing: the median over many slices.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Nanoseconds of processor time each.
    pub(crate) nanos: f64,
}

impl Cost {
    /// In microseconds.
    pub(crate) fn micros(self) -> f64 {
        self.nanos / 1_000.0
    }

    /// How many times the other.
    pub(crate) fn over(self, other: Self) -> f64 {
        self.nanos / other.nanos
    }

    /// The smaller of two.
    pub(crate) fn least(self, other: Self) -> Self {
        if self.nanos <= other.nanos { self } else { other }
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
    pub(crate) const LONG: Self = Self { slices: 61, calls: 40 };

    /// How often each contestant is called, the warm-up among it.
    pub(crate) const fn total(self) -> usize {
        (self.slices + 1) * self.calls
    }
}

/// Something to be measured: called over and over.
pub(crate) type Contestant<'a> = Box<dyn FnMut() + 'a>;

/// Measures contestants against each other and returns their medians in order.
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
    slices.map(|slices| Cost { nanos: median(slices) })
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
