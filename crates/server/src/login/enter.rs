//! A person comes in: their session begins, under a secret no one has seen before.

use axum::response::Response;
use keybound_authority::{
    event::{Event, EventKind},
    model::{
        factor::Factors,
        name::{OrganizationId, SessionId},
        session::{Session, SignIn},
        tenant::SessionCookie,
        user::User,
    },
};
use keybound_crypto::entropy;
use keybound_proto::{
    id::ClientId,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, events,
    ledger::{logins, sessions},
};

use super::{place::Place, shown};
use crate::{
    app::App,
    extract::{Cookie, Cookies, Visitor, session_digest},
    factor::{Shown, used_by_another},
    failure::{Failure, Reason},
    oauth::backchannel_logout,
    registered,
};

/// Begins a session, and sends the person on with what they came for.
///
/// The cookie is always new, so that nobody knows it who planted or saw the one before. Tokens go on naming the
/// session by its old `sid` when the same person shows once more who they are.
pub(crate) async fn enter(
    app: &App,
    visitor: &Visitor,
    (place, organization): (Place, Option<&OrganizationId>),
    (user, factors): (&User, Factors),
    now: Timestamp,
) -> Result<Response, Failure> {
    let (tenant, lifetimes) = (&app.tenant.id, registered::tenant(app).await?.lifetimes);
    let same = visitor.session.as_ref().filter(|session| session.subject == user.subject);
    let id = match same {
        Some(session) => session.id.clone(),
        None => SessionId::parse(&entropy::alphanumeric(32))
            .map_err(|error| Reason::Internal { detail: error.to_string() })?,
    };
    if let Some(before) = &visitor.session {
        let mut ending = Batch::new();
        sessions::end(&mut ending, tenant, &before.digest);
        if same.is_none() {
            backchannel_logout::ended(&mut ending, app, &before.id, now);
        }
        app.store.apply(ending).await?;
    }
    let mut batch = Batch::new();
    let secret = entropy::token::<32>();
    let session = SignIn {
        digest: session_digest(&secret),
        id,
        subject: user.subject.clone(),
        connection: user.connection.clone(),
        factors,
    }
    .begin(&lifetimes, now);
    sessions::begin(&mut batch, tenant, &session, &visitor.from);
    logins::record(&mut batch, tenant, &user.subject, visitor.from.address, now);
    let mut event = about(EventKind::LoggedIn, &place.asker.client.id, user, now).from(visitor.from.clone());
    event.session = Some(session.id.clone());
    event.organization = organization.cloned();
    events::record(&mut batch, &app.store, tenant, &event);
    app.store.apply(batch).await?;
    go_on(app, place, (&session, &secret), now).await
}

/// Goes on with a session whose person showed a second factor besides, under a secret no one has seen before.
///
/// When they showed who they are stays the moment of the first factor. That the code is used up and that the session
/// says so stand or fall together.
pub(crate) async fn strengthen(
    app: &App,
    (session, shown): (&Session, &Shown),
    place: Place,
    now: Timestamp,
) -> Result<Response, Failure> {
    let secret = entropy::token::<32>();
    let mut batch = Batch::new();
    shown.use_up(app, &mut batch)?;
    sessions::strengthen(&mut batch, &app.tenant.id, session, &session_digest(&secret), now);
    app.store.apply(batch).await.map_err(|error| match used_by_another(&error) {
        Some(refusal) => Failure::from(refusal),
        None => error.into(),
    })?;
    go_on(app, place, (session, &secret), now).await
}

/// Sends the person on with what they came for, and the browser with what opens the session.
async fn go_on(
    app: &App,
    mut place: Place,
    (session, secret): (&Session, &str),
    now: Timestamp,
) -> Result<Response, Failure> {
    place.transaction.progress.signed_in = Some(session.id.as_str().to_owned());
    place.keep(app, now).await?;
    let mut response = shown::see_other(&place.address("/authorize/resume"));
    let lasts = match registered::tenant(app).await?.session_cookie {
        SessionCookie::Persistent => Some(u32::try_from(session.ends_at.since(now)).unwrap_or(u32::MAX)),
        SessionCookie::Transient => None,
    };
    Cookies::at(&app.tenant.issuer).set(&mut response, Cookie::Session, secret, lasts.map(Lifetime::seconds));
    Ok(response)
}

/// Something that happened to a user on their way to a client.
pub(crate) fn about(kind: EventKind, client: &ClientId, user: &User, now: Timestamp) -> Event {
    let mut event = Event::new(kind, now).by(client).about(&user.subject);
    event.user_name = user.profile.email.clone().or_else(|| user.profile.username.clone());
    event.connection = Some(user.connection.clone());
    event
}
