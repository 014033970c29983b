//! Moments in Redis: for many processes, over one connection that mends itself.

use std::time::Duration;

use keybound_proto::time::Timestamp;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, ExistenceCheck, RedisError, Script, SetExpiry, SetOptions};

use super::bucket::{Draw, Level};
use super::{Claimed, Key};
use crate::error::StoreError;

/// Moments kept in Redis.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    count: Script,
    draw: Script,
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redis")
    }
}

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(2);

/// Adds one, and gives the count its end when it is the first.
const COUNT: &str = "local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count";

/// Raises the level, unless too little is left: then it is told as a negative number. A level has sixteen digits,
/// which Lua would shorten to fourteen when it makes a text of them.
const DRAW: &str = "local now, cost, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local level = tonumber(redis.call('GET', KEYS[1]) or '0')
if level > most then return -level end
if level < now then level = now end
level = level + cost
redis.call('SET', KEYS[1], string.format('%.0f', level), 'EX', ARGV[4])
return level";

impl Redis {
    /// Connects to a `redis://` URL.
    ///
    /// # Errors
    /// Where the address makes no sense, or nobody answers there.
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        let client = redis::Client::open(address)
            .map_err(|error| StoreError::Address { reason: error.to_string() })?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(2);
        let connection = ConnectionManager::new_with_config(client, config).await.map_err(unavailable)?;
        Ok(Self { connection, count: Script::new(COUNT), draw: Script::new(DRAW) })
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        self.connection.clone().ping().await.map_err(unavailable)
    }

    pub(super) async fn claim(
        &self,
        key: &Key,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let options =
            SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(ends(until, now));
        let set: Option<String> =
            self.connection.clone().set_options(name("c", key), 1, options).await.map_err(unavailable)?;
        Ok(if set.is_some() { Claimed::First } else { Claimed::Again })
    }

    pub(super) async fn count(&self, key: &Key, until: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.count
            .key(name("n", key))
            .arg(seconds(until, now))
            .invoke_async(&mut self.connection.clone())
            .await
            .map_err(unavailable)
    }

    pub(super) async fn counted(&self, key: &Key) -> Result<u64, StoreError> {
        let count: Option<u64> = self.connection.clone().get(name("n", key)).await.map_err(unavailable)?;
        Ok(count.unwrap_or(0))
    }

    pub(super) async fn forget(&self, key: &Key) -> Result<(), StoreError> {
        self.connection.clone().del(name("n", key)).await.map_err(unavailable)
    }

    pub(super) async fn draw(&self, key: &Key, draw: Draw) -> Result<Level, StoreError> {
        let mut connection = self.connection.clone();
        let mut call = self.draw.key(name("b", key));
        call.arg(draw.full).arg(draw.cost).arg(draw.most).arg(seconds(draw.until, draw.now));
        let level: i64 = call.invoke_async(&mut connection).await.map_err(unavailable)?;
        Ok(if level < 0 { Level::Short(-level) } else { Level::Drawn(level) })
    }

    pub(super) async fn keep(
        &self,
        key: &Key,
        value: &[u8],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let options = SetOptions::default().with_expiration(ends(until, now));
        self.connection.clone().set_options(name("v", key), value, options).await.map_err(unavailable)
    }

    pub(super) async fn take(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection.clone().get_del(name("v", key)).await.map_err(unavailable)
    }

    pub(super) async fn peek(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection.clone().get(name("v", key)).await.map_err(unavailable)
    }
}

/// A key's name in Redis: what kind of moment, and its hash.
fn name(kind: &str, key: &Key) -> Vec<u8> {
    [b"keybound:", kind.as_bytes(), b":", key.as_bytes().as_slice()].concat()
}

fn ends(until: Timestamp, now: Timestamp) -> SetExpiry {
    SetExpiry::EX(seconds(until, now))
}

/// Seconds left; Redis refuses an end that is not in the future.
fn seconds(until: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(until.since(now)).unwrap_or(0).clamp(1, 10 * 365 * 86_400)
}

fn unavailable(error: RedisError) -> StoreError {
    StoreError::unavailable(error)
}
