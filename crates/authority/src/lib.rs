//! Decisions: what may be granted, and why not; who the user is; what to log.
//!
//! Nothing here waits, reads a clock, or knows HTTP, SQL or JSON. A shell reads what a decision needs, asks, and
//! applies the verdict.

pub mod authenticate_client;
pub mod authorize;
pub mod binding;
pub mod event;
pub mod grant;
pub mod login;
pub mod mint;
pub mod model;
pub mod refusal;

pub use refusal::Refusal;
