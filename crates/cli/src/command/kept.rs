//! Where a person's keys, logins and tokens are kept: a folder for its owner alone, or the keyring.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use keybound_client::{
    key::{FileKeys, KeyStore, Keyring},
    session::{FileStore, KeyringStore, TokenStore},
};

use super::asking::variable;
use crate::{args::asking::Place, error::Failure, exit::Exit};

/// The place that was chosen. Nothing of it is made before something is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Which key and login.
    pub(super) profile: String,
    folder: PathBuf,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Files,
    Keyring,
}

impl Kept {
    /// The folder, or the keyring where it was asked for by name; a machine without one says so here.
    ///
    /// The keyring is no silent choice: over ssh, or before somebody unlocks it, what is kept there would seem gone.
    pub(super) async fn at(place: &Place) -> Result<Self, Failure> {
        let named = place.store.as_deref().filter(|store| *store != Path::new(KEYRING));
        let by =
            if place.keyring || place.store.is_some() && named.is_none() { By::Keyring } else { By::Files };
        let folder = match named {
            Some(folder) => folder.to_owned(),
            None => usual_folder()?,
        };
        let kept = Self { profile: place.profile.clone(), folder, by };
        if by == By::Keyring {
            let asked = Keyring::system("keybound keys").load(&kept.profile).await;
            asked.map_err(|error| {
                Failure::new(Exit::Store, format!("use the keyring: {error}"))
                    .hint("leave out --keyring (and KEYBOUND_STORE=keyring) to keep keys in files for your eyes only")
            })?;
        }
        Ok(kept)
    }

    /// The keys, by profile.
    pub(super) fn keys(&self) -> Arc<dyn KeyStore> {
        match self.by {
            By::Files => Arc::new(FileKeys::new(self.folder.join("keys"))),
            By::Keyring => Arc::new(Keyring::system("keybound keys")),
        }
    }

    /// Who is logged in, by profile.
    pub(super) fn logins(&self) -> Arc<dyn TokenStore> {
        self.tokens_of("logins")
    }

    /// The tokens of people.
    pub(super) fn sessions(&self) -> Arc<dyn TokenStore> {
        self.tokens_of("sessions")
    }

    /// The tokens of clients that ask on their own behalf: never among a person's, whose refresh token they would use.
    pub(super) fn machines(&self) -> Arc<dyn TokenStore> {
        self.tokens_of("tokens")
    }

    /// Where that is, for people.
    pub(super) fn place(&self) -> String {
        match self.by {
            By::Files => self.folder.display().to_string(),
            By::Keyring => "the keyring".to_owned(),
        }
    }

    fn tokens_of(&self, kind: &str) -> Arc<dyn TokenStore> {
        let folder = self.folder.join(kind);
        match self.by {
            By::Files => Arc::new(FileStore::new(folder)),
            By::Keyring => {
                let keyring = Keyring::system(format!("keybound {kind}"));
                Arc::new(KeyringStore::new(keyring, folder))
            }
        }
    }
}

fn usual_folder() -> Result<PathBuf, Failure> {
    let configuration = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let configuration = configuration.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".config")));
    configuration.map(|folder| folder.join("keybound")).ok_or_else(|| {
        Failure::new(Exit::Configuration, "find a folder for keys: there is no home")
            .hint("say which with --store DIR or KEYBOUND_STORE")
    })
}

/// What `--store` and `KEYBOUND_STORE` call the keyring; a folder of that name is `./keyring`.
const KEYRING: &str = "keyring";
