//! Addresses, each kind with its own equality.
