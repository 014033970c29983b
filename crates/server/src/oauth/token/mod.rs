//! `/oauth/token`: what is redeemed for tokens (RFC 6749 §3.2).

mod code;
mod endpoint;
mod exchange;
mod in_person;
mod machine;
mod mfa;
mod password;
mod passwordless;
mod redeeming;
mod refresh;
mod retry;
mod signing;
mod waiting;

pub(crate) use endpoint::token;
pub(crate) use mfa::MfaToken;
pub(crate) use refresh::{digest as refresh_digest, session_of};
pub(crate) use signing::ToSign;
