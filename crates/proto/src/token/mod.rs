//! What tokens claim.

pub mod access;
pub mod actor;
pub mod id;
pub mod logout;
