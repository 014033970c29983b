//! Password hashing off the threads that serve, a few at a time.

use std::{num::NonZeroUsize, sync::Arc};

use keybound_crypto::password::{PasswordError, Pool, Verdict};
use keybound_proto::secret::Secret;
use tokio::sync::Semaphore;

/// Why a password was neither hashed nor compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashingError {
    /// What is stored is no hash we know, or it cannot be computed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Too many wait already.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// The server is stopping.
    #[error("the work was given up")]
    GivenUp,
}

/// A bounded number of hashes at once, and a bounded number that wait.
#[derive(Clone)]
pub struct Passwords {
    pool: Arc<Pool>,
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Passwords {
    /// As many at once as `workers`, or as there are processors when that is 0.
    pub fn new(workers: usize) -> Self {
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let workers = NonZeroUsize::new(workers).unwrap_or_else(processors);
        Self {
            pool: Arc::new(Pool::new(workers)),
            turns: Arc::new(Semaphore::new(workers.get())),
            places: Arc::new(Semaphore::new(workers.get().saturating_mul(WAITING))),
        }
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: Secret<String>) -> Result<Secret<String>, HashingError> {
        let hashed = self.work(move |pool| pool.hash(password.reveal().as_bytes())).await??;
        Ok(Secret::new(hashed))
    }

    /// Compares a password with what is stored; with nothing stored it takes as long, and fails.
    pub async fn verify(
        &self,
        password: Secret<String>,
        stored: Option<Secret<String>>,
    ) -> Result<Verdict, HashingError> {
        let verdict = self
            .work(move |pool| match stored {
                Some(stored) => pool.verify(password.reveal().as_bytes(), stored.reveal()),
                None => Ok(pool.dummy(password.reveal().as_bytes())),
            })
            .await??;
        Ok(verdict)
    }

    /// Gives the memory back that hashing needs, when nobody has hashed for a while.
    pub(crate) fn rest(&self) {
        if self.turns.available_permits() > 0 {
            self.pool.release();
        }
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Pool) -> T + Send + 'static,
    ) -> Result<T, HashingError> {
        let place = self.places.try_acquire().map_err(|_| HashingError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| HashingError::GivenUp)?;
        let pool = Arc::clone(&self.pool);
        let done = tokio::task::spawn_blocking(move || {
            let done = job(&pool);
            drop(turn);
            done
        });
        let done = done.await.map_err(|_| HashingError::GivenUp);
        drop(place);
        done
    }
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").field("turns", &self.turns.available_permits()).finish_non_exhaustive()
    }
}

/// How many may wait for each that is at work: at 15 ms a hash, a second and a half.
const WAITING: usize = 100;
