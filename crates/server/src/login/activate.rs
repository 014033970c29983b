//! `/activate`: a person brings the code that their device shows (RFC 8628 §3.3).
//!
//! Nothing happens by looking: whoever sends a link with a code in it has only filled in a field. The next page names the
//! application and the code, and asks whether they are on a device in front of the person (RFC 8628 §5.4).

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
};
use keybound_proto::{
    form::Form,
    time::{Lifetime, Timestamp},
};
use keybound_store::FleetingKey;

use super::{
    content_policy::ContentPolicy,
    credentials::bucket,
    pages::{Activate, ConfirmDevice},
    place::{Lost, Place},
    same_site::Sent,
    shown,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    oauth::{
        authorize::{Approach, Asker, to_page},
        device::{UserCode, not_connected},
        waiting::WaitingName,
    },
    tenant_log::record_alone,
};

/// `GET /activate`
pub(crate) async fn show(RawQuery(query): RawQuery) -> Response {
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let typed = query.ok().and_then(|query| query.text("user_code").and_then(UserCode::parse));
    page(&typed.map(|code| code.shown()).unwrap_or_default(), None, StatusCode::OK)
}

/// `POST /activate`
pub(crate) async fn activate(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    if visitor.sent == Sent::Elsewhere {
        return Err(Lost::Gone);
    }
    let now = app.clock.now();
    let typed = form.text("user_code").unwrap_or_default();
    let guesses = FleetingKey::new("user-codes", &[&bucket(visitor.from.address)]);
    // Counted before it is known whether it is right: of many guesses at once, only so many get through.
    if app.fleeting.count(&guesses, GUESSING, now).await? > GUESSES {
        record(&app, &visitor, (&Refusal::UserCodeUnknown, EventKind::RateLimited), now).await;
        return Ok(page("", Some(TOO_MANY), StatusCode::TOO_MANY_REQUESTS));
    }
    let found = match UserCode::parse(typed) {
        Some(code) => WaitingName::shown_as(&code, &app, now).await?,
        None => None,
    };
    let Some((name, waiting)) = found else {
        record(&app, &visitor, (&Refusal::UserCodeUnknown, EventKind::DeviceActivationFailed), now).await;
        let shortened: String = typed.chars().take(20).collect();
        return Ok(page(&shortened, Some(UNKNOWN), StatusCode::BAD_REQUEST));
    };
    let request = waiting.request()?;
    let asker = Asker::find(&app, &request, Approach::Device(name)).await?;
    Ok(to_page(&app, (&asker, &request), visitor, "/activate/confirm", now).await?)
}

/// `GET /activate/confirm`
pub(crate) async fn show_confirm(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_query(&app, query.as_deref(), &visitor, now).await?;
    let device = place.asker.approach.device().ok_or(Lost::Gone)?;
    if !place.waits_for_confirmation() {
        return Ok(shown::found(&place.address("/authorize/resume")));
    }
    let waiting = device.find(&app, now).await?.ok_or(Lost::Gone)?;
    let code = waiting.user_code().ok_or(Lost::Gone)?.shown();
    let page =
        ConfirmDevice { application: &place.asker.client.name, code: &code, state: place.handle.as_str() };
    Ok(shown::shown(&page, StatusCode::OK, &ContentPolicy::page()))
}

/// `POST /activate/confirm`
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let mut place = Place::of_form(&app, &form, &visitor, now).await?;
    let device = place.asker.approach.device().ok_or(Lost::Gone)?;
    if form.text("action") != Some("confirm") {
        device.decline(&app, now).await?;
        place.transaction.finish(now);
        place.keep(&app, now).await?;
        let event = Event::new(EventKind::DeviceDeclined, now).because(&Refusal::Declined);
        record_alone(&app, &event.by(&place.asker.client.id).from(visitor.from)).await;
        return Ok(not_connected());
    }
    if place.waits_for_confirmation() {
        device.confirm(&app, now).await?;
        place.transaction.progress.confirmed = true;
        place.keep(&app, now).await?;
    }
    Ok(shown::see_other(&place.address("/authorize/resume")))
}

async fn record(app: &App, visitor: &Visitor, (refusal, kind): (&Refusal, EventKind), now: Timestamp) {
    record_alone(app, &Event::new(kind, now).because(refusal).from(visitor.from.clone())).await;
}

fn page(typed: &str, wrong: Option<&str>, status: StatusCode) -> Response {
    shown::shown(&Activate { typed, wrong }, status, &ContentPolicy::page())
}

/// How many codes one address may try: of a thousand devices that wait, one guess in 25 million finds one.
const GUESSES: u64 = 20;

/// In which time.
const GUESSING: Lifetime = Lifetime::seconds(600);

const UNKNOWN: &str = "No device shows this code now. Codes end after 15 minutes: look at your device again.";
const TOO_MANY: &str = "Too many codes were tried from here. Please wait ten minutes.";
