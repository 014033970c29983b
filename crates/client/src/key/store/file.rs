//! Keys in files that only their owner may read.

use std::{
    io,
    path::{Path, PathBuf},
    str,
};

use keybound_proto::secret::Secret;

use super::{KeyPair, KeyStore, KeyStoreError};
use crate::{both::Boxed, file};

/// Keeps each key as PEM of PKCS#8 in a file of its own, mode 0600, in a folder of mode 0700. A file is replaced
/// as a whole or not at all, and one that is a link or that others may read is refused, as `ssh` does.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("keys");
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use keybound_client::{key::{FileKeys, load_or_generate}, proto::jose::Alg};
///
/// let key = load_or_generate(&FileKeys::new(&folder), "orders", Alg::Es256).await?; // makes orders.pem
/// let later = load_or_generate(&FileKeys::new(&folder), "orders", Alg::Es256).await?;
/// assert_eq!(key.thumbprint(), later.thumbprint());
/// # Ok::<(), keybound_client::ClientError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileKeys(PathBuf);

impl FileKeys {
    /// Keeps them in this folder, which is made when a key is first kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn path(&self, name: &str) -> Result<PathBuf, KeyStoreError> {
        file::named(&self.0, name, "pem").ok_or_else(|| KeyStoreError::Name(name.to_owned()))
    }
}

impl KeyStore for FileKeys {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<KeyPair>, KeyStoreError>> {
        let path = self.path(name);
        Box::pin(async move {
            let path = path?;
            let Some((bytes, sight)) = file::away(move || read(&path)).await.map_err(KeyStoreError::new)?
            else {
                return Ok(None);
            };
            if let Sight::Others(file) = sight {
                return Err(KeyStoreError::Open { file });
            }
            let unusable = || KeyStoreError::Key { name: name.to_owned() };
            let pem = str::from_utf8(bytes.reveal()).map_err(|_| unusable())?;
            KeyPair::from_pem(pem).map(Some).map_err(|_| unusable())
        })
    }

    fn save<'a>(&'a self, name: &'a str, key: &'a KeyPair) -> Boxed<'a, Result<(), KeyStoreError>> {
        let path = self.path(name);
        Box::pin(async move {
            let (path, pem) = (path?, key.to_pem().map_err(KeyStoreError::new)?);
            let written = file::away(move || file::replace(&path, pem.reveal().as_bytes()));
            written.await.map_err(KeyStoreError::new)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), KeyStoreError>> {
        let path = self.path(name);
        Box::pin(async move {
            let path = path?;
            file::away(move || file::remove(&path)).await.map_err(KeyStoreError::new)
        })
    }

    fn keep_first<'a>(
        &'a self,
        name: &'a str,
        key: &'a KeyPair,
    ) -> Boxed<'a, Result<KeyPair, KeyStoreError>> {
        let path = self.path(name);
        Box::pin(async move {
            let (path, pem) = (path?, key.to_pem().map_err(KeyStoreError::new)?);
            let created = file::away(move || file::create(&path, pem.reveal().as_bytes()));
            if created.await.map_err(KeyStoreError::new)? {
                return Ok(key.clone());
            }
            let gone = || KeyStoreError::new("the key was removed while it was looked for");
            self.load(name).await?.ok_or_else(gone)
        })
    }
}

/// Who may read a file.
enum Sight {
    Owner,
    #[cfg_attr(not(unix), expect(dead_code, reason = "modes are a thing of Unix"))]
    Others(String),
}

fn read(path: &Path) -> io::Result<Option<(Secret<Vec<u8>>, Sight)>> {
    let Some((bytes, file)) = file::read(path)? else { return Ok(None) };
    #[cfg(not(unix))]
    drop(file);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata()?.permissions());
        if mode & 0o077 != 0 {
            return Ok(Some((bytes, Sight::Others(path.display().to_string()))));
        }
    }
    Ok(Some((bytes, Sight::Owner)))
}
