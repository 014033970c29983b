//! Who is kept out for having failed too often, and an end to it (Auth0's `user-blocks` and `anomaly`).

use std::{net::IpAddr, sync::Arc};

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use keybound_api::{Fault, Invalid, user};
use keybound_authority::{
    event::{Event, EventKind},
    login::{attempt::Limits, factor},
    model::connection::BruteForceProtection,
};
use keybound_proto::id::Subject;
use keybound_store::{
    Batch,
    documents::{self, Document, Users, connection_named},
    events, policy,
};
use serde_json::{Value, json};

use super::{
    absent::{absent, members, text},
    answer::{done, told},
    body::refused,
    managed::Work,
    permit::{Caller, Permit},
    query::{Query, flag},
};
use crate::{
    app::App,
    factor::tries,
    failure::{Failure, ManagementFailure},
    login::blocks,
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/user-blocks", get(of_identifier).delete(release_identifier))
        .route("/api/v2/user-blocks/{id}", get(of_user).delete(release_user))
        .route("/api/v2/anomaly/blocks/ips/{id}", get(of_network).delete(release_network))
}

async fn of_identifier(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let identifier = identifier(&query)?;
    let shown = shown(&app, &[identifier.to_owned()], flag(&query.0, CONSIDER)?).await?;
    Ok(listed(permit.caller(), shown))
}

async fn of_user(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Failure> {
    let user = Blocked::find(&app, &id).await?;
    let mut shown = shown(&app, &user.names, flag(&query.0, CONSIDER)?).await?;
    let now = app.clock.now();
    let wrong = app.fleeting.counted(&tries(&user.subject), factor::WINDOW, now).await?;
    // That one holds wherever they come from: there is no address to show (Auth0's "account lockout").
    if factor::admit(wrong).is_err() {
        shown.push(json!({ "identifier": user.names.first(), "connection": user.connection }));
    }
    Ok(listed(permit.caller(), shown))
}

async fn release_identifier(
    permit: Permit,
    State(app): State<Arc<App>>,
    query: Query,
) -> Result<Response, Failure> {
    let identifier = identifier(&query)?;
    let work = permit.work(&app);
    let mut batch = Batch::new();
    let released = blocks::release(&app, &mut batch, identifier, work.now).await?;
    let event = (released > 0).then(|| released_event(&work).named(identifier));
    finished(&work, (batch, event), identifier).await
}

async fn release_user(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let user = Blocked::find(&app, &id).await?;
    let work = permit.work(&app);
    let (mut batch, mut released) = (Batch::new(), 0);
    for name in &user.names {
        released += blocks::release(&app, &mut batch, name, work.now).await?;
    }
    let factors = tries(&user.subject);
    if factor::admit(app.fleeting.counted(&factors, factor::WINDOW, work.now).await?).is_err() {
        app.fleeting.uncount(&factors, factor::WINDOW, work.now).await?;
        released += 1;
    }
    let event = (released > 0).then(|| released_event(&work).about(&user.subject));
    finished(&work, (batch, event), &id).await
}

async fn of_network(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let key = blocks::failures_from(Some(address(&id)?));
    let failures = app.fleeting.counted(&key, blocks::COUNTED_FOR, app.clock.now()).await?;
    if failures >= u64::from(Limits::default().address) {
        let nothing = done(permit.caller());
        return Ok((StatusCode::OK, nothing.headers().clone()).into_response());
    }
    Err(ManagementFailure::NoSuch { message: "Not Found".to_owned(), code: None }.into())
}

async fn release_network(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    blocks::release_network(&app, address(&id)?, work.now).await?;
    finished(&work, (Batch::new(), None), &id).await
}

/// A user who may be kept out.
struct Blocked {
    subject: Subject,
    /// What they may type.
    names: Vec<String>,
    connection: Option<String>,
}

impl Blocked {
    async fn find(app: &App, id: &str) -> Result<Self, Failure> {
        let found = documents::find::<Users>(&app.store, &app.tenant.id, id).await?;
        let found: Document<Users> = found.ok_or_else(|| absent(&user::KIND))?;
        let subject = Subject::parse(&found.id).map_err(|_| absent(&user::KIND))?;
        let members = members(&found)?;
        let names = ["email", "username"].iter().filter_map(|name| text(&members, name)).map(str::to_owned);
        let connection = found.doc.pointer("/identities/0/connection").and_then(Value::as_str);
        Ok(Self { subject, names: names.collect(), connection: connection.map(str::to_owned) })
    }
}

/// What keeps these names out; where asked for, without connections that keep nobody out any more.
async fn shown(app: &App, names: &[String], consider: Option<bool>) -> Result<Vec<Value>, Failure> {
    let mut shown = Vec::new();
    for name in names {
        for block in blocks::of(app, name, app.clock.now()).await? {
            if consider == Some(true) {
                let found = connection_named(&app.store, &app.tenant.id, &block.connection).await?;
                let obeyed = found.as_ref().map(policy::connection).transpose()?;
                if obeyed.is_none_or(|obeyed| obeyed.brute_force_protection == BruteForceProtection::Off) {
                    continue;
                }
            }
            let mut one = json!({ "identifier": block.identifier, "connection": block.connection.as_str() });
            if let (Some(address), Some(members)) = (block.address, one.as_object_mut()) {
                members.insert("ip".to_owned(), Value::String(address));
            }
            shown.push(one);
        }
    }
    Ok(shown)
}

fn listed(caller: &Caller, blocks: Vec<Value>) -> Response {
    told(caller, StatusCode::OK, &json!({ "blocked_for": blocks }))
}

fn identifier(query: &Query) -> Result<&str, Failure> {
    let given = query.0.text("identifier").filter(|identifier| !identifier.is_empty());
    given.ok_or_else(|| refused(Invalid::query("", Fault::Missing("identifier"))))
}

fn address(text: &str) -> Result<IpAddr, Failure> {
    text.parse()
        .map_err(|_| refused(Invalid::path("id", Fault::Format { format: "ip", found: text.to_owned() })))
}

fn released_event(work: &Work<'_>) -> Event {
    Event::new(EventKind::BlockReleased, work.now).by(&work.caller.client).from(work.caller.from.clone())
}

async fn finished(
    work: &Work<'_>,
    (mut batch, event): (Batch, Option<Event>),
    what: &str,
) -> Result<Response, Failure> {
    let (store, tenant): (_, &_) = (&work.app.store, &work.app.tenant.id);
    for event in event.iter().chain([&work.event("Remove", "block", what)]) {
        events::record(&mut batch, store, tenant, event);
    }
    store.apply(batch).await?;
    Ok(done(work.caller))
}

const CONSIDER: &str = "consider_brute_force_enablement";
