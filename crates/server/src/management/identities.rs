//! Accounts that are one person's: linked, and let go again.
//!
//! Whoever signs in by a linked account is who it was linked to. What the account was before waits for the day it is let
//! go; what it was signed in to and allowed ends with the link.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{delete, post},
};
use http::StatusCode;
use keybound_api::{Verb, connection, identity as api, user};
use keybound_proto::id::Subject;
use keybound_store::{
    Batch,
    documents::{self, Connections, Document, Kind as _, Users},
    events,
    ledger::linked_accounts as ledger,
};
use serde_json::Value;

use super::{
    absent::{absent, members, text, unfit, wrong_body},
    answer::told,
    body::Sent,
    managed::{Members, Work},
    permit::Permit,
    users::{connection_of, put_out, strip, user as found_user},
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure},
    oauth::id_token_hint,
};

/// The routes.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v2/users/{id}/identities", post(link))
        .route("/api/v2/users/{id}/identities/{provider}/{user_id}", delete(unlink))
}

async fn link(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let input = sent.read_by(&api::KIND, Verb::Create)?;
    let mut primary = found_user(&app, &id).await?;
    let named = meant(&work, &input)?;
    if named == *primary.id {
        return Err(unfit(ONESELF, Some("invalid_body")));
    }
    let Some(secondary) = documents::find::<Users>(store, tenant, &named).await? else {
        return Err(match ledger::find(store, tenant, &named).await? {
            Some(_) => conflict(TWICE),
            None => unfit(user::KIND.absent, Some(user::KIND.absent_code)),
        });
    };
    let was = members(&secondary)?;
    let named_connection = connection_of(&was).unwrap_or_default().to_owned();
    if let Some(connection) = text(&input, "connection_id") {
        let found = documents::find::<Connections>(store, tenant, connection).await?;
        let found = found.ok_or_else(|| absent(&connection::KIND))?;
        if found.doc.get("name").and_then(Value::as_str) != Some(&named_connection) {
            return Err(unfit(user::KIND.absent, Some(user::KIND.absent_code)));
        }
    }
    let (to, from) = (subject(&primary)?, subject(&secondary)?);
    let identities = linked(&mut primary, &was, &work)?;
    let mut batch = Batch::new();
    ledger::link(&mut batch, tenant, &secondary, (&named_connection, &to));
    ledger::move_all(&mut batch, tenant, (&named, &to));
    documents::take::<Users>(&mut batch, tenant, &secondary);
    strip(&work, &from, &mut batch);
    documents::update(&mut batch, store, tenant, primary);
    record(&work, ("Link", &named, &to), &mut batch);
    apply(&app, batch).await?;
    Ok(told(work.caller, StatusCode::CREATED, &identities))
}

