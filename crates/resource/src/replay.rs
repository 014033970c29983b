//! Which proofs were used: exact, bounded, and never forgotten too early (RFC 9449 §11.1).

use std::{
    fmt::Debug,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use keybound_proto::{
    dpop::{Claim, ReplayKey},
    time::Timestamp,
};

/// A memory that several processes share, for instance a database.
pub trait SharedReplay: Debug + Send + Sync {
    /// Remembers `key` until `until`, and says whether it was there before. Exactly one of many callers is first.
    fn claim<'a>(
        &'a self,
        key: &'a ReplayKey,
        until: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<Claim, ReplayLost>> + Send + 'a>>;
}

/// The shared memory cannot be reached, so nobody can say whether a proof was used before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory for proofs cannot be reached")]
pub struct ReplayLost;

/// The memory of one process.
///
/// Open tables of 16-byte keys, each with the second it may be forgotten in, under 64 locks. What has expired is
/// overwritten in passing, or left behind when a table grows. A table is never emptier than 65 % after it has
/// grown, which makes at most 31 bytes for a proof that lives. When there is no room it says so: it never throws
/// out a proof that could be used again.
#[derive(Debug)]
pub struct ReplayMemory {
    shards: Box<[Mutex<Shard>]>,
}

impl ReplayMemory {
    /// Room for this many proofs at a time.
    pub fn new(capacity: usize) -> Self {
        let shards = if capacity < SHARDS * 64 { 1 } else { SHARDS };
        // Keys do not fall evenly: four standard deviations more, so that one shard does not overflow alone.
        let even = capacity.div_ceil(shards);
        let most = if shards == 1 { even } else { even + 4 * even.isqrt() };
        Self { shards: (0..shards).map(|_| Mutex::new(Shard::new(most.max(1)))).collect() }
    }

    /// Remembers `key` until `until` has passed, and says whether it was there before.
    pub fn claim(&self, key: &ReplayKey, until: Timestamp, now: Timestamp) -> Claim {
        let [shard, rest @ ..] = key.as_bytes();
        let short = rest.first_chunk().map_or(1, |bytes| u128::from_le_bytes(*bytes).max(1));
        let Some(shard) = self.shards.get(usize::from(*shard) % self.shards.len()) else {
            unreachable!("there is at least one shard, and a remainder is less than their number")
        };
        shard.lock().unwrap_or_else(PoisonError::into_inner).claim(short, seconds(until), seconds(now))
    }

    /// How many proofs are remembered, some of which may have expired.
    pub fn len(&self) -> usize {
        self.sum(|shard| shard.used)
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes the tables take.
    pub fn bytes(&self) -> usize {
        self.sum(|shard| shard.keys.capacity() * size_of::<u128>() + shard.ends.capacity() * size_of::<u32>())
    }

    fn sum(&self, measure: impl Fn(&Shard) -> usize) -> usize {
        self.shards.iter().map(|shard| measure(&shard.lock().unwrap_or_else(PoisonError::into_inner))).sum()
    }
}

/// Open addressing with linear probing; a key of zero is an empty slot.
#[derive(Debug)]
struct Shard {
    keys: Vec<u128>,
    /// The last second each must be remembered in.
    ends: Vec<u32>,
    /// Slots that are not empty.
    used: usize,
    most: usize,
    /// Before this second nothing expires, so there is no use in looking.
    quiet: u32,
}

impl Shard {
    const fn new(most: usize) -> Self {
        Self { keys: Vec::new(), ends: Vec::new(), used: 0, most, quiet: 0 }
    }

    fn claim(&mut self, key: u128, end: u32, now: u32) -> Claim {
        let start = home(key, self.keys.len());
        let mut free = None;
        for at in (start..self.keys.len()).chain(0..start) {
            let (Some(found), Some(until)) = (self.keys.get_mut(at), self.ends.get_mut(at)) else { break };
            if *found == key && *until >= now {
                return Claim::Again;
            }
            if *found == 0 {
                break;
            }
            if *until < now && (free.is_none() || *found == key) {
                // A slot that is not empty stays so: what lies behind it must still be found.
                free = Some(at);
            }
        }
        if let Some(at) = free {
            self.put(at, key, end);
            return Claim::First;
        }
        if (self.used >= self.most || (self.used + 1) * 20 > self.keys.len() * 17) && !self.make_room(now) {
            return Claim::Full;
        }
        self.place(key, end);
        self.used += 1;
        Claim::First
    }

    /// Leaves behind what has expired, and takes a table that fits the rest and one more.
    fn make_room(&mut self, now: u32) -> bool {
        if self.used >= self.most && now < self.quiet {
            return false;
        }
        let live = |ends: &u32| *ends >= now;
        let kept = || self.keys.iter().zip(&self.ends).filter(|(key, end)| **key != 0 && live(end));
        let (count, earliest) = kept().fold((0, u32::MAX), |(n, first), (_, end)| (n + 1, first.min(*end)));
        self.quiet = earliest.saturating_add(1);
        if count >= self.most {
            return false;
        }
        let size = ((count + 1) * 20 / 13).max(16);
        let keys = std::mem::replace(&mut self.keys, vec![0; size]);
        let ends = std::mem::replace(&mut self.ends, vec![0; size]);
        self.used = count;
        for (key, end) in keys.into_iter().zip(ends).filter(|(key, end)| *key != 0 && live(end)) {
            self.place(key, end);
        }
        true
    }

    /// Puts a key that is not there into the first empty slot from its home on.
    fn place(&mut self, key: u128, end: u32) {
        let start = home(key, self.keys.len());
        let empty = |at: &usize| self.keys.get(*at) == Some(&0);
        if let Some(at) = (start..self.keys.len()).chain(0..start).find(empty) {
            self.put(at, key, end);
        }
    }

    fn put(&mut self, at: usize, key: u128, end: u32) {
        if let (Some(slot), Some(until)) = (self.keys.get_mut(at), self.ends.get_mut(at)) {
            *slot = key;
            *until = end;
            self.quiet = self.quiet.min(end.saturating_add(1));
        }
    }
}

/// Where a key belongs in a table of any size, without a division: keys are hashes already.
#[expect(clippy::cast_possible_truncation, reason = "the upper half of the product is less than `size`")]
const fn home(key: u128, size: usize) -> usize {
    (((key & u64::MAX as u128) * size as u128) >> 64) as usize
}

/// Seconds until the year 2106; what lies outside is as far away as can be.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_unix().max(0)).unwrap_or(u32::MAX)
}

const SHARDS: usize = 64;

#[cfg(test)]
mod tests;
