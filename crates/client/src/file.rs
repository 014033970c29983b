//! Files that only their owner may read, each replaced as a whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
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

/// What the file holds, and the file; nothing where there is none. A link is not followed.
pub(crate) fn read(path: &Path) -> io::Result<Option<(Secret<Vec<u8>>, File)>> {
    let opened = no_link(path).and_then(|()| File::open(path));
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Room for all of it: what a vector leaves behind as it grows is not wiped.
    let room = usize::try_from(file.metadata()?.len().saturating_add(1)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(room.min(1 << 20));
    let read = file.read_to_end(&mut bytes);
    let bytes = Secret::new(bytes);
    read.map(|_| Some((bytes, file)))
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
    if let Err(error) = no_link(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
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
    let mut file = match anew(&beside) {
        // Left there by a process of our number that was killed; or by somebody who hopes that we write into it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(&beside)?;
            anew(&beside)?
        }
        opened => opened?,
    };
    file.write_all(value)?;
    file.sync_all()?;
    Ok(beside)
}

/// A file that was not there before, and so is no link and nobody else's.
fn anew(path: &Path) -> io::Result<File> {
    owners_alone().create_new(true).open(path)
}

/// Refuses a link: whoever put it there says where it leads.
fn no_link(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_symlink() {
        let what = format!("{} is a link, and links are not followed", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    Ok(())
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
