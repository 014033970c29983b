//! Entries that expire together are forgotten together.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use keybound_proto::time::Timestamp;

/// A map whose entries end. Those that end within the same span are one generation, dropped as one.
#[derive(Debug)]
pub(super) struct Generations<V> {
    /// By the number of the span in which they end.
    spans: BTreeMap<i64, Generation<V>>,
    /// Seconds in a span.
    span: i64,
}

/// Entries with their ends.
type Generation<V> = HashMap<u128, (i64, V), BuildHasherDefault<Hashed>>;

impl<V> Generations<V> {
    pub(super) const fn new(span: i64) -> Self {
        Self { spans: BTreeMap::new(), span }
    }

    /// The live entry of a key.
    pub(super) fn find(&mut self, key: u128, now: Timestamp) -> Option<&mut V> {
        let now = now.as_unix();
        self.spans.values_mut().find_map(|entries| match entries.get_mut(&key) {
            Some((end, value)) if *end > now => Some(value),
            _ => None,
        })
    }

    /// Adds an entry. The caller knows that the key has no live one.
    pub(super) fn insert(&mut self, key: u128, value: V, until: Timestamp) {
        let end = until.as_unix();
        self.spans.entry(end.div_euclid(self.span)).or_default().insert(key, (end, value));
    }

    /// Takes the entry of a key away, live or not, and its end.
    pub(super) fn remove(&mut self, key: u128) -> Option<(i64, V)> {
        self.spans.values_mut().find_map(|entries| entries.remove(&key))
    }

    /// Drops every generation that has ended, and says how many entries that were.
    pub(super) fn forget(&mut self, now: Timestamp) -> usize {
        let present = now.as_unix().div_euclid(self.span);
        let mut forgotten = 0;
        while let Some(oldest) = self.spans.first_entry().filter(|oldest| *oldest.key() < present) {
            forgotten += oldest.remove().len();
        }
        forgotten
    }
}

/// Keys are hashes already: half of one is as good as another.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.0 = self.0.rotate_left(23) ^ u64::from_ne_bytes(word);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64 ^ (key >> 64) as u64;
    }
}
