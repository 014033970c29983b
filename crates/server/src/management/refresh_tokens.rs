//! Refresh tokens: each by the name of its family, which stays the same while tokens take one another's place.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use http::StatusCode;
use keybound_api::{Fault, Invalid, Kind, Verb, session as api};
use keybound_authority::model::name::{AudienceName, FamilyId};
use keybound_proto::id::{ClientId, Subject};
use keybound_store::{
    Batch, events,
    ledger::{
        families::{self as ledger, Among, Family},
        refresh_tokens,
    },
};
use serde_json::{Value, json};

use super::{
    absent::{absent, text, wrong_body},
    answer::{done, told},
    body::{Sent, refused},
    managed::{Members, Work},
    permit::Permit,
    related::{Asked, Pages, Related, Rows, related},
    sessions::{accepted, revoked},
};
use crate::{app::App, failure::Failure};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/users/{user_id}/refresh-tokens", get(related::<OfUser>).delete(revoke_all))
        .route("/api/v2/refresh-tokens", get(related::<Listed>))
        .route("/api/v2/refresh-tokens/revoke", post(revoke_many))
        .route("/api/v2/refresh-tokens/{id}", get(read).patch(update).delete(revoke))
}

/// `GET /api/v2/users/{user_id}/refresh-tokens`: nobody is asked for first who may be gone.
enum OfUser {}

impl Related for OfUser {
    const KIND: &'static Kind = &api::TOKENS;
    const PAGES: Pages = Pages::Checkpoints;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        rows(asked, (asked.of, None)).await
    }
}

/// `GET /api/v2/refresh-tokens`
enum Listed {}

impl Related for Listed {
    const KIND: &'static Kind = &api::REFRESH_TOKEN;
    const PAGES: Pages = Pages::Checkpoints;

    async fn rows(asked: &Asked<'_>) -> Result<Rows, Failure> {
        let whose = asked.query.text("user_id").filter(|id| !id.is_empty());
        let whose = whose.ok_or_else(|| refused(Invalid::query("", Fault::Missing("user_id"))))?;
        rows(asked, (whose, asked.query.text("client_id"))).await
    }
}

async fn rows(asked: &Asked<'_>, (subject, client): (&str, Option<&str>)) -> Result<Rows, Failure> {
    let (Ok(subject), Ok(client)) = (Subject::parse(subject), client.map(ClientId::parse).transpose()) else {
        return Ok((Vec::new(), 0));
    };
    let (app, among) = (asked.app, Among { client: client.as_ref(), ..Among::of(&subject) });
    let (store, tenant, now) = (&app.store, &app.tenant.id, app.clock.now());
    let (found, total) = ledger::page(store, tenant, among, asked.slice(), now).await?;
    Ok((found.iter().map(|family| (family.id.as_str().into(), shown(app, family))).collect(), total))
}

async fn read(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let found = live(&app, &id).await?.ok_or_else(|| absent(&api::REFRESH_TOKEN))?;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&app, &found)))
}

async fn update(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::REFRESH_TOKEN, Verb::Update)?;
    let metadata = noted(&input, api::REFRESH_TOKEN_METADATA)?;
    let mut found = live(&app, &id).await?.ok_or_else(|| absent(&api::REFRESH_TOKEN))?;
    let mut batch = Batch::new();
    ledger::note(&mut batch, &app.tenant.id, &found.id, metadata.as_ref());
    record(&work, "Update", &found, &mut batch);
    app.store.apply(batch).await?;
    found.metadata = metadata;
    Ok(told(permit.caller(), StatusCode::OK, &shown(&app, &found)))
}

/// `DELETE /api/v2/refresh-tokens/{id}`: one that is worth nothing already is left alone.
async fn revoke(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    revoke_named(&work, &[id.as_str()]).await?;
    Ok(done(permit.caller()))
}

/// `DELETE /api/v2/users/{user_id}/refresh-tokens`
async fn revoke_all(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    if let Ok(subject) = Subject::parse(&id) {
        revoke_among(&work, Among::of(&subject)).await?;
    }
    Ok(accepted(permit.caller()))
}

/// `POST /api/v2/refresh-tokens/revoke`: those that are named, or a user's, at a client, for an audience.
async fn revoke_many(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::REVOCATION, Verb::Create)?;
    let [user, client, audience] = ["user_id", "client_id", "audience"].map(|name| text(&input, name));
    match (input.get("ids").and_then(Value::as_array), user, client, audience) {
        (Some(ids), None, None, None) if !ids.is_empty() => {
            let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
            revoke_named(&work, &ids).await?;
        }
        (Some(_), ..) => return Err(wrong_body(IDS_ALONE)),
        (None, Some(user), None, None) | (None, Some(user), Some(_), _) => {
            let (Ok(subject), Ok(client)) = (Subject::parse(user), client.map(ClientId::parse).transpose())
            else {
                return Ok(accepted(permit.caller()));
            };
            let audience = audience.map(|audience| kept_as(&app, audience));
            revoke_among(&work, Among { client: client.as_ref(), audience, ..Among::of(&subject) }).await?;
        }
        _ => return Err(wrong_body(OF_WHOM)),
    }
    Ok(accepted(permit.caller()))
}

