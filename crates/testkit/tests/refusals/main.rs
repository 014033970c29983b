//! `docs/reference/refusals.md`: every sub-reason, what it means, how it is answered, and what to do.
//!
//! The page is written from the code. These tests fail when it is stale, when a sub-reason has no row, and when a
//! row has no sub-reason. With `KEYBOUND_GENERATE` set, which `cargo xtask generate` does, the page is written.

#[cfg(test)]
mod advice;
#[cfg(test)]
mod page;
#[cfg(test)]
mod samples;
