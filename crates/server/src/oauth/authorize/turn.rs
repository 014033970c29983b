//! One turn: a person is sent to the page that comes next, or back with an answer.

use axum::response::Response;
use keybound_authority::{
    Refusal,
    authorize::{
        prompt::Step,
        push::arrive,
        response::{Agreement, Fresh, code},
    },
    event::{Event, EventKind},
    model::{digest::CodeDigest, name::FamilyId},
};
use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    form::Form, jose::Digest as _, response::authorization::AuthorizationResponse, secret::Secret,
    time::Timestamp,
};
use keybound_store::{
    Batch, FleetingKey, events,
    ledger::{codes, sessions},
};

use super::{
    Asker, Matter, Standing,
    reply::{refuse, reply},
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
            let silent = form.text("prompt") == Some("none");
            let kind = if asker.device.is_some() {
                match failure.reason() {
                    Reason::Refusal(Refusal::ConsentDenied) => EventKind::DeviceDeclined,
                    _ => EventKind::DeviceActivationFailed,
                }
            } else if silent {
                EventKind::SilentLoginFailed
            } else {
                EventKind::LoginFailed
            };
            if tenant_log::is_refusal(&failure) {
                let event = tenant_log::refusal(&failure, kind, now).by(&asker.client.id).from(from);
                record_alone(app, &event).await;
            }
            match asker.device {
                Some(device) => device.refuse(app, failure.logged(), now).await,
                None => refuse(app, asker, failure.logged()),
            }
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
    arrive(&asker.client, asker.arrival())?;
    if let Some(place) = place.as_ref().filter(|place| place.waits_for_confirmation()) {
        return Ok(shown::found(&place.address("/activate/confirm")));
    }
    let matter = Matter::read(app, asker, form).await?;
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
    let page = match standing.step {
        Step::Issue => return finish(app, (asker, &matter), standing, visitor, place, now).await,
        Step::Consent(_) => "/u/consent",
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
    let (handle, transaction) = Transaction::begin((form, asker.pushed.as_ref()), &browser, now);
    let transaction = transaction.of_device(asker.device);
    transaction.keep(&handle, &app.fleeting, now).await?;
    let mut response = shown::found(&format!("{page}?state={}", handle.as_str()));
    Cookies::at(&app.tenant.issuer).set(&mut response, Cookie::Browser, browser.as_str(), Browser::LIFETIME);
    Ok(response)
}

/// Issues the code. What was agreed, and that it was, stand or fall together.
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
    if let Some(pushed) = &asker.pushed {
        pushed.spend(app, place.as_ref().map(|place| &place.handle), now).await?;
    }
    let secret = entropy::token::<32>();
    let (digest, lifetime) = match asker.device {
        Some(device) => (device.digest(), device.left(app, now).await?),
        None => (CodeDigest::from_bytes(AwsLc.sha256(&[secret.as_bytes()])), app.tenant.lifetimes.code),
    };
    let family = FamilyId::parse(&entropy::token::<16>())
        .map_err(|error| Reason::Internal { detail: error.to_string() })?;
    let fresh = Fresh { digest, family };
    let agreed = Agreement {
        client: &asker.client,
        trusted: &asker.trusted,
        asked: &matter.asked,
        scopes: &standing.scopes,
        session: &session,
    };
    let code = code(&agreed, fresh, lifetime, now);
    let tenant = &app.tenant.id;
    let mut batch = Batch::new();
    codes::issue(&mut batch, tenant, &code);
    sessions::touch(&mut batch, tenant, &session, now);
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
        event.audience = matter.asked.audience.clone();
        event.scopes = Some(standing.scopes.clone());
        events::record(&mut batch, &app.store, tenant, &event);
    }
    match (app.store.apply(batch).await, asker.device) {
        // Forms are sent twice: the first was enough.
        (Err(error), Some(_)) if error.conflict() == Some(codes::NEW) => {}
        (applied, _) => drop(applied?),
    }
    if let Some(mut place) = place {
        place.transaction.finish(now);
        place.keep(app, now).await?;
    }
    if asker.device.is_some() {
        return Ok(shown::notice("Your device is connected", CONNECTED));
    }
    Ok(reply(app, asker, AuthorizationResponse::code(Secret::new(secret))))
}

const CONNECTED: &str = "It goes on by itself in a few seconds. You can close this page.";
