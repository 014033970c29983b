//! What the protocol obeys: nothing optional that has a default, nothing an administrator merely wrote down.

pub mod audience;
pub mod client;
pub mod connection;
pub mod described;
pub mod digest;
pub mod factor;
pub mod look;
pub mod name;
pub mod organization;
pub mod session;
pub mod tenant;
pub mod user;

#[cfg(test)]
pub(crate) mod tests;
