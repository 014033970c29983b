//! `/u/login`: who are you, and how do you prove it.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    login::attempt,
    model::{
        connection::{Connection, Signup},
        factor::Factors,
    },
};
use keybound_proto::{secret::Secret, time::Timestamp};

use super::{
    connection::connection,
    credentials::{Attempt, NotIn, verify},
    enter::enter,
    pages::Login,
    place::{Lost, Place},
    shown,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Reason,
    tenant_log::{self, record_alone},
};

/// `GET /u/login`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let place = Place::of_query(&app, query.as_deref(), &visitor, app.clock.now()).await?;
    let connection = connection(&app, &place.asker.client, place.form.text("connection")).await?;
    let hint = place.form.text("login_hint").unwrap_or_default();
    Ok(page(&place, &connection, hint, None))
}

/// `POST /u/login`
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_form(&app, &form, &visitor, now).await?;
    let connection = connection(&app, &place.asker.client, place.form.text("connection")).await?;
    let username = form.text("username").unwrap_or_default();
    let attempt = Attempt {
        connection: &connection,
        identifier: username,
        password: form.secret("password").unwrap_or_else(|| Secret::new(String::new())),
        from: visitor.from.address,
    };
    match verify(&app, attempt, now).await {
        Ok(user) => Ok(enter(&app, &visitor, place, (&user, Factors::One), now).await?),
        Err(NotIn::Refused(refusal, subject)) => {
            let mut event =
                refused(&refusal, now).by(&place.asker.client.id).from(visitor.from).named(username);
            event.subject = subject;
            event.connection = Some(connection.name.clone());
            record_alone(&app, &event).await;
            Ok(page(&place, &connection, username, Some(&refusal)))
        }
        Err(NotIn::Failed(failure)) if matches!(failure.reason(), Reason::TooMany { .. }) => {
            let event = tenant_log::refusal(&failure, EventKind::LoginFailed, now);
            record_alone(&app, &event.by(&place.asker.client.id).from(visitor.from)).await;
            Ok(busy(&place, &connection, username))
        }
        Err(NotIn::Failed(failure)) => Err(failure.into()),
    }
}

fn refused(refusal: &Refusal, now: Timestamp) -> Event {
    Event::new(attempt::event(refusal), now).because(refusal)
}

fn page(place: &Place, connection: &Connection, username: &str, refusal: Option<&Refusal>) -> Response {
    let status = match refusal {
        None => StatusCode::OK,
        Some(Refusal::AccountLocked | Refusal::AddressLocked) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    shown_with(place, connection, username, refusal.map(said), status)
}

fn busy(place: &Place, connection: &Connection, username: &str) -> Response {
    shown_with(place, connection, username, Some(BUSY), StatusCode::SERVICE_UNAVAILABLE)
}

fn shown_with(
    place: &Place,
    connection: &Connection,
    username: &str,
    wrong: Option<&str>,
    status: StatusCode,
) -> Response {
    let page = Login {
        application: &place.asker.client.name,
        state: place.handle.as_str(),
        username,
        wrong,
        sign_up: connection.signup == Signup::Open,
    };
    shown::shown(&page, status, &place.policy())
}

/// Auth0's words, since its users know them and its suites look for them.
const fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::AccountLocked => "Your account has been blocked after multiple consecutive login attempts.",
        Refusal::AddressLocked => {
            "We have detected suspicious login behavior and further attempts will be blocked. \
             Please contact the administrator."
        }
        Refusal::UserBlocked => "Your account has been blocked. Please contact the administrator.",
        _ => "Wrong email or password.",
    }
}

const BUSY: &str = "Many people are signing in at this moment. Please try again.";
