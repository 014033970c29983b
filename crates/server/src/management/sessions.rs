//! What people are signed in to, and an end to it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use keybound_api::{Kind, Verb, session as api};
use keybound_authority::{
    event::{Event, EventKind},
    model::{factor::Factors, name::SessionId, session::Session},
};
use keybound_proto::id::Subject;
use keybound_store::{
    Batch, events,
    ledger::{
        families::{self, Among},
        mfa_tokens,
        sessions::{self as ledger, Record},
    },
};
use serde_json::{Value, json};

use super::{
    absent::absent,
    answer::told,
    body::Sent,
    managed::{Members, Work},
    permit::{Caller, Permit},
    refresh_tokens::noted,
    related::{Asked, Pages, Related, Rows, related},
    users::subject_of,
};
use crate::{app::App, failure::Failure, oauth::backchannel_logout};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/users/{user_id}/sessions", get(related::<OfUser>).delete(end_all))
        .route("/api/v2/users/{id}/revoke-access", post(revoke_access))
        .route("/api/v2/sessions/{id}", get(read).patch(update).delete(end))
        .route("/api/v2/sessions/{id}/revoke", post(revoke))
}

/// `GET /api/v2/users/{user_id}/sessions`: nobody is asked for first who may be gone.
enum OfUser {}

impl Related for OfUser {
    const KIND: &'static Kind = &api::KIND;
    const PAGES: Pages = Pages::Checkpoints;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let (app, Ok(subject)) = (asked.app, Subject::parse(asked.of)) else { return Ok((Vec::new(), 0)) };
        let (store, tenant, now) = (&app.store, &app.tenant.id, app.clock.now());
        let (found, total) = ledger::page(store, tenant, &subject, asked.slice(), now).await?;
        let row = |record: &Record| (record.session.id.as_str().into(), shown(record));
        Ok((found.iter().map(row).collect(), total))
    }
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let found = live(&app, &id).await?.ok_or_else(|| absent(&api::KIND))?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&found)))
}

async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let metadata = noted(&sent.read_by(&api::KIND, Verb::Update)?, api::SESSION_METADATA)?;
    let mut found = live(&app, &id).await?.ok_or_else(|| absent(&api::KIND))?;
    let mut batch = Batch::new();
    ledger::note(&mut batch, &app.tenant.id, &found.session.id, metadata.as_ref(), work.now);
    record(&work, ("Update", &found.session.id), &mut batch);
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(ledger::LIVE) => return Err(absent(&api::KIND)),
        applied => applied?,
    }
    found.metadata = metadata;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&found)))
}

/// `DELETE /api/v2/sessions/{id}`: one that has ended already is left alone.
async fn end(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if let Some(found) = live(&app, &id).await? {
        let mut batch = Batch::new();
        end_one(&work, &found.session, &mut batch);
        app.store.apply(batch).await?;
        backchannel_logout::tell_soon(&app);
    }
    Ok(accepted(permit.caller()))
}

/// `POST /api/v2/sessions/{id}/revoke`
async fn revoke(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let found = live(&app, &id).await?.ok_or_else(|| absent(&api::KIND))?;
    let mut batch = Batch::new();
    end_one(&work, &found.session, &mut batch);
    revoke_within(&work, &found.session, &mut batch);
    app.store.apply(batch).await?;
    backchannel_logout::tell_soon(&app);
    Ok(accepted(permit.caller()))
}

/// `DELETE /api/v2/users/{user_id}/sessions`
async fn end_all(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if let Ok(subject) = Subject::parse(&id) {
        let mut batch = Batch::new();
        end_all_of(&work, &subject, &mut batch);
        app.store.apply(batch).await?;
        backchannel_logout::tell_soon(&app);
    }
    Ok(accepted(permit.caller()))
}

