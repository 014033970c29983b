//! What clients ask.

pub mod about_token;
pub mod authorization;
pub mod client;
mod invalid;
pub mod logout;
pub mod object;
pub mod registration;
pub mod resource;
pub mod token;
pub mod webfinger;

pub use invalid::InvalidRequest;
