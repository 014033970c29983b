//! The Management API through the router: request in, whole answer out.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod access;
mod blocks;
#[path = "../lent/bodies.rs"]
mod bodies;
mod client_grants;
mod clients;
mod connections;
mod credentials;
#[path = "../lent/document.rs"]
mod document;
mod guardian;
#[path = "../lent/mod.rs"]
mod lent;
mod lists;
mod organizations;
mod resource_servers;
mod roles;
mod scopes;
mod secrets;
mod signing_keys;
mod strange_bodies;
mod users;
mod world;
