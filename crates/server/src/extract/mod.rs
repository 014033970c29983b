//! What a request must carry before a handler sees it.

mod access;
mod body;
pub(crate) mod client;
mod cookies;
mod evidence;
mod from_client;
mod peer;
pub(crate) mod possession;
mod visitor;

pub use access::{Access, access};
pub(crate) use access::{Live, live};
pub use body::{Body, Parameters};
pub(crate) use cookies::{Cookie, Cookies};
pub(crate) use evidence::{Claimed, Evidence, Known};
pub(crate) use from_client::FromClient;
pub use peer::{Peer, address};
pub(crate) use visitor::{Visitor, session_digest};
