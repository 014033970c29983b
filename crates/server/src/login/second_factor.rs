//! `/u/mfa`: something besides the password, enrolled first by who has nothing yet.
//!
//! Whoever sees this page is signed in by one factor: their session opens nothing until it holds two.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::{StatusCode, header::SET_COOKIE};
use keybound_authority::{
    Refusal,
    authorize::prompt::Step,
    event::{Event, EventKind},
    login::factor::Owed,
    model::factor::{FactorKind, Factors, Wanted},
};
use keybound_proto::{secret::Secret, time::Timestamp};

use super::{
    enter::{about, strengthen},
    pages::{Link, Notice, SecondFactor, SetUp},
    place::{Lost, Place},
    shown,
};
use crate::{
    app::App,
    extract::{Parameters, Visitor},
    factor::{Code, Enrolment, Showing, enrol, enrolled, owing},
    failure::{Failure, Reason},
    oauth::authorize::{Matter, Person, standing},
};

/// `GET /u/mfa`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_query(&app, query.as_deref(), &visitor, now).await?;
    let Some(person) = asked(&app, &place, &visitor, now).await? else {
        return Ok(shown::found(&place.address("/authorize/resume")));
    };
    Ok(page(&app, place, (&person, visitor), None, now).await?)
}

/// `POST /u/mfa`
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Lost> {
    let now = app.clock.now();
    let place = Place::of_form(&app, &form, &visitor, now).await?;
    let Some(person) = asked(&app, &place, &visitor, now).await? else {
        return Ok(shown::see_other(&place.address("/authorize/resume")));
    };
    let typed = form.secret("code").unwrap_or_else(|| Secret::new(String::new()));
    let event = about(EventKind::FactorShown, &place.asker.client.id, &person.user, now);
    let subject = &person.user.subject;
    let showing = Showing { app: &app, subject, event: event.from(visitor.from.clone()) };
    let shown = match showing.show(code(&typed)).await {
        Ok(shown) => shown,
        Err(failure) => return Ok(again(&app, place, (&person, visitor), failure, now).await?),
    };
    let back = place.address("/authorize/resume");
    match strengthen(&app, (&person.session, &shown), place.clone(), now).await {
        Ok(response) => Ok(match shown.next_code() {
            Some(next) => written_down(response, next, &back),
            None => response,
        }),
        Err(failure) => Ok(again(&app, place, (&person, visitor), failure, now).await?),
    }
}

/// Of whom a second factor is asked; of nobody when something else comes first, or nothing is owed any more.
async fn asked(
    app: &App,
    place: &Place,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<Option<Person>, Failure> {
    let matter = Matter::read(app, &place.asker, &place.form).await?;
    let pair = (&place.asker, &matter);
    let standing = standing(app, pair, visitor.session.clone(), Some(&place.transaction), now).await?;
    Ok(standing.person.filter(|_| standing.step == Step::SecondFactor))
}

/// Six digits are an authenticator's; whatever else is typed can only be what was written down.
fn code(typed: &Secret<String>) -> Code<'_> {
    let letters = typed.reveal().bytes().any(|byte| byte.is_ascii_alphabetic());
    if letters { Code::Recovery(typed) } else { Code::Otp(typed) }
}

/// The page once more, with what was wrong.
async fn again(
    app: &App,
    place: Place,
    who: (&Person, Visitor),
    failure: Failure,
    now: Timestamp,
) -> Result<Response, Failure> {
    match failure.reason() {
        Reason::Refusal(refusal) => page(app, place, who, Some(refusal), now).await,
        _ => Err(failure),
    }
}

async fn page(
    app: &App,
    mut place: Place,
    (person, visitor): (&Person, Visitor),
    wrong: Option<&Refusal>,
    now: Timestamp,
) -> Result<Response, Failure> {
    let owed = owing(app, &person.user.subject, Factors::One, Wanted::Always).await?;
    let enrolment = match &owed {
        Owed::Enrol(_) => {
            let event = about(EventKind::EnrolmentBegun, &place.asker.client.id, &person.user, now);
            Some(being_enrolled(app, &mut place, person, event.from(visitor.from)).await?)
        }
        _ => None,
    };
    let address = enrolment.as_ref().map(|enrolment| enrolment.address(app, &person.user));
    let set_up = enrolment.as_ref().zip(address.as_ref()).map(|(enrolment, address)| SetUp {
        secret: in_groups(enrolment.key.to_base32().reveal()),
        address: address.reveal(),
        recovery: enrolment.recovery.as_ref().map(|code| code.reveal().as_str()),
    });
    let page = SecondFactor {
        application: &place.asker.client.name,
        state: place.handle.as_str(),
        wrong: wrong.map(said),
        recovery: matches!(&owed, Owed::Show(kinds) if kinds.contains(&FactorKind::RecoveryCode)),
        enrolment: set_up,
    };
    let status = match wrong {
        None => StatusCode::OK,
        Some(Refusal::FactorLocked) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    Ok(shown::shown(&page, status, &place.policy()))
}

/// What this person set up on this page before, or a new key. What somebody else began is never shown: whoever knows
/// the password alone could have begun it, and know the key.
async fn being_enrolled(
    app: &App,
    place: &mut Place,
    person: &Person,
    event: Event,
) -> Result<Enrolment, Failure> {
    let now = event.at;
    let name = place.handle.as_str().as_bytes().to_vec();
    let opened =
        place.transaction.progress.enrolment.as_ref().and_then(|kept| app.browser.open(&name, kept).ok());
    let kept = opened.and_then(|kept| String::from_utf8(kept.reveal().clone()).ok());
    if let Some((id, code)) = kept.as_deref().and_then(|kept| kept.split_once(' ')) {
        let code = Some(code).filter(|code| !code.is_empty());
        if let Some(same) = enrolled(app, &person.user, (id, code)).await? {
            return Ok(same);
        }
    }
    let new = enrol(app, &person.user, event).await?;
    let code = new.recovery.as_ref().map_or("", |code| code.reveal().as_str());
    let kept = Secret::new(format!("{} {code}", new.id));
    place.transaction.progress.enrolment = Some(app.browser.seal(&name, kept.reveal().as_bytes()));
    place.keep(app, now).await?;
    Ok(new)
}

/// The next recovery code, shown this once on the way on.
fn written_down(entered: Response, next: &Secret<String>, back: &str) -> Response {
    let text = format!(
        "Your recovery code is used up. Write down the next one: {}. It lets you in once, should you lose your \
         authenticator.",
        next.reveal()
    );
    let page = Notice {
        heading: "Write down your new recovery code",
        text: &text,
        link: Some(Link { href: back, text: "I have written it down" }),
        detail: None,
    };
    let mut response = shown::shown(&page, StatusCode::OK, &super::content_policy::ContentPolicy::page());
    for cookie in entered.headers().get_all(SET_COOKIE) {
        response.headers_mut().append(SET_COOKIE, cookie.clone());
    }
    response
}

/// Four letters at a time, as people type.
fn in_groups(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

const fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::FactorLocked => "Too many wrong codes were tried. Please try again tomorrow.",
        Refusal::FactorUsed => "This code was used before. Wait for the next one.",
        _ => "The code is wrong. Please try again.",
    }
}
