//! What servers answer.

pub mod authorization;
pub mod callback;
pub mod token;
pub mod userinfo;
