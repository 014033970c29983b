//! Where things are kept.

use std::{fmt, path::PathBuf};

use keybound_proto::secret::Secret;

use super::ConfigError;

/// Where everything durable lives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Database {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// Nowhere: gone when the process ends.
    SqliteMemory,
    /// A PostgreSQL server; the URL holds a password.
    Postgres(Secret<String>),
}

impl Database {
    /// Reads `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        if text == "sqlite::memory:" {
            return Ok(Self::SqliteMemory);
        }
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(Secret::new(text.to_owned())));
        }
        Err(ConfigError::value(key, "must be sqlite:PATH, sqlite::memory: or postgres://…"))
    }
}

/// A Redis server; the URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Redis(Secret<String>);

impl Redis {
    /// Reads `redis://…`.
    pub fn parse(key: &str, text: &str) -> Result<Self, ConfigError> {
        if text.starts_with("redis://") || text.starts_with("unix://") {
            return Ok(Self(Secret::new(text.to_owned())));
        }
        Err(ConfigError::value(key, "must be redis://…"))
    }

    /// The URL, password and all.
    pub fn url(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis(…)")
    }
}
