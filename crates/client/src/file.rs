//! Files that only their owner may read, each replaced as a whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use keybound_proto::secret::Secret;

/// The file of this name in a folder, where the name can be that of a file everywhere.
pub(crate) fn named(folder: &Path, name: &str, kind: &str) -> Option<PathBuf> {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let named = !name.is_empty() && name.len() <= 128 && name.chars().all(safe);
    named.then(|| folder.join(format!("{name}.{kind}")))
}

/// What the file holds; nothing where there is none.
pub(crate) fn read(path: &Path) -> io::Result<Option<Secret<Vec<u8>>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Secret::new(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts it in the place of what is there: whoever reads meanwhile reads the old one.
pub(crate) fn replace(path: &Path, value: &[u8]) -> io::Result<()> {
    let beside = beside(path, value)?;
    fs::rename(&beside, path)?;
    settle(path)
}

/// Puts it there unless something is; says whether it did. Of many that try at once, one does.
pub(crate) fn create(path: &Path, value: &[u8]) -> io::Result<bool> {
    let beside = beside(path, value)?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Ok(()) => settle(path).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Forgets it, where it is.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Opens a file that is only there to be locked.
pub(crate) fn lockable(path: &Path) -> io::Result<File> {
    folder_of(path)?;
    owners_alone().create(true).truncate(false).open(path)
}

/// Files block: off the threads that drive everything else.
pub(crate) async fn away<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Writes it beside its place, safe on the disk. No two writers have the same place beside.
fn beside(path: &Path, value: &[u8]) -> io::Result<PathBuf> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    folder_of(path)?;
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let beside = path.with_extension(format!("{}-{number}.new", std::process::id()));
    let mut file = owners_alone().create(true).truncate(true).open(&beside)?;
    file.write_all(value)?;
    file.sync_all()?;
    Ok(beside)
}

/// Makes what happened to the names in its folder durable.
fn settle(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder_of(path)?)?.sync_all() } else { Ok(()) }
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
