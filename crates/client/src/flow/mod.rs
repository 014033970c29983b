//! Ways to get tokens that take more than one request.

mod code;
#[cfg(feature = "web")]
mod loopback;

pub use code::{Ask, Chance, CodeFlow};
#[cfg(feature = "web")]
pub use loopback::Loopback;
