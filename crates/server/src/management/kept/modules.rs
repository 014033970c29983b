//! Modules: their versions, and the actions that have them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use keybound_api::kept::{
    Form,
    action::ACTIONS,
    module::{BACK, MODULE_VERSIONS, MODULES, USER, published, restore},
};
use keybound_crypto::entropy;
use keybound_store::{Batch, documents::kept, events};
use serde_json::{Value, json};

use super::{
    apply, changed,
    list::{all, counted_of},
    object,
    place::{Names, Place, beside, shelf},
};
use crate::{
    app::App,
    failure::Failure,
    management::{
        absent::{absent, text},
        answer::told,
        body::Sent,
        managed::Members,
        permit::Permit,
        query::Query,
    },
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/actions/modules/{id}/actions", get(users))
        .route("/api/v2/actions/modules/{id}/versions", post(publish))
        .route("/api/v2/actions/modules/{id}/rollback", post(go_back))
}

/// Says of each module of an action what it is called, and which of its versions that is.
pub(super) async fn called(app: &App, action: &mut Members) -> Result<(), Failure> {
    let Some(Value::Array(used)) = action.get_mut("modules") else { return Ok(()) };
    let (store, tenant) = (&app.store, &app.tenant.id);
    for used in used.iter_mut().filter_map(Value::as_object_mut) {
        let said = |used: &Members, name| text(used, name).map(str::to_owned);
        let Some(id) = said(used, "module_id") else { continue };
        let found = kept::find(store, tenant, shelf(&MODULES).whole(), &id).await?;
        let Some(module) = found else { continue };
        used.insert("module_name".to_owned(), module.doc.get("name").cloned().into());
        let Some(version) = said(used, "module_version_id") else { continue };
        let found = kept::find(store, tenant, shelf(&MODULE_VERSIONS).of(&id), &version).await?;
        if let Some(version) = found {
            used.insert(
                "module_version_number".to_owned(),
                version.doc.get("version_number").cloned().into(),
            );
        }
    }
    Ok(())
}

async fn publish(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let place = Place::of(&app, &MODULES, &names).await?;
    let mut found = place.find(&app).await?;
    let mut module = object(found.doc);
    let id = Form::Uuid.id(&entropy::bytes());
    let version = published(&mut module, &id, &work.now.to_rfc3339());
    let mut batch = Batch::new();
    beside(&app, (shelf(&MODULE_VERSIONS).of(&found.id), &id), version.clone(), &mut batch);
    let event = work.event("Publish", MODULES.kind.name.one, &found.id);
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    found.doc = Value::Object(module);
    kept::update(&mut batch, &app.store, &app.tenant.id, place.kept(), found);
    apply(&app, &MODULES, batch).await?;
    Ok(told(permit.caller(), StatusCode::OK, &version))
}

async fn go_back(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let body = sent.read_as(BACK)?;
    let found = Place::of(&app, &MODULES, &names).await?.find(&app).await?;
    let wanted = body.get("module_version_id").and_then(Value::as_str).unwrap_or_default();
    let versions = shelf(&MODULE_VERSIONS).of(&found.id);
    let version = kept::find(&app.store, &app.tenant.id, versions, wanted).await?;
    let version = version.ok_or_else(|| absent(MODULE_VERSIONS.kind))?;
    let at = work.now.to_rfc3339();
    let back = |module: &mut _| restore(module, &version.doc, &at);
    let module = changed(&work, &MODULES, (&names, "Roll back"), back).await?;
    Ok(told(permit.caller(), StatusCode::OK, &module))
}

async fn users(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
    query: Query,
) -> Result<Response, Failure> {
    let paging = query.paging()?;
    let found = Place::of(&app, &MODULES, &names).await?.find(&app).await?;
    let none = Names::new();
    let mut users = Vec::new();
    for action in all(&app, &Place::of(&app, &ACTIONS, &none).await?).await? {
        let modules =
            action.doc.get("modules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if let Some(used) = modules.iter().find(|used| used["module_id"].as_str() == Some(&*found.id)) {
            let mut user = json!({
                "action_id": &*action.id,
                "action_name": action.doc.get("name"),
                "supported_triggers": action.doc.get("supported_triggers"),
            });
            for name in ["module_version_id", "module_version_number"] {
                if let (Some(value), Value::Object(user)) = (used.get(name), &mut user) {
                    user.insert(name.to_owned(), value.clone());
                }
            }
            users.push(user);
        }
    }
    Ok(told(permit.caller(), StatusCode::OK, &counted_of(&USER, &paging, users)))
}
