//! Sessions of users: in a sealed cookie, or on the server with a sealed name in a cookie.

mod live;
mod place;
mod record;
mod store;

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use keybound_client::session::StoreError;
use keybound_proto::{
    secret::Secret,
    time::{Lifetime, Timestamp},
    token::id::IdClaims,
};

pub(crate) use self::live::Live;
use self::{
    live::Registry,
    place::{Cell, Place, Shelf, Versioned, tokens_of},
    record::{Record, Written},
};
pub use self::{
    record::Lifetimes,
    store::{Change, Changed, Ended, Entry, MemorySessions, SessionStore},
};
use crate::{cookie::Cookies, error::WebError, seal::Seals};

/// Where sessions are found, kept and ended.
#[derive(Debug)]
pub(crate) struct Sessions {
    cookies: Cookies,
    name: String,
    seals: Seals,
    vault: Arc<Seals>,
    store: Option<Arc<dyn SessionStore>>,
    lifetimes: Lifetimes,
    registry: Registry,
}

/// A session that a request brought, and how it looked in what the browser has.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) live: Arc<Live>,
    generation: u64,
    expires: Timestamp,
}

impl Sessions {
    pub(crate) fn new(
        cookies: Cookies,
        secrets: &[Secret<String>],
        store: Option<Arc<dyn SessionStore>>,
        lifetimes: Lifetimes,
    ) -> Self {
        let (seals, vault) = (Seals::of(secrets, "web session"), Arc::new(Seals::of(secrets, "web store")));
        let (name, registry) = (cookies.name("keybound_web"), Registry::default());
        Self { cookies, name, seals, vault, store, lifetimes, registry }
    }

    pub(crate) const fn store(&self) -> Option<&Arc<dyn SessionStore>> {
        self.store.as_ref()
    }

    /// The session a request brings. One that was changed, is over or was ended is none.
    pub(crate) async fn find(&self, sent: &HeaderMap, now: Timestamp) -> Result<Option<Found>, StoreError> {
        let Some(value) = Cookies::read(&self.name, sent) else { return Ok(None) };
        let Some(opened) = self.seals.open_text(&self.name, &value) else { return Ok(None) };
        match &self.store {
            None => Ok(Written::read(opened.reveal()).and_then(|written| self.found_in_cookie(written, now))),
            Some(store) => self.found_in_store(store, opened.reveal(), now).await,
        }
    }

    /// Begins one.
    pub(crate) async fn begin(
        &self,
        id: String,
        (claims, hint): (&IdClaims, Option<Secret<String>>),
        now: Timestamp,
    ) -> Result<Arc<Live>, StoreError> {
        let record = Record::begin(id, claims, hint, (self.lifetimes, now));
        let place = match &self.store {
            None => Place::Cookie(Cell::holding(Versioned::default())),
            Some(store) => {
                let began = claims.auth_time.unwrap_or(claims.issued);
                store.create(&record.id, self.entry(&record, began, now)).await?;
                self.shelf(store, &record.id)
            }
        };
        Ok(Arc::new(Live::new(record, place)))
    }

    /// Ends one, here and in the store.
    pub(crate) async fn end(&self, live: &Live) -> Result<(), StoreError> {
        self.registry.end(&live.record.id, live.record.ends);
        match &self.store {
            Some(store) => store.remove(&live.record.id).await,
            None => Ok(()),
        }
    }

    /// Cookies for the browser where a session began, or where what the browser has is not the newest.
    pub(crate) async fn keep(
        &self,
        live: &Live,
        (before, sent): (Option<&Found>, &HeaderMap),
        now: Timestamp,
    ) -> Result<Vec<HeaderValue>, WebError> {
        let expires = live.record.expires(self.lifetimes, now);
        let generation = match &*live.place {
            Place::Cookie(cell) => cell.generation(),
            Place::Store(_) => 0,
        };
        let is_kept = before.is_some_and(|found| {
            found.generation == generation && expires.since(found.expires) <= self.step()
        });
        if is_kept || self.registry.has_ended(&live.record.id) {
            return Ok(Vec::new());
        }
        if let (Some(store), Some(_)) = (&self.store, before)
            && store.change(&live.record.id, Change::Expires(expires)).await? == Changed::Gone
        {
            return Ok(Vec::new());
        }
        let sealed = self.seals.seal_text(&self.name, self.written(live, expires).reveal());
        let age = u32::try_from(expires.since(now).max(0)).unwrap_or(u32::MAX);
        let lines = self.cookies.set(&self.name, &sealed, (Lifetime::seconds(age), sent));
        lines.ok_or(WebError::SessionTooLarge { bytes: sealed.len() })
    }

