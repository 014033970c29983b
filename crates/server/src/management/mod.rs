//! The Management API: what an administrator does over HTTP, in Auth0's shapes.
//!
//! A kind of thing is a [`Managed`]: its table in `keybound_api`, its statements in the store, and what only it knows.
//! The five verbs in [`crud`] serve every kind. A [`Permit`] among a handler's arguments is its authorization check.

mod absent;
mod answer;
mod blocks;
mod body;
mod client_grants;
mod clients;
mod connections;
mod credentials;
mod crud;
mod guardian;
mod inert;
mod list;
mod managed;
mod organizations;
mod page;
mod permit;
mod query;
mod resource_servers;
mod roles;
mod signing_keys;
mod users;

use std::sync::Arc;

use axum::{
    Router,
    routing::{any, get, post},
};

pub(crate) use clients::grants_too;
use keybound_store::Batch;

use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// Applies a change of clients that no administrator asked for; what was read of them is forgotten.
pub(crate) async fn apply_to_clients(app: &App, batch: Batch) -> Result<(), Failure> {
    crud::apply::<clients::Client>(app, batch).await
}

/// Every route under `/api/v2`.
pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(crud::router::<clients::Client>())
        .route("/api/v2/clients/{id}/rotate-secret", post(clients::rotate_secret))
        .merge(credentials::router())
        .merge(crud::router::<resource_servers::ResourceServer>())
        .merge(crud::router::<client_grants::ClientGrant>())
        .route("/api/v2/client-grants/{id}/organizations", get(organizations::of_grant))
        .merge(crud::router::<connections::Connection>())
        .merge(crud::router::<organizations::Organization>())
        .merge(organizations::routes())
        .merge(crud::router::<roles::Role>())
        .merge(roles::routes())
        .merge(crud::router::<users::User>())
        .merge(guardian::routes())
        .merge(blocks::routes())
        .merge(signing_keys::routes())
        .route("/api/v2/users/{id}/organizations", get(organizations::of_user))
        .route("/api/v2/users-by-email", get(users::by_email))
        .route(ANYTHING_ELSE, any(nothing))
}

/// What is no operation is told so as the others tell it.
async fn nothing() -> Failure {
    ManagementFailure::NoSuch { message: "Not Found".to_owned(), code: None }.into()
}

const ANYTHING_ELSE: &str = "/api/v2/{*rest}";
