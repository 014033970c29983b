//! What clients ask.

pub mod authorization;
pub mod client;
mod invalid;
pub mod logout;
pub mod object;
pub mod registration;
pub mod resource;
pub mod revocation;
pub mod token;

pub use invalid::InvalidRequest;
