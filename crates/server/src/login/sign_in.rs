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
    model::{connection::Signup, factor::Factors},
};
use keybound_proto::{secret::Secret, time::Timestamp};

use super::{
    credentials::{Attempt, NotIn, verify},
    directory::{Directory, directory},
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
    let directory = directory(&app, &place).await?;
    Ok(page(&place, &directory, directory.hint(&place), None))
}

/// `POST /u/login`
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_form(&app, &form, &visitor, now).await?;
    let directory = directory(&app, &place).await?;
    let username = form.text("username").unwrap_or_default();
    let attempt = Attempt {
        connection: &directory.connection,
        identifier: username,
        password: form.secret("password").unwrap_or_else(|| Secret::new(String::new())),
        from: visitor.from.address,
    };
    match verify(&app, attempt, now).await {
        Ok(user) => {
            Ok(enter(&app, &visitor, (place, directory.organization_id()), (&user, Factors::One), now)
                .await?)
        }
        Err(NotIn::Refused(refusal, subject)) => {
            let mut event =
                refused(&refusal, now).by(&place.asker.client.id).from(visitor.from).named(username);
            event.subject = subject;
            event.connection = Some(directory.connection.name.clone());
            event.organization = directory.organization_id().cloned();
            record_alone(&app, &event).await;
            Ok(page(&place, &directory, username, Some(&refusal)))
        }
        Err(NotIn::Failed(failure)) if matches!(failure.reason(), Reason::TooMany { .. }) => {
            let event = tenant_log::refusal(&failure, EventKind::LoginFailed, now);
            record_alone(&app, &event.by(&place.asker.client.id).from(visitor.from)).await;
            Ok(busy(&place, &directory, username))
        }
        Err(NotIn::Failed(failure)) => Err(failure.into()),
    }
}

fn refused(refusal: &Refusal, now: Timestamp) -> Event {
    Event::new(attempt::event(refusal), now).because(refusal)
}

fn page(place: &Place, directory: &Directory, username: &str, refusal: Option<&Refusal>) -> Response {
    let status = match refusal {
        None => StatusCode::OK,
        Some(Refusal::AccountLocked | Refusal::AddressLocked) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    shown_with(place, directory, username, refusal.map(said), status)
}

fn busy(place: &Place, directory: &Directory, username: &str) -> Response {
    shown_with(place, directory, username, Some(BUSY), StatusCode::SERVICE_UNAVAILABLE)
}

fn shown_with(
    place: &Place,
    directory: &Directory,
    username: &str,
    wrong: Option<&str>,
    status: StatusCode,
) -> Response {
    let page = Login {
        application: &place.asker.client.name,
        organization: directory.organization_name(),
        state: place.handle.as_str(),
        username,
        wrong,
        sign_up: directory.connection.signup == Signup::Open,
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
