//! What clients ask.

pub mod authorization;
pub mod client;
pub mod introspection;
mod invalid;
pub mod logout;
pub mod object;
pub mod registration;
pub mod resource;
pub mod revocation;
pub mod token;
pub mod webfinger;

pub use invalid::InvalidRequest;
