//! `/u/reset-password` and `/u/email-verification`: what somebody does who was given a ticket.
//!
//! Looking at a page does nothing: whatever reads letters before people do follows their links, too.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    event::{Event, EventKind},
    login::password::Strength,
    model::{connection::Connection, name::ConnectionName},
};
use keybound_proto::{form::Form, time::Timestamp};
use keybound_store::{
    Batch,
    documents::{self, connection_named},
    events,
    ledger::{
        families::{self, Among},
        linked_accounts, mfa_tokens,
        passwords::{self, Password},
        sessions, tickets,
    },
    policy,
};
use serde_json::Value;

use super::{
    content_policy::ContentPolicy,
    credentials::hashing,
    pages::{Confirm, Link, Notice, Reset, rules},
    same_site::Sent,
    shown,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Failure,
    oauth::backchannel_logout,
    tickets::{Purpose, Shown, shown as ticket, used},
};

/// `GET /u/reset-password`
pub(crate) async fn show_reset(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secret = query.text("ticket");
    let now = app.clock.now();
    let Some(found) = ticket(&app, secret, Purpose::Password, now).await? else {
        return followed_again(&app, secret, Purpose::Password, now).await;
    };
    let Some(connection) = connection(&app, &found).await? else { return Ok(over()) };
    let strength = connection.password_policy.judge("");
    Ok(form(&found, secret.unwrap_or_default(), None, &strength))
}

/// `POST /u/reset-password`
pub(crate) async fn reset(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form: sent, .. }: Parameters,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let secret = sent.text("ticket").unwrap_or_default().to_owned();
    let Sent::Here = visitor.sent else { return Ok(over()) };
    let Some(found) = ticket(&app, Some(&secret), Purpose::Password, now).await? else {
        return followed_again(&app, Some(&secret), Purpose::Password, now).await;
    };
    let Some(connection) = connection(&app, &found).await? else { return Ok(over()) };
    let Some(password) = sent.secret("password") else {
        return Ok(form(&found, &secret, Some(WEAK), &connection.password_policy.judge("")));
    };
    let strength = connection.password_policy.judge(password.reveal());
    if !strength.is_enough() || password.reveal().len() > LONGEST_PASSWORD {
        return Ok(form(&found, &secret, Some(WEAK), &strength));
    }
    if sent.secret("re-enter-password").is_none_or(|again| again.reveal() != password.reveal()) {
        return Ok(form(&found, &secret, Some(UNLIKE), &strength));
    }
    let hash = app.passwords.hash(password).await.map_err(hashing)?;
    let (tenant, subject) = (&app.tenant.id, found.ticket.subject.clone());
    let mut batch = Batch::new();
    tickets::spend(&mut batch, tenant, &found.digest, now);
    tickets::take_back_others(&mut batch, tenant, &found.digest, &found.ticket);
    passwords::set(&mut batch, tenant, &found.account(), &Password { hash, set_at: now });
    // Whoever knew the old one is out.
    backchannel_logout::ended_all_of(&mut batch, &app, &subject, now);
    sessions::end_all_of(&mut batch, tenant, &subject);
    mfa_tokens::forget_all_of(&mut batch, tenant, &subject);
    families::revoke(&mut batch, tenant, Among::of(&subject), now);
    let mut changed = vec![("last_password_reset", now.to_rfc3339().into())];
    changed.extend(found.verifies().then(|| ("email_verified", true.into())));
    note(&app, &found, (changed, now), &mut batch);
    record(&app, (EventKind::PasswordChanged, &found), &visitor, now, &mut batch);
    finished(&app, &found, batch, CHANGED).await
}

/// `GET /u/email-verification`
pub(crate) async fn show_verification(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secret = query.text("ticket");
    let now = app.clock.now();
    let Some(found) = ticket(&app, secret, Purpose::Email, now).await? else {
        return followed_again(&app, secret, Purpose::Email, now).await;
    };
    let page = Confirm { address: &found.whose(), ticket: secret.unwrap_or_default() };
    Ok(shown::shown(&page, StatusCode::OK, &policy(&found)))
}

/// `POST /u/email-verification`
pub(crate) async fn verification(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form: sent, .. }: Parameters,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let Sent::Here = visitor.sent else { return Ok(over()) };
    let secret = sent.text("ticket");
    let Some(found) = ticket(&app, secret, Purpose::Email, now).await? else {
        return followed_again(&app, secret, Purpose::Email, now).await;
    };
    let mut batch = Batch::new();
    tickets::spend(&mut batch, &app.tenant.id, &found.digest, now);
    if found.user.doc.get("email_verified") != Some(&Value::Bool(true)) {
        note(&app, &found, (vec![("email_verified", true.into())], now), &mut batch);
    }
    record(&app, (EventKind::EmailVerified, &found), &visitor, now, &mut batch);
    finished(&app, &found, batch, VERIFIED).await
}

