//! Sessions that end with the process.

use std::{
    collections::HashMap,
    fmt,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keybound_client::{
    Ambient, Boxed, System,
    session::{Lock, StoreError},
};
use keybound_proto::time::Timestamp;

use super::{Change, Changed, Ended, Entry, SessionStore};

/// Keeps sessions in memory, for one process. Those that are over are swept out as new ones come.
pub struct MemorySessions<A = System> {
    ambient: A,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    slots: HashMap<String, Slot>,
    sweep_at: usize,
}

struct Slot {
    entry: Entry,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl MemorySessions {
    /// An empty one, by this machine's clock.
    pub fn new() -> Self {
        Self::by_clock(System)
    }
}

impl<A: Ambient> MemorySessions<A> {
    /// An empty one by another clock.
    pub fn by_clock(ambient: A) -> Self {
        Self { ambient, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, id: &str) -> Option<Entry> {
        let now = self.ambient.now();
        self.kept().slots.get(id).map(|slot| &slot.entry).filter(|entry| now < entry.expires).cloned()
    }

    fn changed(&self, id: &str, change: Change) -> Changed {
        let mut kept = self.kept();
        let Some(slot) = kept.slots.get_mut(id) else { return Changed::Gone };
        match change {
            Change::Expires(expires) => slot.entry.expires = expires,
            Change::Tokens(tokens) => slot.entry.tokens = tokens,
        }
        Changed::Yes
    }
}

impl Kept {
    /// Looks at everything only when it has doubled since.
    fn sweep(&mut self, now: Timestamp) {
        if self.slots.len() >= self.sweep_at.max(FEW) {
            self.slots.retain(|_, slot| now < slot.entry.expires);
            self.sweep_at = self.slots.len() * 2;
        }
    }
}

impl<A: Ambient> SessionStore for MemorySessions<A> {
    fn create<'a>(&'a self, id: &'a str, entry: Entry) -> Boxed<'a, Result<(), StoreError>> {
        let mut kept = self.kept();
        kept.sweep(self.ambient.now());
        kept.slots.insert(id.to_owned(), Slot { entry, lock: Arc::default() });
        Box::pin(ready(Ok(())))
    }

    fn load<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Option<Entry>, StoreError>> {
        Box::pin(ready(Ok(self.found(id))))
    }

    fn change<'a>(&'a self, id: &'a str, change: Change) -> Boxed<'a, Result<Changed, StoreError>> {
        Box::pin(ready(Ok(self.changed(id, change))))
    }

    fn remove<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        self.kept().slots.remove(id);
        Box::pin(ready(Ok(())))
    }

    fn lock<'a>(&'a self, id: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        let lock = self.kept().slots.get(id).map(|slot| Arc::clone(&slot.lock)).unwrap_or_default();
        Box::pin(async move { Ok(Lock::holding(lock.lock_owned().await)) })
    }

    fn delete_by_logout_token<'a>(&'a self, ended: &'a Ended) -> Boxed<'a, Result<usize, StoreError>> {
        let mut kept = self.kept();
        let before = kept.slots.len();
        kept.slots.retain(|_, slot| !ended.names(&slot.entry));
        Box::pin(ready(Ok(before - kept.slots.len())))
    }
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> fmt::Debug for MemorySessions<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemorySessions")
    }
}

/// As many are kept without looking whether any is over.
const FEW: usize = 1_024;
