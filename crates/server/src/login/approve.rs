//! `/approve`: somebody who was called sees who asks for what, and says yes or no (CIBA Core §8).
//!
//! Nothing happens by looking, and the link alone is of no use: only the person who was called, signed in here, is
//! asked at all.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    Refusal,
    authorize::prompt::Step,
    event::{Event, EventKind},
};
use keybound_proto::{form::Form, time::Timestamp};

use super::{
    consent::{account, described},
    content_policy::ContentPolicy,
    pages::Approve,
    place::{Lost, Place},
    shown,
    words::words,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Failure,
    oauth::{
        authorize::{Approach, Asker, Called, Matter, Person, Standing, standing, to_page},
        called::not_approved,
        waiting::WaitingName,
    },
    tenant_log::record_alone,
};

/// `GET /approve`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let query = Form::parse(query.unwrap_or_default().as_bytes())?;
    let secret = query.text("request").ok_or(Lost::Gone)?;
    let (name, waiting) = WaitingName::linked_as(secret, &app, now).await?.ok_or(Lost::Gone)?;
    let subject = waiting.link().ok_or(Lost::Gone)?.subject.clone();
    let request = waiting.request()?;
    let asker = Asker::find(&app, &request, Approach::Called(Called { name, subject })).await?;
    Ok(to_page(&app, (&asker, &request), visitor, "/approve/confirm", now).await?)
}

/// `GET /approve/confirm`
pub(crate) async fn show_confirm(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_query(&app, query.as_deref(), &visitor, now).await?;
    let call = place.asker.approach.call().ok_or(Lost::Gone)?;
    let Some((matter, standing, person)) = asked(&app, &place, visitor, now).await? else {
        return Ok(shown::found(&place.address("/authorize/resume")));
    };
    let waiting = call.name.find(&app, now).await?.ok_or(Lost::Gone)?;
    let described = described(&app, &matter).await?;
    let scopes = words(&standing.scopes, |scope| described.get(scope).cloned());
    let page = Approve {
        application: &place.asker.client.name,
        account: account(&person),
        message: &waiting.link().ok_or(Lost::Gone)?.message,
        audience: matter.target.api().map(|api| api.name.as_str()),
        scopes: &scopes,
        state: place.handle.as_str(),
    };
    Ok(shown::shown(&page, StatusCode::OK, &ContentPolicy::page()))
}

/// `POST /approve/confirm`
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let mut place = Place::of_form(&app, &form, &visitor, now).await?;
    let name = place.asker.approach.call().ok_or(Lost::Gone)?.name;
    let back = shown::see_other(&place.address("/authorize/resume"));
    let from = visitor.from.clone();
    // Somebody else at this browser by now is asked to sign in, and neither approves nor denies.
    let Some((.., person)) = asked(&app, &place, visitor, now).await? else { return Ok(back) };
    if form.text("action") == Some("approve") {
        name.confirm(&app, now).await?;
        place.transaction.progress.confirmed = true;
        place.keep(&app, now).await?;
        return Ok(back);
    }
    name.decline(&app, now).await?;
    place.transaction.finish(now);
    place.keep(&app, now).await?;
    let event = Event::new(EventKind::LoginFailed, now).because(&Refusal::ConsentDenied);
    let event = event.by(&place.asker.client.id).about(&person.user.subject).from(from);
    record_alone(&app, &event).await;
    Ok(not_approved())
}

/// What is asked, once the person who was called is there and has not said yes yet.
async fn asked(
    app: &App,
    place: &Place,
    visitor: Visitor,
    now: Timestamp,
) -> Result<Option<(Matter, Standing, Person)>, Failure> {
    let matter = Matter::read(app, &place.asker, &place.form).await?;
    let pair = (&place.asker, &matter);
    let mut standing = standing(app, pair, visitor.session, Some(&place.transaction), now).await?;
    let ready = standing.step == Step::Issue && place.waits_for_approval();
    let person = standing.person.take().filter(|_| ready);
    Ok(person.map(|person| (matter, standing, person)))
}
