//! Throttling.
