//! What an administrator wrote becomes what the protocol obeys: the one place where defaults are decided.

mod audience;
mod carrier;
mod client;
mod client_keys;
mod connection;
mod factors;
mod log_stream;
mod look;
mod organization;
mod tenant;
mod user;

use serde::Deserialize;

pub use self::audience::{audience, client_grant};
pub use self::carrier::{Carrier, carrier};
pub use self::client::client;
pub use self::connection::{by_email, connection};
pub use self::factors::factors;
pub use self::log_stream::{LogLayout, LogStream, log_stream};
pub use self::look::{look, look_within};
use self::organization::usage;
pub use self::organization::{Invited, invitation, organization};
pub use self::tenant::tenant;
pub use self::user::user;
use crate::documents::{Document, Kind};
use crate::error::StoreError;

/// Reads the members of a document that the protocol obeys.
fn read<'d, K: Kind, T: Deserialize<'d>>(document: &'d Document<K>) -> Result<T, StoreError> {
    T::deserialize(&document.doc).map_err(|reason| corrupt::<K>(&document.id, reason))
}

/// The failure to report when a document says what it cannot mean.
fn corrupt<K: Kind>(id: &str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt(K::NAME, format!("{id}: {reason}"))
}
