//! Tokens in files that only their owner may read.

use std::path::PathBuf;

use keybound_proto::secret::Secret;

use super::{Lock, StoreError, TokenStore};
use crate::{both::Boxed, file};

/// Keeps each name in a file of its own, mode 0600, in a folder of mode 0700. A file is replaced as a whole or not at
/// all, and is on the disk when that is done; a link is not followed.
///
/// Processes that share the folder take turns by a lock on a file beside. It is held for as long as a refresh takes,
/// network and all, by design: two processes that refresh at once would spend one rotating refresh token twice, and
/// the server would take that for theft. Nobody waits for it who finds what they want in memory, and no thread of the
/// runtime does: whoever waits does so off them.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("tokens");
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use keybound_client::session::{FileStore, TokenStore as _};
///
/// let store = FileStore::new(&folder);
/// store.save("orders", b"what a session keeps").await?;
/// assert_eq!(store.load("orders").await?.unwrap().reveal(), b"what a session keeps");
/// # Ok::<(), keybound_client::session::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileStore(PathBuf);

impl FileStore {
    /// Keeps them in this folder, which is made when something is first kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn path(&self, name: &str, kind: &str) -> Result<PathBuf, StoreError> {
        file::named(&self.0, name, kind).ok_or_else(|| StoreError::new("the name cannot be that of a file"))
    }
}

impl TokenStore for FileStore {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        let path = self.path(name, "json");
        Box::pin(async move {
            let path = path?;
            let read = file::away(move || file::read(&path)).await.map_err(StoreError::new)?;
            Ok(read.map(|(bytes, _)| bytes))
        })
    }

    fn save<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>> {
        let path = self.path(name, "json");
        let value = Secret::new(value.to_vec());
        Box::pin(async move {
            let path = path?;
            file::away(move || file::replace(&path, value.reveal())).await.map_err(StoreError::new)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        let path = self.path(name, "json");
        Box::pin(async move {
            let path = path?;
            file::away(move || file::remove(&path)).await.map_err(StoreError::new)
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        let path = self.path(name, "lock");
        Box::pin(async move {
            let path = path?;
            let locked = file::away(move || {
                let file = file::lockable(&path)?;
                file.lock()?;
                Ok(file)
            });
            Ok(Lock::holding(locked.await.map_err(StoreError::new)?))
        })
    }
}
