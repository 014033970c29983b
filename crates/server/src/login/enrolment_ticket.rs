//! `/u/mfa-enrollment`: somebody sets up a second factor who was given a ticket.
//!
//! Looking does nothing, as with every ticket. What is being set up goes to and fro in the form, sealed and bound to the
//! ticket: a key that somebody else began is never shown.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    model::user::User,
};
use keybound_proto::{
    form::Form,
    jose::{decode_base64url, encode_base64url},
    secret::Secret,
};
use keybound_store::{Batch, ledger::tickets};

use super::{
    content_policy::ContentPolicy,
    pages::{Enrol, Notice, SetUp},
    same_site::Sent,
    second_factor::in_groups,
    shown,
    ticket::over,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    factor::{Enrolment, Showing, enrol as begin, enrolled, used_by_another},
    failure::{Failure, Reason},
    registered,
    tickets::{Purpose, Shown, shown as ticket},
};

/// `GET /u/mfa-enrollment`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secret = query.text("ticket").unwrap_or_default();
    let Some(found) = ticket(&app, Some(secret), Purpose::Enrolment, app.clock.now()).await? else {
        return Ok(over());
    };
    let page = Enrol { account: &found.whose(), ticket: secret, wrong: None, begun: None };
    Ok(shown::shown(&page, StatusCode::OK, &ContentPolicy::page()))
}

/// `POST /u/mfa-enrollment`
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Failure> {
    let now = app.clock.now();
    let secret = form.text("ticket").unwrap_or_default().to_owned();
    let found = ticket(&app, Some(&secret), Purpose::Enrolment, now).await?;
    let (Some(found), Sent::Here) = (found, visitor.sent) else { return Ok(over()) };
    let Some(user) = registered::user(&app, &found.ticket.subject).await? else { return Ok(over()) };
    let event = Event::new(EventKind::EnrolmentBegun, now).named(&found.whose()).from(visitor.from.clone());
    let place = [b"enrolment-ticket\0", secret.as_bytes()].concat();
    let Some(begun) = going_on(&app, &user, &place, form.text("kept")).await? else {
        return match begin(&app, &user, event).await {
            Ok(begun) => Ok(page(&app, (&found, &secret), (&user, &begun), &place, None)),
            Err(failure) => refused(failure),
        };
    };
    let typed = form.secret("code").unwrap_or_else(|| Secret::new(String::new()));
    let event = Event { kind: EventKind::FactorShown, ..event };
    let showing = Showing { app: &app, subject: &user.subject, event };
    let shown = match showing.set_up(&typed).await {
        Ok(shown) => shown,
        Err(failure) => match failure.reason() {
            Reason::Refusal(refusal) => {
                let wrong = Some(said(refusal));
                return Ok(page(&app, (&found, &secret), (&user, &begun), &place, wrong));
            }
            _ => return Err(failure),
        },
    };
    let mut batch = Batch::new();
    tickets::spend(&mut batch, &app.tenant.id, &found.digest, now);
    tickets::take_back_others(&mut batch, &app.tenant.id, &found.digest, &found.ticket);
    shown.use_up(&app, &mut batch)?;
    match app.store.apply(batch).await {
        Ok(_) => Ok(notice(DONE, StatusCode::OK)),
        Err(error) if error.conflict() == Some(tickets::UNUSED) => Ok(over()),
        Err(error) => match used_by_another(&error) {
            Some(refusal) => Ok(page(&app, (&found, &secret), (&user, &begun), &place, Some(said(&refusal)))),
            None => Err(error.into()),
        },
    }
}

/// What was begun by this ticket, if it is still what is being set up.
async fn going_on(
    app: &App,
    user: &User,
    place: &[u8],
    kept: Option<&str>,
) -> Result<Option<Enrolment>, Failure> {
    let sealed = kept.and_then(|kept| decode_base64url(kept).ok());
    let opened = sealed.and_then(|sealed| app.browser.open(place, &sealed).ok());
    let opened = opened.and_then(|opened| String::from_utf8(opened.reveal().clone()).ok());
    let Some((id, code)) = opened.as_deref().and_then(|opened| opened.split_once(' ')) else {
        return Ok(None);
    };
    Ok(enrolled(app, user, (id, Some(code).filter(|code| !code.is_empty()))).await?)
}

fn page(
    app: &App,
    (found, secret): (&Shown, &str),
    (user, begun): (&User, &Enrolment),
    place: &[u8],
    wrong: Option<&str>,
) -> Response {
    let code = begun.recovery.as_ref().map_or("", |code| code.reveal().as_str());
    let kept = Secret::new(format!("{} {code}", begun.id));
    let kept = encode_base64url(app.browser.seal(place, kept.reveal().as_bytes()));
    let address = begun.address(app, user);
    let set_up = SetUp {
        secret: in_groups(begun.key.to_base32().reveal()),
        address: address.reveal(),
        recovery: begun.recovery.as_ref().map(|code| code.reveal().as_str()),
    };
    let page = Enrol { account: &found.whose(), ticket: secret, wrong, begun: Some((set_up, &kept)) };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    shown::shown(&page, status, &ContentPolicy::page())
}

/// Why nothing is set up.
fn refused(failure: Failure) -> Result<Response, Failure> {
    match failure.reason() {
        Reason::Refusal(Refusal::AlreadyEnrolled) => Ok(notice(THERE, StatusCode::BAD_REQUEST)),
        Reason::Refusal(Refusal::FactorUnsupported) => Ok(notice(OFF, StatusCode::BAD_REQUEST)),
        _ => Err(failure),
    }
}

fn notice((heading, text): (&str, &str), status: StatusCode) -> Response {
    let page = Notice { heading, text, link: None, detail: None };
    shown::shown(&page, status, &ContentPolicy::page())
}

const fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::FactorLocked => "Too many wrong codes were tried. Please try again tomorrow.",
        Refusal::FactorUsed => "This code was used before. Wait for the next one.",
        _ => "The code is wrong. Please try again.",
    }
}

const DONE: (&str, &str) = (
    "Your account is secured",
    "From now on you are asked for a code of your authenticator when you sign in.",
);
const THERE: (&str, &str) =
    ("You have an authenticator", "It counts already. Who lost it asks an administrator for help.");
const OFF: (&str, &str) = (
    "There is nothing to set up",
    "Authenticators are not asked for here. An administrator can switch them on.",
);
