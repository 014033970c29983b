//! One turn: a person is sent to the page that comes next, or back with an answer.

use axum::response::Response;
use keybound_authority::{
    Refusal,
    atproto::check_request,
    authorize::{
        prompt::Step,
        push::arrive,
        response::{Agreement, Fresh, code},
    },
    event::{Event, EventKind},
    model::name::FamilyId,
};
use keybound_crypto::entropy;
use keybound_proto::{form::Form, response::authorization::Outcome, secret::Secret, time::Timestamp};
use keybound_store::{
    Batch, FleetingKey, events,
    ledger::{codes, sessions},
};

use super::{
    Asker, Matter, Standing, front,
    join::{join, joined},
    reply::{grant, refuse},
    standing,
    standing::Person,
};
use crate::{
    app::App,
    extract::{Cookie, Cookies, Visitor},
    failure::{Failure, Reason, RequestFailure},
    login::{
        credentials::bucket,
        place::Place,
        shown,
        transaction::{Browser, Transaction},
    },
    oauth::backchannel_logout,
    tenant_log::{self, record_alone},
};

/// Sends the person on. What fails here goes back to the client.
pub(super) async fn turn(
    app: &App,
    (asker, form): (&Asker, &Form),
    visitor: Visitor,
    place: Option<Place>,
    now: Timestamp,
) -> Response {
    let from = visitor.from.clone();
    match go_on(app, (asker, form), visitor, place, now).await {
        Ok(response) => response,
        Err(failure) => {
            let kind = asker.approach.failed(form, &failure);
            if tenant_log::is_refusal(&failure) {
                let event = tenant_log::refusal(&failure, kind, now).by(&asker.client.id).from(from);
                record_alone(app, &event).await;
            }
            refuse(app, asker, failure.logged(), now).await
        }
    }
}

async fn go_on(
    app: &App,
    (asker, form): (&Asker, &Form),
    visitor: Visitor,
    mut place: Option<Place>,
    now: Timestamp,
) -> Result<Response, Failure> {
    arrive(&asker.client, asker.approach.arrival())?;
    if let Some(place) = place.as_ref().filter(|place| place.waits_for_confirmation()) {
        return Ok(shown::found(&place.address("/activate/confirm")));
    }
    let matter = Matter::read(app, asker, form).await?;
    check_request(&asker.client, matter.target.api(), &matter.asked, asker.approach.arrival())?;
    let transaction = place.as_ref().map(|place| &place.transaction);
    let standing = standing(app, (asker, &matter), visitor.session.clone(), transaction, now).await;
    let standing = match (standing, &mut place) {
        (Err(failure), Some(place)) if matches!(failure.reason(), Reason::Refusal(_)) => {
            place.transaction.finish(now);
            place.keep(app, now).await?;
            return Err(failure);
        }
        (standing, _) => standing?,
    };
    let approval = place.as_ref().is_some_and(Place::waits_for_approval);
    let page = match standing.step {
        // Whoever signed in is the one who was called. What they are asked comes last, and each time.
        Step::Issue if approval => "/approve/confirm",
        Step::Issue if asker.approach.call().is_some() && place.is_none() => "/approve/confirm",
        Step::Issue => return finish(app, (asker, &matter), standing, visitor, place, now).await,
        Step::Consent(_) => "/u/consent",
        Step::SecondFactor => "/u/mfa",
        Step::SignUp => "/u/signup",
        Step::SignIn if matter.request.screen_hint.as_deref() == Some("signup") => "/u/signup",
        Step::SignIn => "/u/login",
    };
    match place {
        Some(place) => Ok(shown::found(&place.address(page))),
        None => to_page(app, (asker, form), visitor, page, now).await,
    }
}

/// Begins a transaction, and shows its first page.
pub(crate) async fn to_page(
    app: &App,
    (asker, form): (&Asker, &Form),
    visitor: Visitor,
    page: &str,
    now: Timestamp,
) -> Result<Response, Failure> {
    // What is begun is kept for an hour: nobody may fill the memory with what nobody will finish.
    let begun = FleetingKey::new("login-begun", &[&bucket(visitor.from.address)]);
    if app.fleeting.count(&begun, Transaction::WINDOW, now).await? > Transaction::MOST {
        return Err(Reason::TooMany { retry_after: Transaction::WINDOW.as_secs() }.into());
    }
    if form.encode().len() > Transaction::LARGEST {
        return Err(RequestFailure::TooLarge { limit: Transaction::LARGEST }.into());
    }
    let browser = visitor.browser.unwrap_or_else(Browser::new);
    let (handle, transaction) = Transaction::begin((form, &asker.approach), &browser, now);
    transaction.keep(&handle, &app.fleeting, now).await?;
    let mut response = shown::found(&format!("{page}?state={}", handle.as_str()));
    Cookies::at(&app.tenant.issuer).set(
        &mut response,
        Cookie::Browser,
        browser.as_str(),
        Some(Browser::LIFETIME),
    );
    Ok(response)
}

/// Issues the code, or the tokens. What was agreed, and that it was, stand or fall together.
async fn finish(
    app: &App,
    (asker, matter): (&Asker, &Matter),
    standing: Standing,
    visitor: Visitor,
    place: Option<Place>,
    now: Timestamp,
) -> Result<Response, Failure> {
    let Some(Person { session, user }) = standing.person else {
        return Err(Refusal::LoginRequired.into());
    };
    asker.approach.spend(app, place.as_ref().map(|place| &place.handle), now).await?;
    let agreed = Agreement {
        client: &asker.client,
        trusted: &asker.trusted,
        asked: &matter.asked,
        scopes: &standing.scopes,
        session: &session,
        organization: matter.organization.as_ref(),
    };
    let tenant = &app.tenant.id;
    let mut batch = Batch::new();
    let answer = match matter.asked.response_type.is_implicit() {
        true => Outcome::Tokens(Box::new(front::signed(app, (&agreed, matter), &user, now).await?)),
        false => {
            let secret = entropy::token::<32>();
            let (digest, lifetime) = asker.approach.grant(app, &secret, now).await?;
            let family = FamilyId::parse(&entropy::token::<16>())
                .map_err(|error| Reason::Internal { detail: error.to_string() })?;
            codes::issue(&mut batch, tenant, &code(&agreed, Fresh { digest, family }, lifetime, now));
            Outcome::Code(Secret::new(secret))
        }
    };
    backchannel_logout::enlist(&mut batch, app, &session, &asker.client);
    join(&mut batch, app, (asker, matter), (&user, standing.entry), (&visitor.from, now));
    sessions::touch(&mut batch, tenant, &session, (&asker.client.id, &visitor.from), now);
    let here = place.as_ref().and_then(|place| place.transaction.progress.signed_in.as_deref());
    if here != Some(session.id.as_str()) {
        // Who signed in on the way was recorded then.
        let mut event = Event::new(EventKind::LoggedInSilently, now)
            .by(&asker.client.id)
            .about(&user.subject)
            .from(visitor.from);
        event.user_name = user.profile.email.clone();
        event.connection = Some(session.connection.clone());
        event.session = Some(session.id.clone());
        event.organization = matter.organization.as_ref().map(|organization| organization.id.clone());
        event.audience = matter.asked.audience.clone();
        event.scopes = Some(standing.scopes.clone());
        events::record(&mut batch, &app.store, tenant, &event);
    }
    asker.approach.issued(joined(app.store.apply(batch).await)?)?;
    if let Some(mut place) = place {
        place.transaction.finish(now);
        place.keep(app, now).await?;
    }
    Ok(grant(app, asker, answer, now).await)
}