/// Their address counts as verified.
fn note(app: &App, found: &Shown, (changed, now): (Vec<(&str, Value)>, Timestamp), batch: &mut Batch) {
    let mut user = found.user.clone();
    let Some(members) = user.doc.as_object_mut() else { return };
    for (name, value) in changed {
        members.insert(name.to_owned(), value);
    }
    members.insert("updated_at".to_owned(), now.to_rfc3339().into());
    documents::update(batch, &app.store, &app.tenant.id, user);
}

/// Does it: of any number that use a ticket at once, one does.
async fn finished(
    app: &Arc<App>,
    found: &Shown,
    batch: Batch,
    (heading, message): (&str, &str),
) -> Result<Response, Failure> {
    match app.store.apply(batch).await {
        Err(error) if error.conflict() == Some(tickets::UNUSED) => return Ok(over()),
        applied => applied?,
    }
    backchannel_logout::tell_soon(app);
    if let Some(address) = found.result(message) {
        return Ok(shown::see_other(&address));
    }
    let way_in = found.way_in(app).await?;
    let text = way_in.as_ref().map(|(name, _)| format!("Back to {name}")).unwrap_or_default();
    let link = way_in.as_ref().map(|(_, href)| Link { href, text: &text });
    let page = Notice { heading, text: message, link, detail: None };
    Ok(shown::shown(&page, StatusCode::OK, &ContentPolicy::page()))
}

/// Where the account of a ticket is kept that has a password.
async fn connection(app: &App, found: &Shown) -> Result<Option<Connection>, Failure> {
    let (store, tenant, account) = (&app.store, &app.tenant.id, found.account());
    let doc = match account == found.ticket.subject {
        true => Some(found.user.doc.clone()),
        false => {
            let linked = linked_accounts::find(store, tenant, account.as_str()).await?;
            linked.filter(|(whose, _)| whose == found.ticket.subject.as_str()).map(|(_, doc)| doc)
        }
    };
    let name = doc.as_ref().and_then(|doc| doc.pointer("/identities/0/connection")).and_then(Value::as_str);
    let Some(Ok(name)) = name.map(ConnectionName::parse) else { return Ok(None) };
    let found = connection_named(store, tenant, &name).await?;
    Ok(found.as_ref().map(policy::connection).transpose()?)
}

fn record(
    app: &App,
    (kind, found): (EventKind, &Shown),
    visitor: &Visitor,
    now: Timestamp,
    batch: &mut Batch,
) {
    let event = Event::new(kind, now).about(&found.ticket.subject).named(&found.whose());
    events::record(batch, &app.store, &app.tenant.id, &event.from(visitor.from.clone()));
}

fn form(found: &Shown, secret: &str, wrong: Option<&str>, strength: &Strength) -> Response {
    let judged = wrong == Some(WEAK);
    let page = Reset { account: &found.whose(), ticket: secret, wrong, rules: &rules(strength, judged) };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    shown::shown(&page, status, &policy(found))
}

/// A form ends where the ticket sends people in the end.
fn policy(found: &Shown) -> ContentPolicy {
    match found.result_url() {
        Some(address) => ContentPolicy::page().forms_to(address),
        None => ContentPolicy::page(),
    }
}

/// Who used the link before goes where it sent them, and is told there.
async fn followed_again(
    app: &App,
    secret: Option<&str>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Response, Failure> {
    Ok(used(app, secret, purpose, now).await?.map_or_else(over, |address| shown::see_other(&address)))
}

pub(super) fn over() -> Response {
    let page = Notice {
        heading: "This link has expired",
        text: "It was used before, or it is too old. Nothing is lost: ask for another one.",
        link: None,
        detail: None,
    };
    shown::shown(&page, StatusCode::BAD_REQUEST, &ContentPolicy::page())
}

/// Longer than any that is typed, as where accounts are made.
const LONGEST_PASSWORD: usize = 1_024;
const WEAK: &str = "This password is not strong enough.";
const UNLIKE: &str = "The two passwords are not the same.";
const CHANGED: (&str, &str) = ("Your password was changed", "You can now sign in with your new password.");
const VERIFIED: (&str, &str) =
    ("Your email address is verified", "Your email was verified. You can continue using the application.");
