//! How much a stranger may send, how slowly, and how often.

use std::time::Duration;

use super::Rates;

/// What bounds a connection, a request and the work behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Most bytes of a request body.
    pub body_bytes: usize,
    /// Most bytes of a file of users that is imported.
    pub import_bytes: usize,
    /// Most bytes of a request line and its headers.
    pub header_bytes: usize,
    /// How long headers may take to arrive, and a connection may lie idle before them: a program that thinks between two
    /// requests finds it open, as it does at Auth0.
    pub header_time: Duration,
    /// How long a body may pause.
    pub body_time: Duration,
    /// How long a request may take from its headers to its answer.
    pub request_time: Duration,
    /// How long requests may take to finish once the server was told to stop.
    pub drain_time: Duration,
    /// Most connections at once.
    pub connections: usize,
    /// Password hashes computed at once; 0 means as many as there are processors.
    pub password_workers: usize,
    /// How often anybody may ask.
    pub rates: Rates,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 64 * 1024,
            import_bytes: 8 << 20,
            header_bytes: 32 * 1024,
            header_time: Duration::from_secs(60),
            body_time: Duration::from_secs(10),
            request_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
            connections: 10_000,
            password_workers: 0,
            rates: Rates::default(),
        }
    }
}
