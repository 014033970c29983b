//! `/oidc/register`: clients that register themselves (RFC 7591), and what becomes of them (RFC 7592).
//!
//! They are somebody else's: users are always asked, and no registration may ask for more than a client that sends
//! users away and takes them back needs.

mod document;
mod endpoint;

pub(crate) use document::MEMBER;
pub(crate) use endpoint::{change, forget, read, register};
