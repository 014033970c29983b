//! What can go wrong when something is remembered or recalled.

use crate::sql::Guard;

/// Why the store did not do what it was asked.
///
/// [`Conflict`](Self::Conflict) is an answer, [`Database`](Self::Database) and
/// [`Unavailable`](Self::Unavailable) are the world's fault, [`Corrupt`](Self::Corrupt) is ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The precondition of a change no longer held; nothing of its batch was kept.
    #[error("the precondition {guard} no longer holds")]
    Conflict {
        /// Which precondition.
        guard: Guard,
    },
    /// What was read back is not what this version writes.
    #[error("{place} holds something unreadable: {reason}")]
    Corrupt {
        /// Where it was read.
        place: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The database refused.
    #[error("the database refused: {reason}")]
    Database {
        /// In the database's own words.
        reason: String,
    },
    /// A bounded memory is full, and forgets nothing before its time.
    #[error("the memory of recent events is full")]
    Full,
    /// The database was written by a newer version of this program.
    #[error("the database has schema {found}, newer than this program's {known}")]
    NewerSchema {
        /// Version found in the database.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// How to reach the database makes no sense.
    #[error("the database address is not usable: {reason}")]
    Address {
        /// What is wrong with it.
        reason: String,
    },
    /// A question took longer than it may.
    #[error("the question takes too long to answer")]
    TooLong,
    /// The database cannot be reached, or has been closed.
    #[error("the database cannot be reached: {reason}")]
    Unavailable {
        /// In the driver's own words.
        reason: String,
    },
}

impl StoreError {
    /// The precondition that failed, if that is all that happened.
    pub fn conflict(&self) -> Option<Guard> {
        match self {
            Self::Conflict { guard } => Some(*guard),
            _ => None,
        }
    }

    pub(crate) fn corrupt(place: &'static str, reason: impl ToString) -> Self {
        Self::Corrupt { place, reason: reason.to_string() }
    }

    pub(crate) fn unavailable(reason: impl ToString) -> Self {
        Self::Unavailable { reason: reason.to_string() }
    }
}
