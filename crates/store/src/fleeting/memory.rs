//! One process's memory: exact, bounded, and forgetting nothing before its time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use keybound_proto::time::Timestamp;

use super::bucket::{Draw, Level};
use super::generations::Generations;
use super::{Claimed, Key};
use crate::error::StoreError;

/// Parts that do not wait for each other.
const SHARDS: usize = 64;

/// Entries that end within this many seconds of each other are forgotten at once.
const SPAN: i64 = 64;

/// Claims, counts and kept values of one process.
#[derive(Debug)]
pub struct Memory {
    shards: Box<[Mutex<Shard>]>,
    held: AtomicUsize,
    capacity: usize,
    born: Timestamp,
}

#[derive(Debug)]
struct Shard {
    claims: Generations<()>,
    counts: Generations<u64>,
    kept: Generations<Box<[u8]>>,
    buckets: Generations<i64>,
}

impl Memory {
    /// An empty memory of at most `capacity` entries, that remembers from now on.
    pub fn new(capacity: usize, now: Timestamp) -> Self {
        let shard = || {
            Mutex::new(Shard {
                claims: Generations::new(SPAN),
                counts: Generations::new(SPAN),
                kept: Generations::new(SPAN),
                buckets: Generations::new(SPAN),
            })
        };
        Self {
            shards: std::iter::repeat_with(shard).take(SHARDS).collect(),
            held: AtomicUsize::new(0),
            capacity,
            born: now,
        }
    }

    /// Entries held, those included that have ended but are not yet forgotten.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) const fn born(&self) -> Timestamp {
        self.born
    }

    pub(super) fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Claimed {
        let mut shard = self.shard(key, now);
        if shard.claims.find(key.half(), now).is_some() {
            return Claimed::Again;
        }
        // Replaces what has ended but is not forgotten, so that no entry is counted twice.
        let replaced = shard.claims.remove(key.half()).is_some();
        if !replaced && !self.reserve() {
            return Claimed::Full;
        }
        shard.claims.insert(key.half(), (), until);
        Claimed::First
    }

    pub(super) fn count(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let mut shard = self.shard(key, now);
        if let Some(count) = shard.counts.find(key.half(), now) {
            *count = count.saturating_add(1);
            return Ok(*count);
        }
        let replaced = shard.counts.remove(key.half()).is_some();
        if !replaced && !self.reserve() {
            return Err(StoreError::Full);
        }
        shard.counts.insert(key.half(), 1, until);
        Ok(1)
    }

    pub(super) fn counted(&self, key: &Key, now: Timestamp) -> u64 {
        self.shard(key, now).counts.find(key.half(), now).map_or(0, |count| *count)
    }

    pub(super) fn uncount(&self, key: &Key) {
        if self.lock(key).counts.remove(key.half()).is_some() {
            self.held.fetch_sub(1, Ordering::Relaxed);
        }
    }

    pub(super) fn draw(&self, key: &Key, draw: Draw) -> Result<Level, StoreError> {
        let mut shard = self.shard(key, draw.now);
        let found = shard.buckets.remove(key.half());
        if found.is_none() && !self.reserve() {
            return Err(StoreError::Full);
        }
        let (before, level) = match found {
            Some((end, level)) => (Some((end, level)), draw.from(level)),
            None => (None, Level::Drawn(draw.fresh)),
        };
        match (level, before) {
            (Level::Short(level), Some((end, _))) => {
                shard.buckets.insert(key.half(), level, Timestamp::from_unix(end));
            }
            (Level::Drawn(level) | Level::Short(level), _) => {
                shard.buckets.insert(key.half(), level, draw.until);
            }
        }
        Ok(level)
    }

    pub(super) fn keep(
        &self,
        key: &Key,
        value: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut shard = self.shard(key, now);
        let replaced = shard.kept.remove(key.half()).is_some();
        if !replaced && !self.reserve() {
            return Err(StoreError::Full);
        }
        shard.kept.insert(key.half(), value.into(), until);
        Ok(())
    }

    pub(super) fn take(&self, key: &Key, now: Timestamp) -> Option<Vec<u8>> {
        let (end, value) = self.shard(key, now).kept.remove(key.half())?;
        self.held.fetch_sub(1, Ordering::Relaxed);
        (end > now.as_unix()).then(|| value.into())
    }

    pub(super) fn peek(&self, key: &Key, now: Timestamp) -> Option<Vec<u8>> {
        self.shard(key, now).kept.find(key.half(), now).map(|value| value.to_vec())
    }

    /// Forgets everywhere what has ended.
    pub fn sweep(&self, now: Timestamp) {
        for shard in &self.shards {
            self.forget(&mut shard.lock().unwrap_or_else(PoisonError::into_inner), now);
        }
    }

    /// The part that holds a key, without what has ended.
    fn shard(&self, key: &Key, now: Timestamp) -> MutexGuard<'_, Shard> {
        let mut shard = self.lock(key);
        self.forget(&mut shard, now);
        shard
    }

    fn lock(&self, key: &Key) -> MutexGuard<'_, Shard> {
        let [.., last] = *key.as_bytes();
        let Some(shard) = self.shards.get(usize::from(last) % SHARDS) else {
            unreachable!("a remainder of {SHARDS} numbers one of {SHARDS} shards");
        };
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, shard: &mut Shard, now: Timestamp) {
        let forgotten = shard.claims.forget(now)
            + shard.counts.forget(now)
            + shard.kept.forget(now)
            + shard.buckets.forget(now);
        if forgotten > 0 {
            self.held.fetch_sub(forgotten, Ordering::Relaxed);
        }
    }

    /// Takes one of the places that are left, if any is.
    fn reserve(&self) -> bool {
        let reserve = |held| if held < self.capacity { Some(held + 1) } else { None };
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve).is_ok()
    }
}
