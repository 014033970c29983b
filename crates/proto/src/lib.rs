//! DPoP, JOSE and OAuth messages, without I/O, clock or randomness.

pub mod challenge;
pub mod code;
pub mod dpop;
pub mod form;
pub mod id;
pub mod jose;
pub mod metadata;
pub mod pkce;
pub mod request;
pub mod response;
pub mod scope;
pub mod secret;
pub mod time;
pub mod token;
pub mod uri;
