//! Signing in and signing up.

pub mod attempt;
pub mod factor;
pub mod identifier;
pub mod password;
