//! What devices hold: keys that are left for them, and refresh tokens.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, get},
};
use http::StatusCode;
use keybound_api::{Fault, Invalid, Kind, Verb, device_credential as api};
use keybound_crypto::entropy;
use keybound_proto::id::Subject;
use keybound_store::{
    Batch, events,
    ledger::device_credentials::{self as ledger, DeviceCredential, DeviceKey},
};
use serde_json::{Value, json};

use super::{
    absent::text,
    answer::{done, told},
    body::{Sent, refused},
    managed::Members,
    permit::Permit,
    refresh_tokens::{live, revoke_named},
    related::{Asked, Related, Rows, related},
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/device-credentials", get(related::<Listed>).post(leave))
        .route("/api/v2/device-credentials/{id}", delete(take_away))
}

/// `GET /api/v2/device-credentials`
enum Listed {}

impl Related for Listed {
    const KIND: &'static Kind = &api::KIND;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let said = |name| asked.query.text(name).filter(|text| !text.is_empty());
        let kind = said("type");
        if let Some(unknown) = kind.filter(|kind| !api::TYPES.contains(kind)) {
            return Err(refused(Invalid::query("type", Fault::Enum(unknown.to_owned()))));
        }
        let among = ledger::Among { subject: said("user_id"), client: said("client_id"), kind };
        let (store, tenant, now) = (&asked.app.store, &asked.app.tenant.id, asked.app.clock.now());
        let (found, total) = ledger::page(store, tenant, among, asked.slice(), now).await?;
        Ok((found.iter().map(|held| (held.id.as_str().into(), shown(held))).collect(), total))
    }
}

/// `POST /api/v2/device-credentials`: a person's is theirs; a machine leaves one that is nobody's.
async fn leave(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::KIND, Verb::Create)?;
    let said = |name| text(&input, name).unwrap_or_default();
    let id = format!("dcr_{}", entropy::alphanumeric(16));
    let key = DeviceKey {
        id: &id,
        subject: work.caller.person.as_ref().map_or("", Subject::as_str),
        client: said("client_id"),
        device: said("device_id"),
        name: said("device_name"),
        value: said("value"),
    };
    let mut batch = Batch::new();
    ledger::leave(&mut batch, &app.tenant.id, &key, work.now);
    let event = work.event("Create", api::KIND.name.one, &id);
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(ledger::NEW) => {
            return Err(ManagementFailure::Conflict { message: TWICE.to_owned(), code: None }.into());
        }
        applied => applied?,
    }
    Ok(told(work.caller, StatusCode::CREATED, &json!({ "id": id })))
}

/// `DELETE /api/v2/device-credentials/{id}`: what is gone already is left alone.
async fn take_away(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if let Some(family) = live(&app, &id).await? {
        work.caller.is_about(family.subject.as_str())?;
        revoke_named(&work, &[id.as_str()]).await?;
    } else if let Some(owner) = ledger::owner(&app.store, &app.tenant.id, &id).await? {
        work.caller.is_about(&owner)?;
        let mut batch = Batch::new();
        ledger::take_away(&mut batch, &app.tenant.id, &id);
        let event = work.event("Delete", api::KIND.name.one, &id);
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
        app.store.apply(batch).await?;
    }
    Ok(done(work.caller))
}

fn shown(held: &DeviceCredential) -> Value {
    let mut shown = Members::new();
    for (name, text) in [
        ("id", &held.id),
        ("type", &held.kind),
        ("user_id", &held.subject),
        ("client_id", &held.client),
        ("device_id", &held.device),
        ("device_name", &held.name),
    ] {
        if !text.is_empty() {
            shown.insert(name.to_owned(), text.as_str().into());
        }
    }
    Value::Object(shown)
}

const TWICE: &str = "A public key already exists for the device.";