/// `POST /api/v2/users/{id}/revoke-access`: the session that is named with what was granted in it, or everything.
async fn revoke_access(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Option<Sent>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.map(|sent| sent.read_by(&api::ACCESS, Verb::Create)).transpose()?.unwrap_or_default();
    let preserve = input.get("preserve_refresh_tokens") == Some(&Value::Bool(true));
    let subject = subject_of(&app, &id).await?;
    let mut batch = Batch::new();
    match input.get("session_id").and_then(Value::as_str) {
        Some(named) => {
            let found = live(&app, named).await?.filter(|found| found.session.subject == subject);
            if let Some(found) = found {
                end_one(&work, &found.session, &mut batch);
                if !preserve {
                    revoke_within(&work, &found.session, &mut batch);
                }
            }
        }
        None => {
            end_all_of(&work, &subject, &mut batch);
            mfa_tokens::forget_all_of(&mut batch, &app.tenant.id, &subject);
            if !preserve {
                families::revoke(&mut batch, &app.tenant.id, Among::of(&subject), work.now);
                revoked(&work, &subject, &mut batch);
            }
        }
    }
    if !batch.is_empty() {
        app.store.apply(batch).await?;
        backchannel_logout::tell_soon(&app);
    }
    Ok(accepted(permit.caller()))
}

/// The session of that name, if it goes on.
async fn live(app: &App, id: &str) -> Result<Option<Record>, Failure> {
    let Ok(id) = SessionId::parse(id) else { return Ok(None) };
    Ok(ledger::record(&app.store, &app.tenant.id, &id, app.clock.now()).await?)
}

/// Ends a session; clients that took part in it hear of it.
fn end_one(work: &Work<'_>, session: &Session, batch: &mut Batch) {
    ledger::end_named(batch, &work.app.tenant.id, &session.id);
    backchannel_logout::ended(batch, work.app, &session.id, work.now);
    record(work, ("Delete", &session.id), batch);
}

/// Ends all of a user's.
fn end_all_of(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    backchannel_logout::ended_all_of(batch, work.app, subject, work.now);
    ledger::end_all_of(batch, &work.app.tenant.id, subject);
    let event = work.event("Delete all sessions of", "user", subject.as_str());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

/// Revokes what was granted in a session.
fn revoke_within(work: &Work<'_>, session: &Session, batch: &mut Batch) {
    let among = Among { session: Some(&session.id), ..Among::of(&session.subject) };
    families::revoke(batch, &work.app.tenant.id, among, work.now);
    revoked(work, &session.subject, batch);
}

/// Says in the log that refresh tokens of a user were revoked.
pub(super) fn revoked(work: &Work<'_>, subject: &Subject, batch: &mut Batch) {
    let event = Event::new(EventKind::RefreshRevoked, work.now).by(&work.caller.client).about(subject);
    let event = event.from(work.caller.from.clone());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

/// Auth0 ends things after it answered; here it is done already.
pub(super) fn accepted(caller: &Caller) -> Response {
    told(caller, StatusCode::ACCEPTED, &json!({}))
}

fn record(work: &Work<'_>, (what, id): (&str, &SessionId), batch: &mut Batch) {
    let event = work.event(what, api::KIND.name.one, id.as_str());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

fn shown(record: &Record) -> Value {
    let session = &record.session;
    let clients: Vec<Value> =
        record.clients.iter().map(|client| json!({ "client_id": client.as_str() })).collect();
    let authenticated_at = session.authenticated_at.to_rfc3339();
    let mut methods = vec![json!({ "name": "pwd", "timestamp": authenticated_at })];
    if session.factors == Factors::Two {
        methods.push(json!({ "name": "mfa", "timestamp": authenticated_at }));
    }
    let mut device = Members::new();
    for (sender, agent, address) in
        [(&record.first, "initial_user_agent", "initial_ip"), (&record.last, "last_user_agent", "last_ip")]
    {
        device.extend(sender.agent.as_deref().map(|text| (agent.to_owned(), text.into())));
        device.extend(sender.address.map(|from| (address.to_owned(), from.to_string().into())));
    }
    json!({
        "id": session.id.as_str(),
        "user_id": session.subject.as_str(),
        "created_at": session.began_at.to_rfc3339(),
        "updated_at": session.touched_at.to_rfc3339(),
        "authenticated_at": authenticated_at,
        "idle_expires_at": session.touched_at.plus(session.idle).to_rfc3339(),
        "expires_at": session.ends_at.to_rfc3339(),
        "last_interacted_at": session.touched_at.to_rfc3339(),
        "device": device,
        "clients": clients,
        "authentication": { "methods": methods },
        "cookie": { "mode": "persistent" },
        "session_metadata": record.metadata,
    })
}
