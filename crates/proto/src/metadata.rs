//! The documents of RFC 8414 and RFC 9728.
