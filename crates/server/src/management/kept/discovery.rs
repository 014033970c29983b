//! An organization's discovery domain, found by its name.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use http::StatusCode;
use keybound_api::kept::discovery_domain::DOMAINS;
use keybound_store::documents::kept;

use super::{object, place::shelf, shown};
use crate::{
    app::App,
    failure::Failure,
    management::{absent::absent, answer::told, organizations::organization, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v2/organizations/{id}/discovery-domains/name/{name}", get(named))
}

async fn named(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let organization = organization(&app, &id).await?;
    let place = shelf(&DOMAINS).of(&organization.id);
    let found = kept::named(&app.store, &app.tenant.id, place, &name.to_ascii_lowercase()).await?;
    let found = found.ok_or_else(|| absent(DOMAINS.kind))?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&DOMAINS, object(found.doc))))
}
