//! The server as a process sees it: ports, TLS, metrics, a restart, an end.

#[cfg(test)]
#[path = "../../../crypto/tests/lent/token.rs"]
mod lent_token;
#[cfg(test)]
mod master_key;
#[cfg(test)]
mod started;
