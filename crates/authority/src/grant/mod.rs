//! What is redeemed at the token endpoint, and what comes of it.

pub mod code;
pub mod refresh;
