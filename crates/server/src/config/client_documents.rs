//! Clients that describe themselves (OAuth Client ID Metadata Document).

use std::path::{Path, PathBuf};

use keybound_proto::uri::Origin;
use serde::Deserialize;

use super::ConfigError;

/// Whether clients are read at the address that is their name, and what of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientDocuments {
    /// Whether they are.
    pub reading: Reading,
    /// Whether their tokens are bound even where they do not say so.
    pub dpop: DocumentProofs,
    /// Whether AT Protocol's `http://localhost` is a client, too.
    pub localhost: LocalhostClients,
    /// Origins that are called though they may lie inside. Whoever names one lets strangers have us call it.
    pub unguarded_origins: Vec<Origin>,
    /// Certificates that are trusted besides the system's, as PEM.
    pub root_certificates: Option<PathBuf>,
}

/// Whether clients are read at the address that is their name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// An address names nobody.
    #[default]
    Closed,
    /// Whoever has an address is a client, and somebody else's.
    Open,
}

/// Whether what such clients are given is bound to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentProofs {
    /// Where they say so (`dpop_bound_access_tokens`), or show a key.
    #[default]
    AsDescribed,
    /// Always.
    Required,
}

/// Whether `http://localhost` is a client: a developer's own machine, or what says to be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalhostClients {
    /// It is none.
    #[default]
    Refused,
    /// It is one.
    Taken,
}

/// What a file may say of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    reading: Option<Reading>,
    dpop: Option<DocumentProofs>,
    localhost: Option<LocalhostClients>,
    unguarded_origins: Vec<String>,
    root_certificates: Option<PathBuf>,
}

impl ClientDocuments {
    pub(super) fn read(table: Table) -> Result<Self, ConfigError> {
        let origin = |text: &String| {
            let refused =
                || ConfigError::value(ORIGINS, format!("{text:?} is no https origin, nor this machine"));
            Origin::parse(text).ok().filter(Origin::is_private).ok_or_else(refused)
        };
        Ok(Self {
            reading: table.reading.unwrap_or_default(),
            dpop: table.dpop.unwrap_or_default(),
            localhost: table.localhost.unwrap_or_default(),
            unguarded_origins: table.unguarded_origins.iter().map(origin).collect::<Result<_, _>>()?,
            root_certificates: table.root_certificates,
        })
    }

    /// The bytes of the certificates, where there are some.
    pub(crate) fn certificates(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|error| ConfigError::value(CERTIFICATES, format!("cannot be read: {error}")))
        };
        self.root_certificates.as_deref().map(read).transpose()
    }
}

const ORIGINS: &str = "client_documents.unguarded_origins";
const CERTIFICATES: &str = "client_documents.root_certificates";
