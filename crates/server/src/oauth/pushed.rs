//! `/oauth/par`: what a client asks is sent ahead, by itself, and the browser carries its name alone (RFC 9126).

mod endpoint;
mod name;

pub(crate) use endpoint::push;
pub(crate) use name::{Opened, PushedName, opened};
