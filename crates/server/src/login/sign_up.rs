//! `/u/signup`: an account, and in.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use keybound_authority::{
    Refusal,
    event::{Event, EventKind, Sender},
    login::password::Strength,
    model::{
        connection::{Connection, Signup, Usernames},
        factor::Factors,
    },
};
use keybound_proto::{form::Form, secret::Secret, time::Timestamp};

use super::{
    directory::{Directory, directory},
    enter::enter,
    new_user::{NotMade, Wish, create},
    pages::{SignUp, Wrong, rules},
    place::{Lost, Place},
    shown,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    failure::Reason,
    tenant_log::{self, record_alone},
};

/// `GET /u/signup`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let place = Place::of_query(&app, query.as_deref(), &visitor, app.clock.now()).await?;
    let directory = directory(&app, &place).await?;
    let connection = &directory.connection;
    if connection.signup == Signup::Closed {
        return Ok(shown::found(&place.address("/u/login")));
    }
    Ok(page(&place, &directory, (directory.hint(&place), ""), None, &connection.password_policy.judge("")))
}

/// `POST /u/signup`
pub(crate) async fn sign_up(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_form(&app, &form, &visitor, now).await?;
    let directory = directory(&app, &place).await?;
    let connection = &directory.connection;
    let names = (form.text("email").unwrap_or_default(), form.text("username").unwrap_or_default());
    let pair = (connection, &place.asker.client.id);
    let refused = match directory.takes(names.0) {
        Ok(()) => match create(&app, pair, wish(&form), &visitor.from, now).await {
            Ok(user) => {
                return Ok(enter(
                    &app,
                    &visitor,
                    (place, directory.organization_id()),
                    (&user, Factors::One),
                    now,
                )
                .await?);
            }
            Err(refused) => refused,
        },
        Err(refusal) => NotMade::Refused(refusal),
    };
    let untouched = connection.password_policy.judge("");
    let (refusal, wrong, strength) = match refused {
        NotMade::Weak(strength) => (Refusal::WeakPassword, Wrong::Password(WEAK), strength),
        NotMade::Refused(refusal) => {
            let wrong = Wrong::Identifier(said(&refusal));
            (refusal, wrong, untouched)
        }
        NotMade::Failed(failure) if matches!(failure.reason(), Reason::TooMany { .. }) => {
            let event = tenant_log::refusal(&failure, EventKind::SignupFailed, now);
            record_alone(&app, &event.by(&place.asker.client.id).from(visitor.from)).await;
            return Ok(page(&place, &directory, names, Some(Wrong::Identifier(BUSY)), &untouched));
        }
        NotMade::Failed(failure) => return Err(failure.into()),
    };
    log(&app, &place, (connection, names.0), &refusal, visitor.from, now).await;
    Ok(page(&place, &directory, names, Some(wrong), &strength))
}

fn wish(form: &Form) -> Wish<'_> {
    Wish {
        email: form.text("email").unwrap_or_default(),
        username: form.text("username"),
        password: form.secret("password").unwrap_or_else(|| Secret::new(String::new())),
        metadata: serde_json::Map::new(),
    }
}

async fn log(
    app: &App,
    place: &Place,
    (connection, email): (&Connection, &str),
    refusal: &Refusal,
    from: Sender,
    now: Timestamp,
) {
    let event = Event::new(EventKind::SignupFailed, now).because(refusal);
    let mut event = event.by(&place.asker.client.id).from(from).named(email);
    event.connection = Some(connection.name.clone());
    record_alone(app, &event).await;
}

fn page(
    place: &Place,
    directory: &Directory,
    (email, username): (&str, &str),
    wrong: Option<Wrong<'_>>,
    strength: &Strength,
) -> Response {
    let rules = rules(strength, matches!(wrong, Some(Wrong::Password(_))));
    let page = SignUp {
        application: &place.asker.client.name,
        organization: directory.organization_name(),
        state: place.handle.as_str(),
        email,
        username: (directory.connection.usernames == Usernames::Required).then_some(username),
        wrong,
        rules: &rules,
    };
    let status = if wrong.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    shown::shown(&page, status, &place.policy())
}

/// Whether there is such an account is nobody's business but its owner's, whom this tells enough.
const fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UserExists => {
            "We could not create an account with this email address. If you have one already, sign in instead."
        }
        Refusal::InvitedOther => "You were invited at another email address. Please sign up with that one.",
        Refusal::SignupClosed => "New accounts cannot be created here.",
        _ => "Please enter a valid email address.",
    }
}

const WEAK: &str = "Password is too weak.";
const BUSY: &str = "Too many accounts were created from your network. Please try again later.";
