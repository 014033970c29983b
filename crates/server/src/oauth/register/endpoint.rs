//! The endpoints: a client registers itself, reads what it is, changes it, and goes.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
    request::Parts,
};
use keybound_api::client;
use keybound_authority::{
    event::{Event, EventKind},
    model::tenant::Registration,
};
use keybound_crypto::entropy;
use keybound_proto::{
    field::MediaType,
    request::{
        InvalidRequest,
        registration::ClientMetadata,
        resource::{PresentedToken, TokenScheme},
    },
    secret::Secret,
    time::Timestamp,
};
use keybound_store::{
    Batch,
    documents::{self, Clients, Document},
    events,
};
use serde_json::Value;

use super::document::{self, MEMBER, Members};
use crate::{
    app::{App, sender},
    extract::{Body, address},
    failure::{AccessFailure, AccessScheme, Failure, Reason, RequestFailure},
    management,
    oauth::answer,
    registered,
};

/// `POST /oidc/register` (RFC 7591 §3): whoever asks becomes a client of somebody else's.
pub(crate) async fn register(
    State(app): State<Arc<App>>,
    parts: Parts,
    Body(body): Body,
) -> Result<Response, Failure> {
    open(&app).await?;
    let settings = document::settings(&said(&parts, &body)?)?;
    let (work, id) = (Work::of(&app, &parts), entropy::alphanumeric(32));
    let token = Secret::new(entropy::token::<32>());
    let mut client = client::create(settings, &id, &secret());
    client.insert(MEMBER.to_owned(), document::kept(&token, work.now));
    let mut batch = Batch::new();
    let doc = Value::Object(client.clone());
    documents::insert::<Clients>(&mut batch, &app.store, &app.tenant.id, &id, doc);
    work.apply(batch, "Register", &id).await?;
    let mut response = work.told(&client, &id, &token);
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// `GET /oidc/register/{id}` (RFC 7592 §2.1).
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Failure> {
    let (_, client, token) = opened(&app, &id, &parts).await?;
    Ok(Work::of(&app, &parts).told(&client, &id, &token))
}

/// `PUT /oidc/register/{id}` (RFC 7592 §2.2): all that was said is said anew.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    parts: Parts,
    Body(body): Body,
) -> Result<Response, Failure> {
    let (mut found, mut client, token) = opened(&app, &id, &parts).await?;
    let said = said(&parts, &body)?;
    let names =
        |member: &str, value: Option<&Value>| said.extra.get(member).is_none_or(|named| Some(named) == value);
    if said.extra.get("client_id").and_then(Value::as_str) != Some(&*id) {
        return Err(unfit("names another client, or none").into());
    }
    if !names("client_secret", client.get("client_secret")) {
        return Err(unfit("has another client_secret than the client's").into());
    }
    document::change(&mut client, document::settings(&said)?);
    client::check(&client).map_err(|wrong| unfit(&wrong.to_string()))?;
    client.entry("client_secret").or_insert_with(|| secret().into());
    found.doc = Value::Object(client.clone());
    let work = Work::of(&app, &parts);
    let mut batch = Batch::new();
    documents::update(&mut batch, &app.store, &app.tenant.id, found);
    work.apply(batch, "Change the registration of", &id).await?;
    Ok(work.told(&client, &id, &token))
}

/// `DELETE /oidc/register/{id}` (RFC 7592 §2.3).
pub(crate) async fn forget(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    parts: Parts,
) -> Result<Response, Failure> {
    opened(&app, &id, &parts).await?;
    let mut batch = Batch::new();
    management::grants_too(&app, ("client_id", &id), &mut batch).await?;
    documents::delete::<Clients>(&mut batch, &app.tenant.id, &id);
    Work::of(&app, &parts).apply(batch, "Forget", &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// One request for a registration.
struct Work<'a> {
    app: &'a App,
    parts: &'a Parts,
    now: Timestamp,
}

impl<'a> Work<'a> {
    fn of(app: &'a App, parts: &'a Parts) -> Self {
        Self { app, parts, now: app.clock.now() }
    }

    /// Does it, and records that it was done.
    async fn apply(&self, mut batch: Batch, what: &str, id: &str) -> Result<(), Failure> {
        let agent = self.parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let from = sender(address(self.parts, &self.app.config.trusted_proxies), agent);
        let mut event = Event::new(EventKind::Managed, self.now).from(from);
        event.description = Some(format!("{what} a client at /oidc/register: {id}").into());
        events::record(&mut batch, &self.app.store, &self.app.tenant.id, &event);
        management::apply_to_clients(self.app, batch).await
    }

    fn told(&self, client: &Members, id: &str, token: &Secret<String>) -> Response {
        let place = self.app.tenant.issuer.join(&format!("oidc/register/{id}"));
        answer::json(document::told(client, &place, token).to_string(), None)
    }
}

/// Where nobody may register, there is no such path.
async fn open(app: &App) -> Result<(), Failure> {
    match registered::tenant(app).await?.registration {
        Some(Registration::Open) => Ok(()),
        Some(Registration::Closed) | None => Err(RequestFailure::NoSuchPath.into()),
    }
}

fn said(parts: &Parts, body: &[u8]) -> Result<ClientMetadata, RequestFailure> {
    let mut kinds = parts.headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| MediaType::parse(kind.as_bytes()));
    // What a page may send anywhere without asking first registers nobody (Fetch §2.2.2).
    if kinds.next().is_some() || !kind.is_some_and(|kind| kind.is("application/json")) {
        return Err(RequestFailure::MediaType);
    }
    Ok(ClientMetadata::parse(body)?)
}

/// The registration that the token opens (RFC 7592 §3). A client that is gone looks like one that never was, and like
/// one that an administrator made.
async fn opened(
    app: &App,
    id: &str,
    parts: &Parts,
) -> Result<(Document<Clients>, Members, Secret<String>), Failure> {
    open(app).await?;
    let refused = |failure| Reason::Access { failure, scheme: AccessScheme::Bearer };
    let headers = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let shown =
        PresentedToken::read(headers, parts.uri.query()).map_err(|_| refused(AccessFailure::Malformed))?;
    let shown = shown.filter(|shown| shown.scheme == TokenScheme::Bearer);
    let shown = shown.ok_or_else(|| refused(AccessFailure::Missing))?;
    let found = documents::find::<Clients>(&app.store, &app.tenant.id, id).await?;
    let members = found.as_ref().and_then(|found| found.doc.as_object().cloned());
    match (found, members) {
        (Some(found), Some(members)) if document::is_opened_by(&members, shown.token) => {
            Ok((found, members, Secret::new(shown.token.to_owned())))
        }
        _ => Err(refused(AccessFailure::Untrusted { why: "it opens no registration" }).into()),
    }
}

fn unfit(problem: &str) -> RequestFailure {
    InvalidRequest::Metadata { problem: problem.to_owned() }.into()
}

fn secret() -> String {
    entropy::token::<48>()
}
