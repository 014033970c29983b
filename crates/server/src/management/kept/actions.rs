//! Actions are deployed by being written down as a version; none runs, and whoever asks for that is told so.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use keybound_api::{
    Fault, Invalid,
    kept::{
        Form,
        action::{ACTIONS, triggers},
        version::{ACTION_VERSIONS, deployed, restore},
    },
};
use keybound_crypto::entropy;
use keybound_store::{Batch, documents::kept, events};
use serde_json::{Value, json};

use super::{
    apply, object,
    place::{Names, Place, beside, shelf},
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    management::{answer::told, body::refused, managed::Members, permit::Permit},
};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/actions/actions/{id}/deploy", post(deploy))
        .route("/api/v2/actions/actions/{id}/versions/{version}/deploy", post(deploy_again))
        .route("/api/v2/actions/actions/{id}/test", post(try_it))
        .route("/api/v2/actions/executions/{id}", get(execution))
        .route("/api/v2/actions/triggers", get(all_triggers))
}

async fn deploy(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    let version = made(&app, &permit, &names, None).await?;
    Ok(told(permit.caller(), StatusCode::OK, &version))
}

async fn deploy_again(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    let old = Place::of(&app, &ACTION_VERSIONS, &names).await?.find(&app).await?;
    let version = made(&app, &permit, &names, Some(object(old.doc))).await?;
    Ok(told(permit.caller(), StatusCode::OK, &version))
}

/// Makes a version of an action, as it is or as it was in an old one.
async fn made(app: &App, permit: &Permit, names: &Names, old: Option<Members>) -> Result<Value, Failure> {
    let work = permit.work(app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let place = Place::of(app, &ACTIONS, names).await?;
    let mut found = place.find(app).await?;
    let versions = shelf(&ACTION_VERSIONS).of(&found.id);
    let number = u64::try_from(kept::count(store, tenant, versions).await?).unwrap_or_default() + 1;
    let mut action = object(found.doc);
    let mut batch = Batch::new();
    if let Some(before) = deployed_one(&action)
        && let Some(mut before) = kept::find(store, tenant, versions, &before).await?
    {
        if let Value::Object(version) = &mut before.doc {
            version.insert("deployed".to_owned(), json!(false));
        }
        kept::update(&mut batch, store, tenant, versions, before);
    }
    if let Some(old) = &old {
        restore(&mut action, old);
    }
    let id = Form::Uuid.id(&entropy::bytes());
    let mut version = deployed(&mut action, (&id, number), &work.now.to_rfc3339());
    beside(app, (versions, &id), version.clone(), &mut batch);
    let event = work.event("Deploy", ACTIONS.kind.name.one, &found.id);
    events::record(&mut batch, store, tenant, &event);
    found.doc = Value::Object(action);
    kept::update(&mut batch, store, tenant, place.kept(), found);
    apply(app, &ACTIONS, batch).await?;
    // Auth0 answers before it is.
    if let Value::Object(version) = &mut version {
        version.insert("deployed".to_owned(), json!(false));
    }
    Ok(version)
}

/// The id of the version that an action has deployed.
fn deployed_one(action: &Members) -> Option<String> {
    action.get("deployed_version")?.get("id")?.as_str().map(str::to_owned)
}

async fn try_it(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(names): Path<Names>,
) -> Result<Response, Failure> {
    Place::of(&app, &ACTIONS, &names).await?.find(&app).await?;
    let _ = permit;
    Err(refused(Invalid::body("payload", Fault::NotOffered)))
}

/// None ran, so there is nothing to tell of any.
async fn execution(_: Permit) -> Failure {
    let message = "That execution does not exist.".to_owned();
    ManagementFailure::NoSuch { message, code: None }.into()
}

async fn all_triggers(permit: Permit) -> Response {
    told(permit.caller(), StatusCode::OK, &triggers())
}
