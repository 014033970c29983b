//! The Management API through the router: request in, whole answer out.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

mod access;
mod actions;
mod blocks;
#[path = "../lent/bodies.rs"]
mod bodies;
mod carrier;
mod client_grants;
mod clients;
mod connections;
mod credentials;
#[path = "../lent/document.rs"]
mod document;
mod guardian;
mod jobs;
mod kept;
mod later;
#[path = "../lent/mod.rs"]
mod lent;
mod lists;
mod log_streams;
mod logs;
mod neighbours;
mod organizations;
#[path = "../routes/post_office.rs"]
mod post_office;
mod races;
mod recorded;
mod resource_servers;
mod roles;
mod scopes;
mod secrets;
mod settings;
mod shapes;
mod signing_keys;
mod strange_bodies;
mod strange_requests;
mod tenant_settings;
mod users;
mod within;
mod world;
