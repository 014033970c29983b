//! The folder of `keybound dev`: what survives a restart, readable by its owner only.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::secrets;
use crate::{error::Failure, exit::Exit};

/// A folder, kept or for this run only.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Removes the folder when this run ends.
    temporary: Option<TempDir>,
    /// Held as long as this run lives: two servers on one folder would each believe to be alone.
    _lock: Option<File>,
}

/// What `dev` itself remembers; everything else is in the tenant's database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    /// The client that sets the tenant up.
    pub(crate) management_client_id: String,
    /// Its secret.
    pub(crate) management_client_secret: String,
    /// The password of the demo user.
    pub(super) password: String,
}

impl Folder {
    /// What `dev` remembers, in the folder.
    pub(crate) const KEPT: &str = "dev.json";

    /// Opens a folder, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| unusable(path, &error))?;
        let path = path.canonicalize().map_err(|error| unusable(path, &error))?;
        let lock = Some(lock(&path)?);
        let folder = Self { path, temporary: None, _lock: lock };
        // What is in here must not end up in a repository.
        folder.keep(".gitignore", "*\n")?;
        Ok(folder)
    }

    /// Makes one that is gone when this run ends.
    pub(super) fn temporary() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("keybound-")
            .tempdir()
            .map_err(|error| unusable(Path::new("the folder for temporary files"), &error))?;
        Ok(Self { path: folder.path().to_owned(), temporary: Some(folder), _lock: None })
    }

    /// Whether it is gone when this run ends.
    pub(super) const fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// Whether it is the `.keybound` of the working folder, where `keybound login` looks.
    pub(super) fn is_usual(&self) -> bool {
        Path::new(USUAL).canonicalize().is_ok_and(|usual| usual == self.path)
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Its place.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a file; none is no error.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        match fs::read_to_string(self.file(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&self.file(name), &error)),
        }
    }

    /// Writes a file whole, for its owner's eyes only: a crash leaves the old one or the new one.
    pub(super) fn keep(&self, name: &str, text: &str) -> Result<(), Failure> {
        let draft = self.file(&format!("{name}.draft"));
        let write = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, self.file(name))
        };
        write().map_err(|error| unusable(&self.file(name), &error))
    }

    /// What was kept last time, or fresh secrets, kept from now on.
    pub(super) fn kept(&self) -> Result<Kept, Failure> {
        if let Some(text) = self.read(Self::KEPT)? {
            return serde_json::from_str(&text).map_err(|error| {
                Failure::new(Exit::Tenant, format!("read {}: {error}", self.file(Self::KEPT).display()))
                    .hint(format!("remove the folder {} to start anew", self.path.display()))
            });
        }
        let fresh = Kept {
            management_client_id: secrets::client_id(),
            management_client_secret: secrets::client_secret(),
            password: secrets::password(),
        };
        let text = serde_json::to_string_pretty(&fresh)
            .map_err(|error| Failure::new(Exit::Failed, format!("write {}: {error}", Self::KEPT)))?;
        self.keep(Self::KEPT, &text)?;
        Ok(fresh)
    }
}

const USUAL: &str = ".keybound";

fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(|error| unusable(&path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(unusable(&path, &error)),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            Exit::Tenant,
            format!("use {}: another `keybound dev` uses it", folder.display()),
        )
        .hint("stop that one, or choose another folder with --data DIR")),
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Tenant, format!("use {}: {error}", path.display()))
        .hint("choose another folder with --data DIR, or none with --ephemeral")
}
