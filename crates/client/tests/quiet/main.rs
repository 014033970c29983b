//! Nothing that is secret is ever logged.

#[cfg(test)]
#[path = "../heard/mod.rs"]
mod heard;
#[cfg(test)]
mod logs;
