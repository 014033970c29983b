//! What a process draws ahead of its requests, so that not each of them asks a memory that is far away.
//!
//! From a bucket in Redis or in the database a process draws a fiftieth at once and spends it by itself. What it
//! draws is drawn for everybody, so the limit holds across machines; what it does not spend within a moment is
//! forfeited, so a limit is kept a little more strictly than it says and never less. Whoever is told "none left"
//! is told so again, until the next token is due, without anybody being asked: a flood reaches the memory once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use keybound_proto::time::{Lifetime, Timestamp};

use super::{Drawn, Fleeting, Key, Rate};
use crate::error::StoreError;

/// What one process holds of many buckets.
#[derive(Debug)]
pub struct Shares {
    shards: Box<[Mutex<HashMap<Key, Share>>]>,
}

/// How somebody stands to a limit, after they asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "who was refused must not go on"]
pub struct Standing {
    /// Whether they may go on.
    pub admitted: bool,
    /// How many could be done at once.
    pub limit: u32,
    /// How many are left.
    pub left: u32,
    /// When there is one more.
    pub next: Timestamp,
    /// What is worth saying now and was not said a moment ago.
    pub notice: Option<Notice>,
}

/// What is worth saying of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Four fifths are used.
    Nearly,
    /// Somebody was refused.
    Refused,
}

#[derive(Clone, Copy, Debug)]
struct Share {
    /// Drawn and not spent.
    tokens: u32,
    /// When they are forfeited.
    until: Timestamp,
    /// What was left in the bucket itself.
    behind: u32,
    /// When the bucket has one more.
    next: Timestamp,
    /// Whether it had none.
    empty: bool,
    said: [Option<Timestamp>; 2],
}

impl Default for Shares {
    fn default() -> Self {
        Self { shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }
}

impl Shares {
    /// Spends one token of a bucket.
    ///
    /// # Errors
    /// Where the memory cannot be reached, or is full.
    pub async fn spend(
        &self,
        fleeting: &Fleeting,
        key: &Key,
        rate: Rate,
        now: Timestamp,
    ) -> Result<Standing, StoreError> {
        if let Some(standing) = self.by_itself(key, rate, now) {
            return Ok(standing);
        }
        let ahead = match fleeting {
            Fleeting::Memory(_) => 1,
            Fleeting::Redis(_) | Fleeting::Sql(_) => (rate.burst() / PARTS).clamp(1, MOST_AHEAD),
        };
        let mut drawn = fleeting.draw(key, rate, ahead, now).await?;
        let mut tokens = ahead;
        if let (Drawn::Short { left, .. }, true) = (drawn, ahead > 1)
            && left > 0
        {
            (drawn, tokens) = (fleeting.draw(key, rate, 1, now).await?, 1);
        }
        Ok(self.noted(key, rate, (drawn, tokens), now))
    }

    /// Gives one token back to whoever spends next here.
    pub fn give_back(&self, key: &Key, rate: Rate, now: Timestamp) {
        let mut shard = self.shard(key, now);
        // Of whom nothing was heard for a moment, there is nothing bad to be said.
        let full = Share { behind: rate.burst(), ..Share::none(now) };
        let share = shard.entry(*key).or_insert(full);
        share.tokens = if share.until > now { share.tokens.saturating_add(1) } else { 1 };
        share.until = now.plus(GOOD_FOR);
    }

    /// What can be said without asking.
    fn by_itself(&self, key: &Key, rate: Rate, now: Timestamp) -> Option<Standing> {
        let mut shard = self.shard(key, now);
        let share = shard.get_mut(key)?;
        if share.tokens > 0 && share.until > now {
            share.tokens -= 1;
            return Some(share.standing(true, rate, now));
        }
        (share.empty && share.next > now).then(|| share.standing(false, rate, now))
    }

    fn noted(&self, key: &Key, rate: Rate, (drawn, tokens): (Drawn, u32), now: Timestamp) -> Standing {
        let mut shard = self.shard(key, now);
        let mut share = shard.get(key).copied().unwrap_or_else(|| Share::none(now));
        let admitted = match drawn {
            Drawn::Tokens { left, next } => {
                let kept = if share.until > now { share.tokens } else { 0 };
                share.tokens = kept.saturating_add(tokens.saturating_sub(1));
                (share.until, share.behind, share.next, share.empty) =
                    (now.plus(GOOD_FOR), left, next, false);
                true
            }
            Drawn::Short { next, .. } => {
                (share.behind, share.next, share.empty) = (0, next, true);
                false
            }
        };
        let standing = share.standing(admitted, rate, now);
        if share.is_worth_keeping(now) {
            shard.insert(*key, share);
        } else {
            shard.remove(key);
        }
        standing
    }

    /// The part that holds a key, with room for one more.
    fn shard(&self, key: &Key, now: Timestamp) -> MutexGuard<'_, HashMap<Key, Share>> {
        let [.., last] = *key.as_bytes();
        let Some(shard) = self.shards.get(usize::from(last) % SHARDS) else {
            unreachable!("a remainder of {SHARDS} numbers one of {SHARDS} shards");
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= MOST_HELD && !shard.contains_key(key) {
            shard.retain(|_, share| share.is_worth_keeping(now));
            // Forfeited: the limits are kept more strictly, and the memory is asked again.
            if shard.len() >= MOST_HELD {
                shard.clear();
            }
        }
        shard
    }
}

impl Share {
    const fn none(now: Timestamp) -> Self {
        Self { tokens: 0, until: now, behind: 0, next: now, empty: false, said: [None, None] }
    }

    fn standing(&mut self, admitted: bool, rate: Rate, now: Timestamp) -> Standing {
        let left = if admitted { self.behind.saturating_add(self.tokens).min(rate.burst()) } else { 0 };
        let next = if self.next > now { self.next } else { now };
        let notice = match admitted {
            false => Some(Notice::Refused),
            true if u64::from(left) * 5 <= u64::from(rate.burst()) => Some(Notice::Nearly),
            true => None,
        };
        let notice = notice.filter(|notice| self.says(*notice, now));
        Standing { admitted, limit: rate.burst(), left, next, notice }
    }

    /// Whether this was not said a moment ago. Who was told "none" need not hear "almost none".
    fn says(&mut self, notice: Notice, now: Timestamp) -> bool {
        let [nearly, refused] = &mut self.said;
        let recent = |said: &Option<Timestamp>| said.is_some_and(|said| now < said.plus(SAID_FOR));
        let (said, other) = match notice {
            Notice::Nearly => (nearly, recent(refused)),
            Notice::Refused => (refused, false),
        };
        if recent(said) || other {
            return false;
        }
        *said = Some(now);
        true
    }

    fn is_worth_keeping(&self, now: Timestamp) -> bool {
        let lives = |until: Timestamp| until > now;
        lives(self.until)
            || (self.empty && lives(self.next))
            || self.said.iter().flatten().any(|said| lives(said.plus(SAID_FOR)))
    }
}

/// Parts that do not wait for each other.
const SHARDS: usize = 16;

/// How many buckets one of them holds a share of.
const MOST_HELD: usize = 4_096;

/// Of how many shares a bucket is.
const PARTS: u32 = 50;

/// The largest share.
const MOST_AHEAD: u32 = 100;

/// How long what was drawn may be spent.
const GOOD_FOR: Lifetime = Lifetime::seconds(2);

/// How long nothing is said twice.
const SAID_FOR: Lifetime = Lifetime::seconds(60);
