//! Signing in and signing up.

pub mod attempt;
pub mod identifier;
pub mod password;
