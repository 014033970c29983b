//! The authorization server: sockets, cookies, pages, headers, dialects of error.
//!
//! [`start`] takes a [`Config`] and gives a [`Running`] server. A test needs no socket: [`App::open`] and
//! [`routes::router`] are the same server without one.

pub mod app;
mod authentication;
mod client_documents;
mod clock;
mod codes;
pub mod config;
mod cors;
pub mod extract;
mod factor;
pub mod failure;
mod health;
pub mod jobs;
pub mod key_ring;
mod login;
mod mail;
mod management;
mod metered;
mod mfa;
mod oauth;
mod opaque;
mod openapi;
mod ordered_id;
mod organizations;
mod outbound;
mod passwords;
mod places;
mod policies;
mod published_keys;
mod rate;
mod record;
mod registered;
pub mod routes;
mod serve;
mod setup;
mod start;
mod tenant_log;
mod tickets;
mod tls;

pub use app::App;
pub use clock::Clock;
pub use config::{Config, ConfigError};
pub use cors::Origins;
pub use keybound_proto::secret::Secret;
pub use mail::Mail;
pub use passwords::{HashingError, Passwords};
pub use places::Places;
pub use policies::Policies;
pub use start::{Running, StartError, start};
