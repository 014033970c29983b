//! Where things are kept, and how safely.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use keybound_proto::secret::Secret;

use crate::error::StoreError;

/// Everything a store must be told before it opens.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// Which database.
    pub database: Database,
    /// The key from which the keys are derived that seal secrets at rest.
    pub master: Secret<[u8; 32]>,
}

/// Which database, and how to reach it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Database {
    /// SQLite in this process's memory: gone when the store is dropped.
    Memory,
    /// SQLite in a file.
    Sqlite {
        /// The file; made when missing.
        path: PathBuf,
        /// What survives a power cut.
        durability: Durability,
    },
    /// PostgreSQL 15 or newer.
    Postgres {
        /// A `postgres://` URL or a `key=value` connection string. `sslmode=require` asks for TLS, whose
        /// certificate must then be valid for the host.
        address: Secret<String>,
        /// How many connections at most.
        connections: NonZeroUsize,
        /// PEM certificates to trust instead of the system's.
        roots: Option<PathBuf>,
    },
}

/// What a commit means on SQLite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// What was acknowledged survives a power cut (`synchronous=FULL`).
    #[default]
    Full,
    /// What was acknowledged survives the end of the process; a power cut may lose the last moments
    /// (`synchronous=NORMAL`).
    Process,
}

/// How many connections to PostgreSQL, unless told otherwise.
const CONNECTIONS: NonZeroUsize = match NonZeroUsize::new(16) {
    Some(connections) => connections,
    None => NonZeroUsize::MIN,
};

impl Database {
    /// Reads `sqlite:PATH`, `sqlite::memory:`, `postgres://…` or `postgresql://…`.
    ///
    /// A PostgreSQL URL may carry `sslrootcert=FILE`, and `sslmode=verify-full`, which here is what
    /// `sslmode=require` is: without one of them the connection is not encrypted.
    ///
    /// # Errors
    /// [`StoreError::Address`] for anything else.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        if text == "sqlite::memory:" {
            return Ok(Self::Memory);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::postgres(text));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => {
                Ok(Self::Sqlite { path: path.into(), durability: Durability::default() })
            }
            _ => Err(StoreError::Address {
                reason: "it is neither sqlite:PATH nor sqlite::memory: nor postgres://…".into(),
            }),
        }
    }

    /// Takes what the driver does not know out of the URL.
    fn postgres(url: &str) -> Self {
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut roots = None;
        let mut address = place.to_owned();
        let mut separator = '?';
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            if let Some(file) = pair.strip_prefix("sslrootcert=") {
                roots = Some(file.into());
                continue;
            }
            address.push(separator);
            address.push_str(if pair == "sslmode=verify-full" { "sslmode=require" } else { pair });
            separator = '&';
        }
        Self::Postgres { address: Secret::new(address), connections: CONNECTIONS, roots }
    }
}
