//! What tokens claim.

pub mod access;
pub mod id;
