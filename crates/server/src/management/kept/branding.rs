//! The theme that is in use, and phone templates as they first read.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, patch},
};
use http::StatusCode;
use keybound_api::kept::{
    phone::{self, TEMPLATES},
    theme::THEMES,
};
use keybound_store::{documents::kept, ledger::Slice};

use super::{
    changed, object,
    place::{Names, shelf},
    shown,
};
use crate::{
    app::App,
    failure::Failure,
    management::{absent::absent, answer::told, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/branding/themes/default", get(theme))
        .route("/api/v2/branding/phone/templates/{id}/reset", patch(reset))
}

/// A tenant has one theme, if any.
async fn theme(permit: Permit, State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let first = Slice { after: "", skip: 0, take: 1 };
    let found = kept::page(&app.store, &app.tenant.id, shelf(&THEMES).whole(), first).await?;
    let found = found.into_iter().next().ok_or_else(|| absent(THEMES.kind))?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&THEMES, object(found.doc))))
}

async fn reset(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let at = work.now.to_rfc3339();
    let reset = changed(&work, &TEMPLATES, (&names, "Reset"), |template| phone::reset(template, &at)).await?;
    Ok(told(permit.caller(), StatusCode::OK, &reset))
}
