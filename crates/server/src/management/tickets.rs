//! Tickets that administrators hand out.

use std::sync::Arc;

use axum::{Router, extract::State, response::Response, routing::post};
use http::StatusCode;
use keybound_api::{Kind, Verb, client, connection, organization, ticket as api, user};
use keybound_authority::{
    event::{Event, EventKind},
    model::name::ConnectionName,
};
use keybound_proto::{id::Subject, time::Lifetime};
use keybound_store::{
    Batch,
    documents::{self, Clients, Connections, Document, Organizations, Users, user_by_email},
    events,
    ledger::linked_accounts,
};
use serde_json::{Value, json};

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::told,
    body::Sent,
    managed::{Members, Work},
    permit::Permit,
    users::{connection_of, user as found_user},
};
use crate::{
    app::App,
    failure::Failure,
    tickets::{Also, Purpose, Wish, issue},
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/tickets/password-change", post(password))
        .route("/api/v2/tickets/email-verification", post(email))
}

async fn password(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::PASSWORD, Verb::Create)?;
    if input.contains_key("result_url") && input.contains_key("organization_id") {
        return Err(wrong_body(RESULT_ALONE));
    }
    let wish = wished(&work, &input, Purpose::Password).await?;
    give(&work, &wish, &input, &api::PASSWORD).await
}

async fn email(permit: Permit, State(app): State<Arc<App>>, sent: Sent) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let input = sent.read_by(&api::EMAIL, Verb::Create)?;
    let elsewhere = ["client_id", "organization_id"].iter().any(|name| input.contains_key(*name));
    if input.contains_key("result_url") && elsewhere {
        return Err(wrong_body(RESULT_ALONE));
    }
    let wish = wished(&work, &input, Purpose::Email).await?;
    give(&work, &wish, &input, &api::EMAIL).await
}

async fn give(
    work: &Work<'_>,
    wish: &Wish,
    input: &Members,
    kind: &'static Kind,
) -> Result<Response, Failure> {
    let seconds = input.get("ttl_sec").and_then(Value::as_u64).and_then(|ttl| u32::try_from(ttl).ok());
    let lasts = Lifetime::seconds(seconds.filter(|ttl| *ttl > 0).unwrap_or(api::GOOD_FOR));
    let mut batch = Batch::new();
    let address = issue(work.app, &mut batch, wish, (work.now, lasts));
    let event = work.event("Create", kind.name.one, wish.subject.as_str());
    events::record(&mut batch, &work.app.store, &work.app.tenant.id, &event);
    work.app.store.apply(batch).await?;
    Ok(told(work.caller, StatusCode::CREATED, &json!({ "ticket": address })))
}

/// What a body asks for, once everything that it names was found.
pub(super) async fn wished(work: &Work<'_>, input: &Members, purpose: Purpose) -> Result<Wish, Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    let said = |name| text(input, name).map(str::to_owned);
    let user = whose(work, input).await?;
    if let Some(client) = text(input, "client_id")
        && documents::find::<Clients>(store, tenant, client).await?.is_none()
    {
        return Err(absent(&client::KIND));
    }
    if let Some(id) = text(input, "organization_id")
        && documents::find::<Organizations>(store, tenant, id).await?.is_none()
    {
        return Err(absent(&organization::KIND));
    }
    let subject = Subject::parse(&user.id).map_err(|_| absent(&user::KIND))?;
    let account = account(work, input, &subject).await?;
    let of = match account == subject {
        true => members(&user)?,
        false if purpose == Purpose::Email => {
            return Err(unfit(NOT_FIRST, Some("operation_not_supported")));
        }
        false => {
            let linked = linked_accounts::find(store, tenant, account.as_str()).await?;
            linked.and_then(|(_, doc)| doc.as_object().cloned()).unwrap_or_default()
        }
    };
    let email = text(&of, "email").map(str::to_owned);
    match purpose {
        Purpose::Password if !account.as_str().starts_with("auth0|") => {
            return Err(unfit(NO_PASSWORD, Some("operation_not_supported")));
        }
        Purpose::Email if email.is_none() => return Err(unfit(NO_ADDRESS, Some("invalid_body"))),
        _ => {}
    }
    let flag = |name| match input.get(name) {
        Some(Value::Bool(true)) => Also::Done,
        _ => Also::LeftAlone,
    };
    Ok(Wish {
        purpose,
        subject,
        account,
        email,
        result_url: said("result_url"),
        client: said("client_id"),
        organization: said("organization_id"),
        says_email: flag("includeEmailInRedirect"),
        verifies: flag("mark_email_as_verified"),
    })
}

/// The user that is named: by their id, or by their address in a connection.
async fn whose(work: &Work<'_>, input: &Members) -> Result<Document<Users>, Failure> {
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    match (text(input, "user_id"), text(input, "connection_id"), text(input, "email")) {
        (Some(id), None, None) => found_user(work.app, id).await,
        (None, Some(connection), Some(email)) if !input.contains_key("identity") => {
            let found = documents::find::<Connections>(store, tenant, connection).await?;
            let found = found.ok_or_else(|| absent(&connection::KIND))?;
            let name = found.doc.get("name").and_then(Value::as_str).map(ConnectionName::parse);
            let Some(Ok(name)) = name else { return Err(absent(&connection::KIND)) };
            user_by_email(store, tenant, &name, email).await?.ok_or_else(|| absent(&user::KIND))
        }
        _ => Err(wrong_body(OF_WHOM)),
    }
}

/// Which account of theirs is meant: their own, or one that is linked to them.
async fn account(work: &Work<'_>, input: &Members, subject: &Subject) -> Result<Subject, Failure> {
    let Some(Value::Object(identity)) = input.get("identity") else { return Ok(subject.clone()) };
    let said = |name| text(identity, name).unwrap_or_default();
    let id = format!("{}|{}", said("provider"), said("user_id"));
    let (store, tenant) = (&work.app.store, &work.app.tenant.id);
    if id != subject.as_str() {
        let linked = linked_accounts::find(store, tenant, &id).await?;
        if linked.is_none_or(|(whose, _)| whose != subject.as_str()) {
            return Err(unfit(NOT_THEIRS, Some("invalid_body")));
        }
    }
    if let Some(named) = text(identity, "connection_id") {
        let found = documents::find::<Connections>(store, tenant, named).await?;
        let name = found.as_ref().and_then(|found| found.doc.get("name")).and_then(Value::as_str);
        let user = found_user(work.app, subject.as_str()).await?;
        if id == subject.as_str() && name != connection_of(&members(&user)?) {
            return Err(unfit(NOT_THEIRS, Some("invalid_body")));
        }
    }
    Subject::parse(&id).map_err(|_| unfit(NOT_THEIRS, Some("invalid_body")))
}

/// Says in the log that a letter was asked for.
pub(super) fn asked(work: &Work<'_>, kind: EventKind, wish: &Wish) -> Event {
    let event = Event::new(kind, work.now).by(&work.caller.client).about(&wish.subject);
    event.from(work.caller.from.clone()).named(wish.email.as_deref().unwrap_or_default())
}

const OF_WHOM: &str = "Payload validation error: send 'user_id', or 'connection_id' and 'email'.";
const RESULT_ALONE: &str =
    "Payload validation error: 'result_url' cannot be sent with an application or an organization.";
const NOT_FIRST: &str = "Only the address of the user themselves is verified here.";
const NO_PASSWORD: &str = "The user does not sign in by a password.";
const NO_ADDRESS: &str = "The user has no email address.";
const NOT_THEIRS: &str = "The identity is not the user's.";
