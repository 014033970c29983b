//! Keys that end with the process.

use std::{
    collections::HashMap,
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{KeyPair, KeyStore, KeyStoreError};
use crate::both::Boxed;

/// Keeps keys in memory.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<HashMap<String, KeyPair>>);

impl MemoryKeys {
    fn keys(&self) -> MutexGuard<'_, HashMap<String, KeyPair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for MemoryKeys {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<KeyPair>, KeyStoreError>> {
        Box::pin(ready(Ok(self.keys().get(name).cloned())))
    }

    fn save<'a>(&'a self, name: &'a str, key: &'a KeyPair) -> Boxed<'a, Result<(), KeyStoreError>> {
        self.keys().insert(name.to_owned(), key.clone());
        Box::pin(ready(Ok(())))
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), KeyStoreError>> {
        self.keys().remove(name);
        Box::pin(ready(Ok(())))
    }

    fn keep_first<'a>(
        &'a self,
        name: &'a str,
        key: &'a KeyPair,
    ) -> Boxed<'a, Result<KeyPair, KeyStoreError>> {
        let there = self.keys().entry(name.to_owned()).or_insert_with(|| key.clone()).clone();
        Box::pin(ready(Ok(there)))
    }
}
