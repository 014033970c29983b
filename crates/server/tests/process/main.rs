//! The server as a process sees it: ports, TLS, metrics, a restart, an end.

#[cfg(test)]
mod started;
