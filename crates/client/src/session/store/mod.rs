//! Where tokens are kept, so that they outlive the process and are shared with others.

mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;

use std::{any::Any, fmt};

use keybound_proto::secret::Secret;

pub use file::FileStore;
#[cfg(feature = "keyring")]
pub use keyring::KeyringStore;
pub use memory::MemoryStore;

use crate::both::{Both, Boxed};

/// Keeps a few bytes under a name, and lets one at a time change them.
///
/// What is kept can be used by whoever has it together with the proof key: a store protects both alike.
pub trait TokenStore: fmt::Debug + Both {
    /// What is kept under this name.
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>>;

    /// Keeps this instead. After it returns, what was there before is gone and this is safe.
    fn save<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>>;

    /// Forgets it.
    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), StoreError>>;

    /// Waits until nobody else, in this process or another, holds the lock of this name.
    fn lock<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Lock, StoreError>>;
}

/// Held until it is dropped.
#[must_use = "it is given back when it is dropped"]
pub struct Lock(#[expect(dead_code, reason = "what it holds ends when it ends")] Box<dyn Any + Send>);

impl Lock {
    /// Holds whatever gives the lock back when it is dropped.
    pub fn holding(guard: impl Any + Send) -> Self {
        Self(Box::new(guard))
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

/// The store could not do it.
#[derive(Debug, thiserror::Error)]
#[error("what is kept could not be read or written: {0}")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// What the store said.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
