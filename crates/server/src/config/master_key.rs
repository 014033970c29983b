//! What secrets at rest are sealed under.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keybound_crypto::pkcs11::{Token, TokenError};
use keybound_proto::secret::Secret;

use super::ConfigError;

/// 32 bytes of which every other key is derived.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Secret<[u8; 32]>);

impl MasterKey {
    /// Takes the bytes into keeping.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads 32 bytes as base64url without padding.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        decode(text.trim())
            .map(Self::new)
            .ok_or_else(|| ConfigError::value(key, "must be 32 bytes as base64url without padding"))
    }

    /// Reads the key from a file that is there, such as an orchestrator mounts.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Reads the key from a file, or makes the file, readable by its owner only, with `fresh`.
    ///
    /// Two processes that start at once agree: the file appears whole, and only once.
    pub fn from_file(path: &Path, fresh: [u8; 32]) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        if !path.exists() {
            create(path, &fresh).map_err(unreadable)?;
        }
        Self::read(path)
    }

    /// The bytes themselves.
    pub fn reveal(&self) -> &[u8; 32] {
        self.0.reveal()
    }
}

/// A secret key in a PKCS#11 token, from which the master key is made there. It never leaves the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenKey {
    /// The library of the token's vendor.
    pub library: PathBuf,
    /// The token's label.
    pub token: String,
    /// The key's.
    pub key: String,
    /// What lets its user in.
    pub pin: Secret<String>,
}

impl TokenKey {
    /// The master key. Two servers that may ask the same key have the same one.
    pub fn master_key(&self) -> Result<MasterKey, TokenError> {
        let token = Token::open(&self.library, &self.token, self.pin.clone())?;
        token.derive(&self.key, PURPOSE).map(MasterKey)
    }
}

/// Said to the token: whatever else the key does is another purpose.
const PURPOSE: &str = "keybound/master-key/1";

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Writes under another name first and links it in, so that nobody reads half a key.
fn create(path: &Path, fresh: &[u8; 32]) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};

    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(encode(fresh).as_bytes())?;
    file.sync_all()?;
    let linked = match std::fs::hard_link(&draft, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    std::fs::remove_file(&draft)?;
    linked
}

fn encode(bytes: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
