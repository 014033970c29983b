//! Policies read a moment ago: what a token request needs of clients, audiences and grants is rarely changed.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use keybound_authority::model::{
    audience::{Audience, ClientGrant},
    client::Client,
    factor::FactorPolicy,
    tenant::Tenant,
};
use keybound_store::StoreError;

use crate::{login::Dress, mail::Carrier};

/// Policies as they were read, each for [`FRESH`] at most.
///
/// A change through this process is seen at once, since it calls [`Policies::forget`]; one through another
/// process within that time. That something is not there is never remembered.
#[derive(Debug, Default)]
pub struct Policies {
    pub(crate) clients: Shelf<Client>,
    pub(crate) audiences: Shelf<Audience>,
    pub(crate) grants: Shelf<ClientGrant>,
    pub(crate) factors: Shelf<FactorPolicy>,
    pub(crate) tenants: Shelf<Arc<Tenant>>,
    pub(crate) dresses: Shelf<Arc<Dress>>,
    pub(crate) carriers: Shelf<Option<Arc<Carrier>>>,
}

impl Policies {
    /// Forgets what was read, since something was changed.
    pub fn forget(&self) {
        self.clients.clear();
        self.audiences.clear();
        self.grants.clear();
        self.factors.clear();
        self.tenants.clear();
        self.dresses.clear();
        self.carriers.clear();
    }
}

/// Policies of one kind.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    kept: Mutex<HashMap<Box<str>, Kept<T>>>,
    cleared: AtomicU64,
}

#[derive(Debug)]
struct Kept<T> {
    policy: Arc<T>,
    read_at: Instant,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { kept: Mutex::default(), cleared: AtomicU64::new(0) }
    }
}

impl<T: Clone> Shelf<T> {
    /// What stands there under that name, or what `read` finds.
    pub(crate) async fn take(
        &self,
        name: &str,
        read: impl Future<Output = Result<Option<T>, StoreError>>,
    ) -> Result<Option<T>, StoreError> {
        if let Some(kept) = self.fresh(name) {
            return Ok(Some(T::clone(&kept)));
        }
        // What is read while something changes may already be old, and is not kept.
        let before = self.cleared.load(Ordering::Acquire);
        let found = read.await?;
        if let Some(found) = &found {
            self.keep(name, found, before);
        }
        Ok(found)
    }

    fn fresh(&self, name: &str) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(name)?;
        (found.read_at.elapsed() < FRESH).then(|| Arc::clone(&found.policy))
    }

    fn keep(&self, name: &str, policy: &T, before: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cleared.load(Ordering::Acquire) != before {
            return;
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(name.into(), Kept { policy: Arc::new(policy.clone()), read_at: Instant::now() });
    }

    fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        self.cleared.fetch_add(1, Ordering::AcqRel);
        kept.clear();
    }
}

/// How long what was read is good for.
const FRESH: Duration = Duration::from_secs(1);

/// How many of a kind are kept.
const MOST: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(value: u8) -> Result<Option<u8>, StoreError> {
        Ok(Some(value))
    }

    #[tokio::test]
    async fn what_was_read_is_read_again_after_a_change() {
        let shelf = Shelf::default();
        assert_eq!(shelf.take("a", read(1)).await.unwrap(), Some(1));
        assert_eq!(shelf.take("a", read(2)).await.unwrap(), Some(1));
        shelf.clear();
        assert_eq!(shelf.take("a", read(3)).await.unwrap(), Some(3));
    }

    #[tokio::test]
    async fn what_is_read_while_something_changes_is_not_kept() {
        let shelf = Shelf::default();
        let slow = async {
            shelf.clear();
            read(1).await
        };
        assert_eq!(shelf.take("a", slow).await.unwrap(), Some(1));
        assert_eq!(shelf.take("a", read(2)).await.unwrap(), Some(2));
    }

    #[tokio::test]
    async fn that_something_is_missing_is_not_remembered() {
        let shelf = Shelf::<u8>::default();
        assert_eq!(shelf.take("a", async { Ok(None) }).await.unwrap(), None);
        assert_eq!(shelf.take("a", read(1)).await.unwrap(), Some(1));
    }
}
