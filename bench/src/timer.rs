//! How long something takes, by the processor's clock and not the wall's.

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
}

/// Slices each contestant gets. They take turns, so that a noisy neighbour meets them all.
const SLICES: usize = 41;

/// Calls in one slice.
const CALLS: usize = 200;

/// Something to be measured: called over and over.
pub(crate) type Contestant<'a> = Box<dyn FnMut() + 'a>;

/// Measures contestants against each other, slice by slice in turn, and returns their medians in order.
pub(crate) fn compare(contestants: &mut [Contestant<'_>]) -> Vec<Cost> {
    let mut slices = vec![Vec::with_capacity(SLICES); contestants.len()];
    for round in 0..=SLICES {
        for (contestant, slices) in contestants.iter_mut().zip(&mut slices) {
            let start = thread_nanos();
            for _ in 0..CALLS {
                contestant();
            }
            let each = (thread_nanos() - start) as f64 / CALLS as f64;
            // The first round warms caches and branch predictors.
            if round > 0 {
                slices.push(each);
            }
        }
    }
    slices.into_iter().map(|slices| Cost { nanos: median(slices) }).collect()
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
