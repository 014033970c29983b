//! Password hashing: argon2id in memory that is used again.
//!
//! A fresh 19 MiB buffer costs as much in page faults as the hashing itself, so a [`Pool`] keeps a few. They are
//! made when first needed. Everything here blocks the calling thread.

mod foreign;
mod phc;
mod pool;

pub use phc::PasswordError;
pub use pool::{Cost, Pool, Verdict};
