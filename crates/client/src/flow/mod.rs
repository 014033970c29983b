//! Ways to get tokens that take more than one request.

mod code;
#[cfg(feature = "web")]
mod log_in;
#[cfg(feature = "web")]
mod loopback;

pub use code::{Ask, Chance, CodeFlow};
#[cfg(feature = "web")]
pub use log_in::log_in;
#[cfg(feature = "web")]
pub use loopback::Loopback;
