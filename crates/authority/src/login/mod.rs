//! Signing in and signing up.

pub mod attempt;
pub mod password;
