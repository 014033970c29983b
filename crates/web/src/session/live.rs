//! Sessions that are in use in this process: parallel requests of one meet here.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use keybound_client::{Client, session::Session};
use keybound_proto::time::{Lifetime, Timestamp};

use super::{place::Place, record::Record};
use crate::transport::{Surroundings, Transport};

/// One session. Whoever asks for its tokens waits for the same answer.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) record: Record,
    pub(crate) place: Arc<Place>,
    tokens: OnceLock<Session<Transport, Surroundings>>,
}

impl Live {
    pub(crate) fn new(record: Record, place: Place) -> Self {
        Self { record, place: Arc::new(place), tokens: OnceLock::new() }
    }

    /// Its tokens, as a client asks for them.
    pub(crate) fn tokens(
        &self,
        client: &Client,
        (http, surroundings): (&Transport, &Surroundings),
    ) -> &Session<Transport, Surroundings> {
        self.tokens.get_or_init(|| {
            let session = Session::of_user(client.clone(), http.clone(), Arc::clone(&self.place) as _);
            let session = session.by_clock(surroundings.clone());
            match &*self.place {
                Place::Store(_) => session.renewing_beside(),
                // What comes after an answer has left is in no cookie yet: the answer waits for it.
                Place::Cookie(_) => session,
            }
        })
    }
}

/// Every session that is in use, or was a moment ago, and those that ended here.
#[derive(Debug, Default)]
pub(crate) struct Registry(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    live: HashMap<String, Used>,
    ended: HashMap<String, Timestamp>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Used {
    live: Arc<Live>,
    last: Timestamp,
    /// The newest tokens that a browser brought back, so that we know that it has them.
    brought: u64,
}

impl Registry {
    /// The session of this name as it is here, if it `serves`; otherwise what `make` makes. `None` when it ended.
    pub(crate) fn live(
        &self,
        (id, brought): (&str, u64),
        now: Timestamp,
        serves: impl FnOnce(&Live) -> bool,
        make: impl FnOnce() -> Live,
    ) -> Option<Arc<Live>> {
        let mut seen = self.seen();
        if seen.ended.contains_key(id) {
            return None;
        }
        if let Some(used) = seen.live.get_mut(id)
            && serves(&used.live)
        {
            used.last = now;
            used.brought = used.brought.max(brought);
            return Some(Arc::clone(&used.live));
        }
        seen.sweep(now);
        let live = Arc::new(make());
        seen.live.insert(id.to_owned(), Used { live: Arc::clone(&live), last: now, brought });
        Some(live)
    }

    /// Ends a session here: no request that is still on its way brings it back.
    pub(crate) fn end(&self, id: &str, until: Timestamp) {
        let mut seen = self.seen();
        seen.live.remove(id);
        seen.ended.insert(id.to_owned(), until);
    }

    pub(crate) fn has_ended(&self, id: &str) -> bool {
        self.seen().ended.contains_key(id)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Forgets what nobody uses, but not tokens that no browser has yet: an answer may have been lost.
    fn sweep(&mut self, now: Timestamp) {
        if self.live.len() + self.ended.len() < self.sweep_at.max(FEW) {
            return;
        }
        self.ended.retain(|_, until| now < *until);
        self.live.retain(|_, used| match &*used.live.place {
            Place::Cookie(cell) if cell.generation() > used.brought => now < used.live.record.ends,
            _ => now < used.last.plus(IDLE) || Arc::strong_count(&used.live) > 1,
        });
        self.sweep_at = 2 * (self.live.len() + self.ended.len());
    }
}

/// How long a session stays here after its last request.
const IDLE: Lifetime = Lifetime::seconds(600);

/// As many are kept without looking whether any is over.
const FEW: usize = 1_024;
