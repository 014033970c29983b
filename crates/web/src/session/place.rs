//! Where the tokens of one session are kept between requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keybound_client::{
    Boxed,
    session::{Lock, StoreError, TokenStore},
};
use keybound_proto::secret::Secret;

use super::store::{Change, Changed, SessionStore};
use crate::seal::Seals;

/// The tokens of one session, under whatever name a client asks for them.
#[derive(Debug)]
pub(crate) enum Place {
    /// In this process, on their way to a cookie.
    Cookie(Cell),
    /// In the store.
    Store(Shelf),
}

/// What a cookie says, or will say with the next answer.
#[derive(Debug)]
pub(crate) struct Cell {
    now: Mutex<Versioned>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// Tokens, and how often they changed since the login.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versioned {
    pub(crate) generation: u64,
    pub(crate) tokens: Option<Secret<String>>,
}

/// A session's row in a store.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub(crate) store: Arc<dyn SessionStore>,
    pub(crate) vault: Arc<Seals>,
    pub(crate) id: String,
}

impl Cell {
    pub(crate) fn holding(tokens: Versioned) -> Self {
        Self { now: Mutex::new(tokens), turn: Arc::default() }
    }

    pub(crate) fn read(&self) -> Versioned {
        self.locked().clone()
    }

    pub(crate) fn generation(&self) -> u64 {
        self.locked().generation
    }

    /// Whether what is here is at least as new as what a browser brings.
    pub(crate) fn covers(&self, brought: &Versioned) -> bool {
        let own = self.locked();
        own.generation > brought.generation
            || (own.generation == brought.generation && own.tokens == brought.tokens)
    }

    fn write(&self, tokens: Option<Secret<String>>) {
        let mut own = self.locked();
        own.generation += 1;
        own.tokens = tokens;
    }

    fn locked(&self) -> MutexGuard<'_, Versioned> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    async fn load(&self) -> Result<Option<Secret<Vec<u8>>>, StoreError> {
        let Some(entry) = self.store.load(&self.id).await? else { return Ok(None) };
        Ok(self.vault.open(&tokens_of(&self.id), &entry.tokens).filter(|tokens| !tokens.reveal().is_empty()))
    }

    async fn save(&self, tokens: &[u8]) -> Result<(), StoreError> {
        let sealed = self.vault.seal(&tokens_of(&self.id), tokens);
        match self.store.change(&self.id, Change::Tokens(sealed)).await? {
            Changed::Yes => Ok(()),
            Changed::Gone => Err(StoreError::new("the session was ended meanwhile")),
        }
    }
}

impl TokenStore for Place {
    fn load<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        match self {
            Self::Cookie(cell) => {
                let bytes = cell.read().tokens.map(|text| Secret::new(text.reveal().clone().into_bytes()));
                Box::pin(std::future::ready(Ok(bytes)))
            }
            Self::Store(shelf) => Box::pin(shelf.load()),
        }
    }

    fn save<'a>(&'a self, _: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>> {
        match self {
            Self::Cookie(cell) => {
                let text = String::from_utf8(value.to_vec()).map_err(StoreError::new);
                let saved = text.map(|text| cell.write(Some(Secret::new(text))));
                Box::pin(std::future::ready(saved))
            }
            Self::Store(shelf) => Box::pin(shelf.save(value)),
        }
    }

    fn remove<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        match self {
            Self::Cookie(cell) => {
                cell.write(None);
                Box::pin(std::future::ready(Ok(())))
            }
            Self::Store(shelf) => Box::pin(shelf.save(&[])),
        }
    }

    fn lock<'a>(&'a self, _: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        match self {
            Self::Cookie(cell) => {
                let turn = Arc::clone(&cell.turn);
                Box::pin(async move { Ok(Lock::holding(turn.lock_owned().await)) })
            }
            Self::Store(shelf) => shelf.store.lock(&shelf.id),
        }
    }
}

/// Sealed for this session and nothing else: a row copied over another opens nothing.
pub(super) fn tokens_of(id: &str) -> String {
    format!("tokens of {id}")
}
