//! Tokens in files that only their owner may read.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use keybound_proto::secret::Secret;

use super::{Lock, StoreError, TokenStore};
use crate::both::Boxed;

/// Keeps each name in a file of its own, mode 0600, in a folder of mode 0700. A file is replaced as a whole or
/// not at all; processes that share the folder take turns.
#[derive(Clone, Debug)]
pub struct FileStore(PathBuf);

impl FileStore {
    /// Keeps them in this folder, which is made when something is first kept.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn path(&self, name: &str, kind: &str) -> Result<PathBuf, StoreError> {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 128 || !name.chars().all(safe) {
            return Err(StoreError::new("the name cannot be that of a file"));
        }
        Ok(self.0.join(format!("{name}.{kind}")))
    }
}

impl TokenStore for FileStore {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<Secret<Vec<u8>>>, StoreError>> {
        let path = self.path(name, "json");
        Box::pin(async move {
            let path = path?;
            away(move || match fs::read(&path) {
                Ok(bytes) => Ok(Some(Secret::new(bytes))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            })
            .await
        })
    }

    fn save<'a>(&'a self, name: &'a str, value: &'a [u8]) -> Boxed<'a, Result<(), StoreError>> {
        let path = self.path(name, "json");
        let value = Secret::new(value.to_vec());
        Box::pin(async move {
            let path = path?;
            away(move || replace(&path, value.reveal())).await
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), StoreError>> {
        let path = self.path(name, "json");
        Box::pin(async move {
            let path = path?;
            away(move || match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            })
            .await
        })
    }

    fn lock<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Lock, StoreError>> {
        let path = self.path(name, "lock");
        Box::pin(async move {
            let path = path?;
            let file = away(move || {
                folder_of(&path)?;
                let file = owners_alone().create(true).truncate(false).open(&path)?;
                file.lock()?;
                Ok(file)
            });
            Ok(Lock::holding(file.await?))
        })
    }
}

/// Writes beside it, makes it durable, and puts it in its place: whoever reads meanwhile reads the old one.
fn replace(path: &Path, value: &[u8]) -> io::Result<()> {
    let folder = folder_of(path)?;
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = owners_alone().create(true).truncate(true).open(&beside)?;
    file.write_all(value)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(folder)?.sync_all()
}

/// The folder, which only its owner may enter.
fn folder_of(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    Ok(folder)
}

fn owners_alone() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Files block: off the threads that drive everything else.
async fn away<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(StoreError::new),
        Err(gone) => Err(StoreError::new(gone)),
    }
}
