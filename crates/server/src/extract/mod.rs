//! What a request must carry before a handler sees it.

mod peer;

pub use peer::Peer;
