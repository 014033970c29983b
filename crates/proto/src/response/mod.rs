//! What servers answer.