/// What a member that is noted says; `null` takes the note away.
pub(super) fn noted(input: &Members, member: &str) -> Result<Option<Value>, Failure> {
    let wrong = |fault| refused(Invalid::body(member, fault));
    match input.get(member) {
        None => Err(wrong_body("Payload validation error: 'Too few properties defined (0), minimum 1'.")),
        Some(Value::Object(notes)) => {
            for note in notes.values() {
                let Some(text) = note.as_str() else {
                    return Err(wrong(Fault::Other("Metadata values must be strings.".to_owned())));
                };
                let found = text.chars().count();
                if found > MOST_NOTED {
                    return Err(wrong(Fault::TooLong { found, most: MOST_NOTED }));
                }
            }
            Ok(Some(Value::Object(notes.clone())))
        }
        Some(_) => Ok(None),
    }
}

/// An audience as the ledger has it: userinfo is nothing.
pub(super) fn kept_as<'a>(app: &App, audience: &'a str) -> &'a str {
    if audience == app.places.userinfo() { "" } else { audience }
}

/// What is told of an audience as the ledger has it.
pub(super) fn told_as(app: &App, audience: Option<&AudienceName>) -> String {
    audience.map_or_else(|| app.places.userinfo(), ToString::to_string)
}

/// The family of that name, if it can still be used.
pub(super) async fn live(app: &App, id: &str) -> Result<Option<Family>, Failure> {
    let Ok(id) = FamilyId::parse(id) else { return Ok(None) };
    Ok(ledger::find(&app.store, &app.tenant.id, &id, app.clock.now()).await?)
}

/// Revokes those that can still be used.
pub(super) async fn revoke_named(work: &Work<'_>, ids: &[&str]) -> Result<(), Failure> {
    let mut batch = Batch::new();
    for id in ids.iter().collect::<BTreeSet<_>>() {
        if let Some(found) = live(work.app, id).await? {
            refresh_tokens::revoke_family(&mut batch, &work.app.tenant.id, &found.id, work.now);
            ledger::note(&mut batch, &work.app.tenant.id, &found.id, None);
            revoked(work, &found.subject, &mut batch);
            record(work, "Delete", &found, &mut batch);
        }
    }
    if !batch.is_empty() {
        work.app.store.apply(batch).await?;
    }
    Ok(())
}

async fn revoke_among(work: &Work<'_>, among: Among<'_>) -> Result<(), Failure> {
    let mut batch = Batch::new();
    ledger::revoke(&mut batch, &work.app.tenant.id, among, work.now);
    revoked(work, among.subject, &mut batch);
    let event = work.event("Delete refresh tokens of", "user", among.subject.as_str());
    events::record(&mut batch, &work.app.store, &work.app.tenant.id, &event);
    work.app.store.apply(batch).await?;
    Ok(())
}

fn record(work: &Work<'_>, what: &str, family: &Family, batch: &mut Batch) {
    let event = work.event(what, api::REFRESH_TOKEN.name.one, family.id.as_str());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

fn shown(app: &App, family: &Family) -> Value {
    json!({
        "id": family.id.as_str(),
        "user_id": family.subject.as_str(),
        "created_at": family.began_at.to_rfc3339(),
        "idle_expires_at": family.idle_at.map(|at| at.to_rfc3339()),
        "expires_at": family.expires_at.map(|at| at.to_rfc3339()),
        "last_exchanged_at": family.exchanged_at.map(|at| at.to_rfc3339()),
        "client_id": family.client.as_str(),
        "session_id": family.session.as_ref().map(|id| id.as_str()),
        "rotating": family.rotating,
        "resource_servers": [{
            "audience": told_as(app, family.audience.as_ref()),
            "scopes": family.scopes.to_string(),
        }],
        "refresh_token_metadata": family.metadata,
    })
}

/// The longest note, in characters.
const MOST_NOTED: usize = 255;
const IDS_ALONE: &str =
    "Payload validation error: 'ids' must name at least one refresh token, and stands alone.";
const OF_WHOM: &str =
    "Payload validation error: send 'ids', or 'user_id', with which go 'client_id' and then 'audience'.";
