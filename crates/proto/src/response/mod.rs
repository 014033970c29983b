//! What servers answer.

pub mod authorization;
pub mod token;
pub mod userinfo;
