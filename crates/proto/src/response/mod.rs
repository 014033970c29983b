//! What servers answer.

pub mod authorization;
pub mod callback;
pub mod ciba;
pub mod device;
pub mod introspection;
pub mod mfa;
pub mod pushed;
pub mod registration;
pub mod token;
pub mod userinfo;
