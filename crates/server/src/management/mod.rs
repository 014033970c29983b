//! The Management API: what an administrator does over HTTP, in Auth0's shapes.
//!
//! A kind of thing is a [`Managed`]: its table in `keybound_api`, its statements in the store, and what only it knows.
//! The five verbs in [`crud`] serve every kind. A [`Permit`] among a handler's arguments is its authorization check.

mod absent;
mod answer;
mod authentication_methods;
mod blocks;
pub(crate) mod body;
mod bulk;
mod client_grants;
mod clients;
mod connections;
mod credentials;
mod crud;
mod device_credentials;
mod enrollment_tickets;
mod enrollments;
mod found_users;
mod grants;
mod guardian;
mod identities;
mod inert;
mod jobs;
mod journal;
mod kept;
mod later;
mod list;
pub(crate) mod logs;
mod managed;
mod organizations;
mod page;
mod permit;
mod query;
mod refresh_tokens;
mod related;
mod resource_servers;
mod roles;
mod rules;
mod sessions;
mod settings;
mod signing_keys;
mod stats;
mod tickets;
pub(crate) mod users;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{any, get, post},
};

pub(crate) use bulk::file;
pub(crate) use clients::grants_too;
use keybound_store::Batch;

use self::related::related;
use crate::{app::App, failure::Failure};

/// Applies a change of clients that no administrator asked for; what was read of them is forgotten.
pub(crate) async fn apply_to_clients(app: &App, batch: Batch) -> Result<(), Failure> {
    crud::apply::<clients::Client>(app, batch).await
}

/// Every route under `/api/v2`.
pub(crate) fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .merge(crud::router::<clients::Client>())
        .route("/api/v2/clients/{id}/rotate-secret", post(clients::rotate_secret))
        .merge(credentials::router())
        .merge(crud::router::<resource_servers::ResourceServer>())
        .merge(crud::router::<client_grants::ClientGrant>())
        .route("/api/v2/clients/{id}/connections", get(connections::enabled::connections))
        .route("/api/v2/client-grants/{id}/organizations", get(related::<organizations::OfGrant>))
        .merge(crud::router::<connections::Connection>())
        .merge(connections::routes())
        .merge(crud::router::<organizations::Organization>())
        .merge(organizations::routes())
        .merge(crud::router::<roles::Role>())
        .merge(roles::routes())
        .merge(crud::router::<users::User>())
        .merge(guardian::routes())
        .merge(kept::routes())
        .merge(sessions::routes())
        .merge(refresh_tokens::routes())
        .merge(grants::routes())
        .merge(tickets::routes())
        .merge(jobs::routes())
        .merge(identities::routes())
        .merge(device_credentials::routes())
        .merge(authentication_methods::routes())
        .merge(enrollments::routes())
        .merge(enrollment_tickets::routes())
        .merge(settings::routes())
        .merge(rules::routes())
        .merge(blocks::routes())
        .merge(signing_keys::routes())
        .merge(bulk::routes())
        .route("/api/v2/users/{id}/organizations", get(related::<organizations::OfUser>))
        .route("/api/v2/users-by-email", get(users::by_email))
        .route("/api/v2/users/{id}/logs", get(logs::of_user))
        .route("/api/v2/logs", get(logs::list))
        .route("/api/v2/logs/{id}", get(logs::one))
        .route("/api/v2/stats/daily", get(stats::daily))
        .route("/api/v2/stats/active-users", get(stats::active_users))
        .route(ANYTHING_ELSE, any(later::answer))
        .method_not_allowed_fallback(later::other_method)
        .layer(middleware::from_fn_with_state(Arc::clone(app), journal::written))
}

const ANYTHING_ELSE: &str = "/api/v2/{*rest}";
