//! The authorization server: sockets, cookies, pages, headers, dialects of error.
//!
//! [`start`] takes a [`Config`] and gives a [`Running`] server.

pub mod config;
pub mod extract;
mod serve;
mod start;
mod tls;

pub use config::{Config, ConfigError};
pub use start::{Running, StartError, start};
