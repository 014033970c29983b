//! Both ends in one process: servers over every database, clients with keys, a clock that a test turns.
//!
//! The nouns. A [`World`] is one server over one database with a tenant in it; [`World::each`] makes one over
//! each kind of database, [`World::beside`] puts another server over the same one. A [`Wallet`] is a client's
//! key and the nonce it was last given. An [`Answer`] is a whole response. [`TurnedClock`] and [`Chance`] are
//! time and randomness that do as they are told. A
//! [`Pair`](pair::Pair) needs no server at all: a client and the core of one, in a single thread.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it did not expect, and nothing else uses this room"
)]

mod clock;
mod entropy;
pub mod pair;
mod tenant;
mod wallet;
mod wire;
mod world;

pub use clock::TurnedClock;
pub use entropy::Chance;
pub use tenant::{API, CALLBACK, ISSUER, M2M, SECRET, SPA, USER};
pub use wallet::Wallet;
pub use wire::Answer;
pub use world::World;
