//! What is remembered for moments: claims, counts, kept values and buckets of tokens, each with its end.
//!
//! Three rooms hold it. Memory serves one process and forgets when that ends; SQL and Redis serve many and
//! remember through restarts.

mod bucket;
mod generations;
mod key;
mod memory;
mod redis;
mod shares;
pub(crate) mod sql;

use keybound_proto::time::{Lifetime, Timestamp};

pub use self::bucket::{Drawn, Rate};
pub use self::key::Key;
pub use self::memory::Memory;
pub use self::redis::Redis;
pub use self::shares::{Notice, Shares, Standing};
use crate::error::StoreError;
use crate::sql::Store;

/// Where moments are remembered. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fleeting {
    /// In this process.
    Memory(std::sync::Arc<Memory>),
    /// In Redis.
    Redis(Redis),
    /// In the database.
    Sql(Store),
}

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "only the first claim may go on"]
pub enum Claimed {
    /// Somebody was here before.
    Again,
    /// Nobody was here before.
    First,
    /// Whether somebody was here cannot be remembered any more: there is no room.
    Full,
}

impl Fleeting {
    /// Claims a key until a moment. Of any number that try at once, one is [`Claimed::First`].
    ///
    /// # Errors
    /// Where the memory cannot be reached.
    pub async fn claim(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<Claimed, StoreError> {
        match self {
            Self::Memory(memory) => Ok(memory.claim(key, until, now)),
            Self::Redis(redis) => redis.claim(key, until, now).await,
            Self::Sql(store) => sql::claim(store, key, until, now).await,
        }
    }

    /// Counts one more, and says how many that makes in the present window of this length.
    ///
    /// # Errors
    /// Where the memory cannot be reached, or is full.
    pub async fn count(&self, key: &Key, window: Lifetime, now: Timestamp) -> Result<u64, StoreError> {
        let (key, until) = key.in_window(window, now);
        match self {
            Self::Memory(memory) => memory.count(&key, until, now),
            Self::Redis(redis) => redis.count(&key, until, now).await,
            Self::Sql(store) => sql::count(store, &key, until, now).await,
        }
    }

    /// How many were counted in the present window, without counting one more.
    ///
    /// # Errors
    /// Where the memory cannot be reached.
    pub async fn counted(&self, key: &Key, window: Lifetime, now: Timestamp) -> Result<u64, StoreError> {
        let (key, _) = key.in_window(window, now);
        match self {
            Self::Memory(memory) => Ok(memory.counted(&key, now)),
            Self::Redis(redis) => redis.counted(&key).await,
            Self::Sql(store) => sql::counted(store, &key, now).await,
        }
    }

    /// When the present window of this length ends, and its counts with it.
    pub fn window_end(window: Lifetime, now: Timestamp) -> Timestamp {
        Key::of_hash([0; 32]).in_window(window, now).1
    }

    /// Forgets what was counted in the present window.
    ///
    /// # Errors
    /// Where the memory cannot be reached.
    pub async fn uncount(&self, key: &Key, window: Lifetime, now: Timestamp) -> Result<(), StoreError> {
        let (key, _) = key.in_window(window, now);
        match self {
            Self::Memory(memory) => {
                memory.uncount(&key);
                Ok(())
            }
            Self::Redis(redis) => redis.forget(&key).await,
            Self::Sql(store) => sql::forget(store, &key).await,
        }
    }

    /// Draws tokens from a bucket that fills at this rate: all of them, or none where fewer are left.
    ///
    /// # Errors
    /// Where the memory cannot be reached, or is full.
    pub async fn draw(
        &self,
        key: &Key,
        rate: Rate,
        tokens: u32,
        now: Timestamp,
    ) -> Result<Drawn, StoreError> {
        let draw = rate.draw(tokens, now);
        let level = match self {
            Self::Memory(memory) => memory.draw(key, draw)?,
            Self::Redis(redis) => redis.draw(key, draw).await?,
            Self::Sql(store) => sql::draw(store, key, draw).await?,
        };
        Ok(rate.drawn(level, now))
    }

    /// Keeps a value until a moment, in place of what was kept there before.
    ///
    /// # Errors
    /// Where the memory cannot be reached, or is full.
    pub async fn keep(
        &self,
        key: &Key,
        value: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self {
            Self::Memory(memory) => memory.keep(key, value, until, now),
            Self::Redis(redis) => redis.keep(key, value, until, now).await,
            Self::Sql(store) => sql::keep(store, key, value, until, now).await,
        }
    }

    /// Takes a kept value away. Of any number that try at once, one gets it.
    ///
    /// # Errors
    /// Where the memory cannot be reached.
    pub async fn take(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Memory(memory) => Ok(memory.take(key, now)),
            Self::Redis(redis) => redis.take(key).await,
            Self::Sql(store) => sql::take(store, key, now).await,
        }
    }

    /// Looks at a kept value and leaves it.
    ///
    /// # Errors
    /// Where the memory cannot be reached.
    pub async fn peek(&self, key: &Key, now: Timestamp) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Memory(memory) => Ok(memory.peek(key, now)),
            Self::Redis(redis) => redis.peek(key).await,
            Self::Sql(store) => sql::peek(store, key, now).await,
        }
    }

    /// Asks whether it can be reached, where it is apart from the database: that one is asked for itself.
    ///
    /// # Errors
    /// Where it cannot.
    pub async fn ping_apart(&self) -> Result<(), StoreError> {
        match self {
            Self::Memory(_) | Self::Sql(_) => Ok(()),
            Self::Redis(redis) => redis.ping().await,
        }
    }

    /// Since when claims are remembered: what was claimed before may have been forgotten.
    pub fn remembered_since(&self) -> Timestamp {
        match self {
            Self::Memory(memory) => memory.born(),
            Self::Redis(_) | Self::Sql(_) => Timestamp::from_unix(i64::MIN),
        }
    }
}
