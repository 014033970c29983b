//! Reading a description, and refusing one that is not meant.

use crate::jose::{Alg, AlgSet};

/// Why a description is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// An address in it is not one, or gives up TLS where its owner has it.
    #[error("the address in {0} cannot be used")]
    Address(&'static str),
    /// It describes somebody else (RFC 8414 §3.3, RFC 9728 §3.3): perhaps an attempt to pass for them.
    #[error("it describes {found}, not {expected}")]
    Mismatch {
        /// Who was asked.
        expected: String,
        /// Who it describes.
        found: String,
    },
    /// It is not a JSON object of the right shape.
    #[error("it cannot be read: {0}")]
    Shape(String),
    /// More than [`LIMIT`] bytes.
    #[error("it is longer than {LIMIT} bytes")]
    TooLong,
}

/// Most bytes a description may have.
pub const LIMIT: usize = 256 * 1024;

/// Reads any of them; what it does not know is passed over.
pub(super) fn read<'de, T: serde::Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, MetadataError> {
    if bytes.len() > LIMIT {
        return Err(MetadataError::TooLong);
    }
    serde_json::from_slice(bytes).map_err(|error| MetadataError::Shape(error.to_string()))
}

/// Compares names byte for byte.
pub(super) fn same(expected: &str, found: &str) -> Result<(), MetadataError> {
    if expected == found {
        return Ok(());
    }
    let found = found.chars().take(200).collect();
    Err(MetadataError::Mismatch { expected: expected.to_owned(), found })
}

/// The algorithms we know of those named; `None` when none is named.
pub(super) fn algs(names: &[String]) -> Option<AlgSet> {
    (!names.is_empty()).then(|| names.iter().filter_map(|name| Alg::parse(name)).collect())
}
