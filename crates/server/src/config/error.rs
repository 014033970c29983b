//! Why a configuration cannot be used.

use std::{net::SocketAddr, path::PathBuf};

/// What is wrong, and under which key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read the configuration {path}: {source}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds a key or a value that is not known.
    #[error("the configuration is not understood: {0}")]
    Syntax(String),
    /// A value does not fit its key.
    #[error("`{key}` {problem}")]
    Value {
        /// Which key or variable.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Listening to the world needs a name the world can use.
    #[error("`issuer` is required when listening on {listen}, which is not loopback")]
    IssuerMissing {
        /// Where the server would listen.
        listen: SocketAddr,
    },
    /// Several processes may share a PostgreSQL database; they must share a key.
    #[error(
        "`master_key` (KEYBOUND_MASTER_KEY, 32 bytes as base64url) or `[pkcs11]` is required with PostgreSQL"
    )]
    MasterKeyMissing,
    /// Metrics are not for everyone.
    #[error("`metrics_listen` must not be the public listener")]
    SharedListener,
    /// Of two values that belong together, one is missing.
    #[error("`{missing}` is missing")]
    Half {
        /// Which.
        missing: &'static str,
    },
}

impl ConfigError {
    pub(crate) fn value(key: &str, problem: impl Into<String>) -> Self {
        Self::Value { key: key.to_owned(), problem: problem.into() }
    }
}
