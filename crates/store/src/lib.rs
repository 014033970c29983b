//! Memory: two shapes, one text, two databases.
//!
//! The nouns. A [`Store`] is a database, SQLite or PostgreSQL. [`documents`] are what administrators
//! described; [`policy`] turns them into what `authority` obeys. [`ledger`]s are what happened. A [`Batch`]
//! is everything one decision changes, its [`events`] included: read, decide, then [`Store::apply`] it whole.
//! [`Fleeting`] remembers moments.

pub mod census;
mod config;
pub mod documents;
mod error;
pub mod events;
mod fleeting;
mod keys;
pub mod ledger;
pub mod policy;
mod search;
mod sql;
mod sweep;
#[cfg(feature = "testing")]
#[expect(clippy::expect_used, reason = "tests stop at what they did not expect")]
pub mod testing;

pub use config::{Database, Durability, StoreConfig};
pub use error::StoreError;
pub use fleeting::{
    Claimed, Drawn, Fleeting, Key as FleetingKey, Memory as FleetingMemory, Notice, Rate,
    Redis as FleetingRedis, Shares, Standing,
};
pub use search::{Order, Sort};
pub use sql::{Batch, Bind, Column, Composed, EXCEPTIONS, Guard, Row, Sql, Store, Value};
pub use sweep::{AT_ONCE, Sweep, sweep};
