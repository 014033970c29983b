//! Tokens that end with the process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keybound_proto::secret::Secret;

use super::{Lock, StoreError, TokenStore};
use crate::both::Boxed;

/// Keeps tokens in memory, wiped when they are replaced.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<String, Slot>>);

#[derive(Default)]
struct Slot {
    value: Option<Secret<Vec<u8>>>,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemoryStore {
    fn slots(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        let value = self.slots().get(name).and_then(|slot| slot.value.clone());
        Box::pin(std::future::ready(Ok(value)))
    }

    fn save<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>> {
        self.slots().entry(name.to_owned()).or_default().value = Some(Secret::new(value.to_vec()));
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        if let Some(slot) = self.slots().get_mut(name) {
            slot.value = None;
        }
        Box::pin(std::future::ready(Ok(())))
    }

    fn lock<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        let lock = Arc::clone(&self.slots().entry(name.to_owned()).or_default().lock);
        Box::pin(async move { Ok(Lock::holding(lock.lock_owned().await)) })
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryStore({})", self.slots().len())
    }
}
