//! The keys by which a connection would show who it is to another's sign-in service. They are made when they are first
//! asked for, and kept sealed: nobody comes by such a connection here, so they sign nothing yet.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::Response,
};
use http::StatusCode;
use keybound_api::{Verb, connection};
use keybound_proto::{jose::Alg, time::Timestamp};
use keybound_store::{
    Batch,
    documents::kept::{self, Kept, Shelf},
    events,
};
use serde_json::{Map, Value, json};

use super::{Connection, enabled::connection};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    key_ring::SelfSigned,
    management::{
        absent::{members, text},
        answer::told,
        body::Sent,
        managed::{Managed, Members, Work},
        permit::Permit,
    },
};

static SHELF: Shelf = Shelf { name: "connection_keys", secrets: &["private"], unique: "" };

/// `GET /api/v2/connections/{id}/keys`: one and the next are made where there are none.
pub(crate) async fn list(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let line = line(&work, &id).await?;
    let shown = line.keys.iter().map(view).collect();
    Ok(told(permit.caller(), StatusCode::OK, &Value::Array(shown)))
}

/// `POST /api/v2/connections/{id}/keys`: the first ones, where there are none.
pub(crate) async fn create(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Option<Sent>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    read(sent)?;
    connection(&app, &id).await?;
    if kept::find(&app.store, &app.tenant.id, SHELF.whole(), &id).await?.is_some() {
        return Err(ManagementFailure::Conflict { message: TAKEN.to_owned(), code: None }.into());
    }
    let line = line(&work, &id).await?;
    let shown = line.keys.iter().map(view).collect();
    Ok(told(permit.caller(), StatusCode::CREATED, &Value::Array(shown)))
}

/// `POST /api/v2/connections/{id}/keys/rotate`: the next one follows the one that is, and is followed by another.
pub(crate) async fn rotate(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Option<Sent>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    read(sent)?;
    let Line { kept: mut found, name, keys } = line(&work, &id).await?;
    let one = |state: &str| keys.iter().find(|key| key[state] == true).cloned();
    let previous = one("current").map(|key| turned(key, "previous", work.now));
    let current = match one("next") {
        Some(next) => next,
        None => make(&name, "next", work.now).await?,
    };
    let next = make(&name, "next", work.now).await?;
    let shown = view(&next);
    let keys: Vec<Value> =
        [Some(turned(current, "current", work.now)), previous, Some(next)].into_iter().flatten().collect();
    found.doc = json!({ "private": keys });
    let mut batch = Batch::new();
    let event = work.event("Rotate the key of", Connection::KIND.name.one, &id);
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    kept::update(&mut batch, &app.store, &app.tenant.id, SHELF.whole(), found);
    app.store.apply(batch).await?;
    Ok(told(permit.caller(), StatusCode::CREATED, &shown))
}

/// Forgets those of a connection that is gone.
pub(super) fn forget(app: &App, id: &str, batch: &mut Batch) {
    kept::delete(batch, &app.tenant.id, SHELF.whole(), id);
}

struct Line {
    kept: Kept,
    name: String,
    keys: Vec<Value>,
}

async fn line(work: &Work<'_>, id: &str) -> Result<Line, Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let owner = members(&connection(work.app, id).await?)?;
    let name = text(&owner, "name").unwrap_or_default().to_owned();
    if kept::find(store, tenant, SHELF.whole(), id).await?.is_none() {
        let first = make(&name, "current", work.now).await?;
        let next = make(&name, "next", work.now).await?;
        let mut batch = Batch::new();
        kept::insert(&mut batch, store, tenant, (SHELF.whole(), id), json!({ "private": [first, next] }));
        // Of those who ask at once, one is heard.
        match store.apply(batch).await {
            Err(error) if error.conflict().is_none() => return Err(error.into()),
            _ => {}
        }
    }
    let kept = kept::find(store, tenant, SHELF.whole(), id).await?;
    let kept = kept.ok_or_else(|| crate::management::absent::absent(Connection::KIND))?;
    let keys = kept.doc.get("private").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(Line { kept, name, keys })
}

/// One that is the current one, or the next.
async fn make(name: &str, state: &str, now: Timestamp) -> Result<Value, Failure> {
    let made = SelfSigned::make(name, Alg::Rs256, now).await?;
    let fingerprint = made.certificate.fingerprint();
    let key = json!({
        "kid": made.kid.as_str(),
        "cert": made.certificate.pem(),
        "pkcs": made.certificate.pkcs7(),
        "fingerprint": fingerprint,
        "thumbprint": fingerprint.replace(':', ""),
        "algorithm": "RS256",
        "key_use": "signing",
        "subject_dn": format!("/CN={name}"),
        "private": made.private.reveal(),
    });
    Ok(turned(key, state, now))
}

/// The same in another state.
fn turned(mut key: Value, state: &str, now: Timestamp) -> Value {
    if let Some(members) = key.as_object_mut() {
        for other in ["current", "current_since", "next", "previous"] {
            members.remove(other);
        }
        members.insert(state.to_owned(), true.into());
        if state == "current" {
            members.insert("current_since".to_owned(), now.to_rfc3339().into());
        }
    }
    key
}

fn view(key: &Value) -> Value {
    let mut shown: Map<String, Value> = key.as_object().cloned().unwrap_or_default();
    shown.remove("private");
    Value::Object(shown)
}

fn read(sent: Option<Sent>) -> Result<Members, Failure> {
    sent.map_or_else(|| Ok(Members::new()), |sent| sent.read_by(&connection::KEYS, Verb::Update))
}

const TAKEN: &str = "The connection has a key already.";
