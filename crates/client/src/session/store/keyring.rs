//! Tokens in the keyring of the operating system.

use std::path::PathBuf;

use keybound_proto::secret::Secret;

use super::{FileStore, Lock, StoreError, TokenStore};
use crate::{both::Boxed, key::Keyring};

/// Keeps tokens where [`Keyring`] keeps keys. A keyring has no locks: processes take turns by files of a folder,
/// which hold nothing.
#[derive(Clone, Debug)]
pub struct KeyringStore {
    keyring: Keyring,
    turns: FileStore,
}

impl KeyringStore {
    /// Keeps them in this keyring; the folder for turns is made when somebody first waits for one.
    pub fn new(keyring: Keyring, turns: impl Into<PathBuf>) -> Self {
        Self { keyring, turns: FileStore::new(turns) }
    }
}

impl TokenStore for KeyringStore {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        Box::pin(async move { self.keyring.read(name).await.map_err(StoreError::new) })
    }

    fn save<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>> {
        let value = Secret::new(value.to_vec());
        Box::pin(async move { self.keyring.write(name, value).await.map_err(StoreError::new) })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        Box::pin(async move { self.keyring.forget(name).await.map_err(StoreError::new) })
    }

    fn lock<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        self.turns.lock(name)
    }
}