async fn unlink(
    permit: Permit,
    State(app): State<Arc<App>>,
    Path((id, provider, account)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    let work = permit.work(&app);
    let (store, tenant) = (&app.store, &app.tenant.id);
    let mut primary = found_user(&app, &id).await?;
    let to = subject(&primary)?;
    let named = whole(&provider, &account);
    if *named == *primary.id {
        return Err(unfit(MAIN, Some("operation_not_supported")));
    }
    let was = ledger::find(store, tenant, &named).await?.filter(|(whose, _)| *whose == *primary.id);
    let Some((_, mut was)) = was else { return Err(absent(&api::KIND)) };
    let mut identities = Value::Array(Vec::new());
    let first = api::linked(&members(&primary)?);
    if let Some(Value::Array(all)) = primary.doc.get_mut("identities") {
        let is_it = |one: &Value| {
            let text = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
            whole(text("provider"), text("user_id")) == named
        };
        all.retain(|one| !is_it(one));
        identities = known_by(all, first);
    }
    let at = Value::from(work.now.to_rfc3339());
    for doc in [&mut primary.doc, &mut was] {
        if let Some(members) = doc.as_object_mut() {
            members.insert("updated_at".to_owned(), at.clone());
        }
    }
    // They may be linked to others by themselves again; what came along with them stays where it is.
    if let Some(Value::Array(own)) = was.get_mut("identities") {
        own.truncate(1);
    }
    let mut batch = Batch::new();
    ledger::let_go(&mut batch, tenant, (&named, &primary.id));
    documents::insert::<Users>(&mut batch, store, tenant, &named, was);
    // Who came in by it is somebody else from now on.
    put_out(&work, &to, &mut batch);
    documents::update(&mut batch, store, tenant, primary);
    record(&work, ("Unlink", &named, &to), &mut batch);
    apply(&app, batch).await?;
    Ok(told(work.caller, StatusCode::OK, &identities))
}

/// Which account is meant: the one that is named, or the one that an ID token of it shows to be the caller's too.
fn meant(work: &Work<'_>, input: &Members) -> Result<String, Failure> {
    if let Some(token) = text(input, "link_with") {
        if input.len() > 1 {
            return Err(wrong_body(TOKEN_ALONE));
        }
        let hint = id_token_hint::live(work.app, token, work.now).map_err(|_| wrong_body(BAD_TOKEN))?;
        // A token that was given to one application is not another's to act by (OIDC Core §3.1.3.7).
        if work.caller.person.is_some() && hint.client != work.caller.client {
            return Err(wrong_body(BAD_TOKEN));
        }
        return Ok(hint.subject.to_string());
    }
    if work.caller.person.is_some() {
        return Err(wrong_body(PERSON));
    }
    let account = match input.get("user_id") {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => return Err(wrong_body(UNNAMED)),
    };
    let provider = text(input, "provider").ok_or_else(|| wrong_body(UNNAMED))?;
    Ok(whole(provider, &account))
}

/// The whole name of an account. Some say it whole where its end is asked for.
fn whole(provider: &str, account: &str) -> String {
    match account.strip_prefix(provider).and_then(|rest| rest.strip_prefix('|')) {
        Some(_) => account.to_owned(),
        None => format!("{provider}|{account}"),
    }
}

/// Adds all identities of one account to those of another.
fn linked(primary: &mut Document<Users>, was: &Members, work: &Work<'_>) -> Result<Value, Failure> {
    let new = api::linked(was).into_iter();
    let along = was.get("identities").and_then(Value::as_array).into_iter().flatten().skip(1).cloned();
    let Some(members) = primary.doc.as_object_mut() else { return Err(absent(&user::KIND)) };
    let first = api::linked(members);
    members.insert("updated_at".to_owned(), work.now.to_rfc3339().into());
    let all = members.entry("identities").or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(all) = all {
        all.extend(new.chain(along));
        if all.len() > MOST {
            return Err(unfit(TOO_MANY, Some("operation_not_supported")));
        }
    }
    Ok(known_by(all.as_array().map(Vec::as_slice).unwrap_or_default(), first))
}

/// Whoever links accounts, or lets one go, is told what is known by each of them.
fn known_by(all: &[Value], first: Option<Value>) -> Value {
    let others = all.iter().skip(first.is_some().into()).cloned();
    first.iter().cloned().chain(others).collect()
}

/// A user without the accounts of a connection that are linked to them, if there are any.
pub(super) fn without(user: &Document<Users>, connection: &str) -> Option<Document<Users>> {
    let mut left = user.clone();
    let Some(Value::Array(all)) = left.doc.get_mut("identities") else { return None };
    let had = all.len();
    all.retain(|one| one["connection"] != connection);
    (!all.is_empty() && all.len() < had).then_some(left)
}

fn subject(user: &Document<Users>) -> Result<Subject, Failure> {
    Subject::parse(&user.id).map_err(|_| absent(&user::KIND))
}

/// Applies a change of two accounts: of any number at once, one is done.
async fn apply(app: &App, batch: Batch) -> Result<(), Failure> {
    match app.store.apply(batch).await {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.conflict() {
            Some(ledger::NEW) => conflict(TWICE),
            Some(ledger::LINKED) => absent(&api::KIND),
            Some(Users::NEW) => conflict(TAKEN),
            Some(Users::REVISION) => conflict(RACED),
            _ => error.into(),
        }),
    }
}

fn conflict(message: &str) -> Failure {
    ManagementFailure::Conflict { message: message.to_owned(), code: None }.into()
}

fn record(work: &Work<'_>, (what, account, user): (&str, &str, &Subject), batch: &mut Batch) {
    let mut event = work.event(what, api::KIND.name.one, &format!("{account} ({user})"));
    event.subject = Some(user.clone());
    events::record(batch, &work.app.store, &work.app.tenant.id, &event);
}

/// The most accounts that are one person's.
const MOST: usize = 10;
const ONESELF: &str = "Main account and secondary account cannot be the same.";
const TWICE: &str = "Specified identity already exists.";
const TAKEN: &str = "There is another user of that name by now.";
const RACED: &str = "The user was changed by somebody else meanwhile.";
const MAIN: &str = "Main identity cannot be unlinked.";
const TOO_MANY: &str = "A user has at most 10 identities.";
const TOKEN_ALONE: &str = "Payload validation error: 'link_with' stands alone.";
const BAD_TOKEN: &str = "Payload validation error: 'link_with' is no ID token that may be linked by.";
const PERSON: &str = "Payload validation error: 'Missing required property: link_with'.";
const UNNAMED: &str = "Payload validation error: send 'provider' and 'user_id', or 'link_with'.";