    /// Cookies that take a session from the browser.
    pub(crate) fn take(&self, sent: &HeaderMap) -> Vec<HeaderValue> {
        self.cookies.remove(&self.name, sent)
    }

    fn found_in_cookie(&self, written: Written, now: Timestamp) -> Option<Found> {
        let Written { record, expires, generation, tokens } = written;
        if now >= expires || now >= record.ends {
            return None;
        }
        let brought = Versioned { generation, tokens };
        let id = record.id.clone();
        let live = self.registry.live(
            (&id, generation),
            now,
            |live| matches!(&*live.place, Place::Cookie(cell) if cell.covers(&brought)),
            || Live::new(record, Place::Cookie(Cell::holding(brought.clone()))),
        )?;
        Some(Found { live, generation, expires })
    }

    async fn found_in_store(
        &self,
        store: &Arc<dyn SessionStore>,
        ticket: &[u8],
        now: Timestamp,
    ) -> Result<Option<Found>, StoreError> {
        let Some((expires, id)) = read_ticket(ticket) else { return Ok(None) };
        let Some(entry) = store.load(id).await? else { return Ok(None) };
        let opened = self.vault.open(&user_of(id), &entry.user);
        let Some(Written { record, .. }) = opened.and_then(|user| Written::read(user.reveal())) else {
            return Ok(None);
        };
        if now >= entry.expires || now >= record.ends || record.id != id {
            return Ok(None);
        }
        let live = self.registry.live((id, 0), now, |_| true, || Live::new(record, self.shelf(store, id)));
        Ok(live.map(|live| Found { live, generation: 0, expires }))
    }

    fn shelf(&self, store: &Arc<dyn SessionStore>, id: &str) -> Place {
        Place::Store(Shelf { store: Arc::clone(store), vault: Arc::clone(&self.vault), id: id.to_owned() })
    }

    fn entry(&self, record: &Record, began: Timestamp, now: Timestamp) -> Entry {
        let (id, expires) = (&record.id, record.expires(self.lifetimes, now));
        let written = Written { record: record.clone(), expires, generation: 0, tokens: None };
        Entry {
            subject: record.user.subject().to_owned(),
            sid: record.sid.clone(),
            began,
            expires,
            user: self.vault.seal(&user_of(id), written.write().reveal()),
            tokens: self.vault.seal(&tokens_of(id), &[]),
        }
    }

    /// What the cookie says: everything, or a name.
    fn written(&self, live: &Live, expires: Timestamp) -> Secret<Vec<u8>> {
        match &*live.place {
            Place::Cookie(cell) => {
                let Versioned { generation, tokens } = cell.read();
                Written { record: live.record.clone(), expires, generation, tokens }.write()
            }
            Place::Store(shelf) => Secret::new(ticket(expires, &shelf.id).into_bytes()),
        }
    }

    /// A session's end is moved when it moves by this much: not with every request.
    fn step(&self) -> i64 {
        i64::from(self.lifetimes.idle.as_secs() / 20)
    }
}

/// What the cookie of a session in a store says: its name, and until when the browser has that.
fn ticket(expires: Timestamp, id: &str) -> String {
    format!("{} {id}", expires.as_unix())
}

fn read_ticket(ticket: &[u8]) -> Option<(Timestamp, &str)> {
    let (expires, id) = std::str::from_utf8(ticket).ok()?.split_once(' ')?;
    Some((Timestamp::from_unix(expires.parse().ok()?), id))
}

fn user_of(id: &str) -> String {
    format!("user of {id}")
}
