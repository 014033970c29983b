//! Fields of HTTP messages that are read by hand, byte by byte: everybody may write them.

mod cookie;
mod forwarded;
pub(crate) mod grammar;
mod media_type;

pub use cookie::{InvalidCookie, cookie};
pub use forwarded::forwarded_for;
pub use media_type::MediaType;
