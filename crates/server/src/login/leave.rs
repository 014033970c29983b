//! A person goes: their session ends, and the cookie that opened it is taken away.

use std::sync::Arc;

use axum::response::Response;
use keybound_authority::event::{Event, EventKind};
use keybound_proto::{id::ClientId, time::Timestamp};
use keybound_store::{Batch, events, ledger::sessions};

use crate::{
    app::App,
    extract::{Cookie, Cookies, Visitor},
    failure::Failure,
    oauth::backchannel_logout,
};

/// Ends the visitor's session, if they have one, and has their browser forget it.
pub(crate) async fn leave(
    app: &Arc<App>,
    visitor: &Visitor,
    client: Option<&ClientId>,
    mut response: Response,
    now: Timestamp,
) -> Result<Response, Failure> {
    if let Some(session) = &visitor.session {
        let mut batch = Batch::new();
        sessions::end(&mut batch, &app.tenant.id, &session.digest);
        let mut event = Event::new(EventKind::LoggedOut, now).about(&session.subject);
        event.client = client.cloned();
        event.connection = Some(session.connection.clone());
        event.session = Some(session.id.clone());
        let event = event.from(visitor.from.clone());
        events::record(&mut batch, &app.store, &app.tenant.id, &event);
        backchannel_logout::ended(&mut batch, app, &session.id, now);
        app.store.apply(batch).await?;
        backchannel_logout::tell_soon(app);
    }
    Cookies::at(&app.tenant.issuer).clear(&mut response, Cookie::Session);
    Ok(response)
}

/// The event of a logout that was refused.
pub(crate) fn not_left(
    failure: &Failure,
    visitor: &Visitor,
    client: Option<&ClientId>,
    now: Timestamp,
) -> Event {
    let answer = failure.answer();
    let mut event = Event::new(EventKind::LogoutFailed, now).because_of(answer.reason, &answer.description);
    event.client = client.cloned();
    event.subject = visitor.session.as_ref().map(|session| session.subject.clone());
    event.from(visitor.from.clone())
}
