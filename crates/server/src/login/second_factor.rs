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
    login::{factor::Owed, identifier::Email},
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
    factor::{Code, Enrolment, LetterFor, Showing, address, enrol, enrolled, owing, send},
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
    Ok(page(&app, place, (&person, visitor), Said::Nothing, now).await?)
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
    let (subject, event) = (&person.user.subject, event.from(visitor.from.clone()));
    let letter = LetterFor::page(place.handle.as_str());
    if form.text("action") == Some("email") {
        let sent = send(&app, (subject, &letter), &place.asker.client.name, event).await;
        return Ok(match sent {
            Ok(_) => page(&app, place, (&person, visitor), Said::Sent, now).await?,
            Err(failure) => again(&app, place, (&person, visitor), (failure, By::Authenticator), now).await?,
        });
    }
    let by = if form.text("by") == Some("email") { By::Letter } else { By::Authenticator };
    let code = match by {
        By::Letter => Code::Letter(&typed, &letter),
        By::Authenticator => code(&typed),
    };
    let showing = Showing { app: &app, subject, event };
    let shown = match showing.show(code).await {
        Ok(shown) => shown,
        Err(failure) => return Ok(again(&app, place, (&person, visitor), (failure, by), now).await?),
    };
    let back = place.address("/authorize/resume");
    match strengthen(&app, (&person.session, &shown), place.clone(), now).await {
        Ok(response) => Ok(match shown.next_code() {
            Some(next) => written_down(response, next, &back),
            None => response,
        }),
        Err(failure) => Ok(again(&app, place, (&person, visitor), (failure, by), now).await?),
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
    (failure, by): (Failure, By),
    now: Timestamp,
) -> Result<Response, Failure> {
    match failure.reason() {
        Reason::Refusal(refusal) => page(app, place, who, Said::Wrong(refusal, by), now).await,
        _ => Err(failure),
    }
}

/// What is typed in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// What an authenticator shows, or was written down.
    Authenticator,
    /// What stands in a letter.
    Letter,
}

/// What the page has to say.
#[derive(Clone, Copy)]
enum Said<'a> {
    Nothing,
    /// A letter is on its way.
    Sent,
    /// What was typed in is wrong.
    Wrong(&'a Refusal, By),
}

async fn page(
    app: &App,
    mut place: Place,
    (person, visitor): (&Person, Visitor),
    to_say: Said<'_>,
    now: Timestamp,
) -> Result<Response, Failure> {
    let wrong = match to_say {
        Said::Wrong(refusal, _) => Some(refusal),
        Said::Nothing | Said::Sent => None,
    };
    let owed = owing(app, &person.user.subject, Factors::One, Wanted::Always).await?;
    // Letters stand in for something else, and are the first thing that is enrolled only where nothing else can be.
    let letters_alone = *owed.kinds() == [FactorKind::Email];
    let by_letter = letters_alone || matches!(&owed, Owed::Show(kinds) if kinds.contains(&FactorKind::Email));
    let address = address(app, &person.user.subject).await?.filter(|_| by_letter);
    let masked = address.as_ref().map(Email::masked);
    let enrolment = match &owed {
        Owed::Enrol(_) if !letters_alone => {
            let event = about(EventKind::EnrolmentBegun, &place.asker.client.id, &person.user, now);
            Some(being_enrolled(app, &mut place, person, event.from(visitor.from)).await?)
        }
        _ => None,
    };
    let scanned = enrolment.as_ref().map(|enrolment| enrolment.address(app, &person.user));
    let set_up = enrolment.as_ref().zip(scanned.as_ref()).map(|(enrolment, scanned)| SetUp {
        secret: in_groups(enrolment.key.to_base32().reveal()),
        address: scanned.reveal(),
        recovery: enrolment.recovery.as_ref().map(|code| code.reveal().as_str()),
    });
    let page = SecondFactor {
        application: &place.asker.client.name,
        state: place.handle.as_str(),
        wrong: wrong.map(said),
        recovery: matches!(&owed, Owed::Show(kinds) if kinds.contains(&FactorKind::RecoveryCode)),
        address: masked.as_deref(),
        sent: matches!(to_say, Said::Sent | Said::Wrong(_, By::Letter)),
        letters_alone,
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
pub(super) fn in_groups(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

const fn said(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::FactorLocked => "Too many wrong codes were tried. Please try again tomorrow.",
        Refusal::WrongBindingCode => "The code is wrong, or it is over. Try again, or ask for another one.",
        Refusal::FactorUsed => "This code was used before. Wait for the next one.",
        _ => "The code is wrong. Please try again.",
    }
}
