//! What the tenant log keeps of refusals: each one, with Auth0's code, but never so many that they fill the disk.
//!
//! Whoever cannot even say who they are can be refused without end. So there is room for a number of refusals an
//! hour, from one network and from all; beyond it one entry says that there are more, and they are only counted.

use keybound_authority::event::{Event, EventKind, Sender};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::{Batch, FleetingKey, StoreError, events};

use crate::{
    app::App,
    failure::{AccessFailure, Failure, Reason, RequestFailure},
    login::credentials::bucket,
    metered,
    record::Noted,
};

/// Records an event that changes nothing. A person is not turned away because it could not be written.
pub(crate) async fn record_alone(app: &App, event: &Event) {
    let written = match room(app, event).await {
        Ok(Room::Left) => write(app, event).await,
        Ok(Room::JustFull) => write(app, &full(event)).await,
        Ok(Room::Full) => {
            metered::unrecorded(event.kind.code());
            Ok(())
        }
        Err(error) => Err(error),
    };
    if let Err(error) = written {
        tracing::error!(%error, kind = event.kind.code(), "an event was not recorded");
    }
}

/// Records a refusal of which the handler said nothing, if it is one that the log keeps.
pub(crate) async fn record_refusal(app: &App, route: &str, failure: &Failure, noted: &Noted, from: Sender) {
    if failure.is_logged() || !is_refusal(failure) {
        return;
    }
    let Some(kind) = kind(route, failure.reason()) else { return };
    let mut event = refusal(failure, kind, app.clock.now()).from(from);
    event.client = noted.who().cloned();
    event.subject = noted.whom().cloned();
    record_alone(app, &event).await;
}

/// The event of a refusal; `kind` is what it is unless somebody asked too often.
pub(crate) fn refusal(failure: &Failure, kind: EventKind, now: Timestamp) -> Event {
    let kind = if matches!(failure.reason(), Reason::TooMany { .. }) { EventKind::RateLimited } else { kind };
    let answer = failure.answer();
    let detail = failure.reason().detail().unwrap_or_else(|| answer.description.into_owned());
    Event::new(kind, now).because_of(answer.reason, &detail)
}

/// Whether a failure is a refusal. What asks for a nonce is none, and what failed on our side is no event; nor is
/// what never became a request of any protocol of ours.
pub(crate) fn is_refusal(failure: &Failure) -> bool {
    use RequestFailure::{Awaited, Host, Interrupted, Method, NoSuchPath, TooSlow};

    match failure.reason() {
        Reason::Proof(error) => !error.asks_for_nonce() && !failure.answer().auth0.is_server_error(),
        Reason::Internal { .. } | Reason::Unavailable { .. } => false,
        Reason::Request(Awaited | Host | Interrupted | Method | NoSuchPath | TooSlow) => false,
        _ => true,
    }
}

/// What Auth0 calls a refusal at that door. Of the Management API it has codes for what was done only: there the log
/// keeps who was not let in.
fn kind(route: &str, reason: &Reason) -> Option<EventKind> {
    match route {
        "/oauth/token" | "/oauth/revoke" | "/oauth/introspect" | "/userinfo" => Some(EventKind::LoginFailed),
        "/bc-authorize" => Some(EventKind::BackchannelNotBegun),
        "/mfa/challenge" | "/mfa/associate" | "/mfa/authenticators" | "/mfa/authenticators/{id}" => {
            Some(EventKind::FactorFailed)
        }
        "/oauth/device/code" => Some(EventKind::DeviceAuthorizationRefused),
        "/activate" | "/activate/confirm" => Some(EventKind::DeviceActivationFailed),
        "/oauth/par" => Some(EventKind::PushRefused),
        "/authorize" | "/authorize/resume" | "/u/login" | "/u/mfa" | "/u/consent" | "/approve"
        | "/approve/confirm" => Some(EventKind::LoginFailed),
        "/passwordless/start" => Some(EventKind::PasswordlessRefused),
        "/dbconnections/signup" | "/u/signup" => Some(EventKind::SignupFailed),
        "/v2/logout" | "/oidc/logout" | "/oidc/logout/confirm" => Some(EventKind::LogoutFailed),
        _ if route.starts_with("/api/v2/") || route.starts_with("/oidc/register") => match reason {
            // Who shows nothing at all only looks whether there is a door.
            Reason::Access { failure: AccessFailure::Missing, .. } => None,
            Reason::Access { .. } | Reason::Proof(_) | Reason::TooMany { .. } => Some(EventKind::LoginFailed),
            _ => None,
        },
        _ => None,
    }
}

enum Room {
    Left,
    JustFull,
    Full,
}

async fn room(app: &App, event: &Event) -> Result<Room, StoreError> {
    let pool = pool(event.kind);
    let network = FleetingKey::new("refusals-of-network", &[pool, &bucket(event.from.address)]);
    let all = FleetingKey::new("refusals-of-all", &[pool]);
    for (key, most) in [(network, OF_NETWORK), (all, OF_ALL)] {
        let count = app.fleeting.count(&key, WINDOW, event.at).await?;
        if count > most {
            return Ok(if count == most + 1 { Room::JustFull } else { Room::Full });
        }
    }
    Ok(Room::Left)
}

/// Failures of people have room of their own: a flood of requests must not hide who guesses passwords.
const fn pool(kind: EventKind) -> &'static [u8] {
    use EventKind::{
        AccountBlocked, AddressBlocked, FactorBlocked, FactorFailed, PasswordRefused, RecoveryBlocked,
        RecoveryFailed, SignupFailed, UnknownUser, WrongPassword,
    };

    match kind {
        AccountBlocked | AddressBlocked | FactorBlocked | FactorFailed | PasswordRefused
        | RecoveryBlocked | RecoveryFailed | SignupFailed | UnknownUser | WrongPassword => b"people",
        _ => b"requests",
    }
}

/// The last entry there is room for.
fn full(event: &Event) -> Event {
    let full = Event::new(EventKind::RateLimited, event.at).from(event.from.clone());
    full.because_of("limit.rate", "further refusals are counted and not recorded before the hour is over")
}

async fn write(app: &App, event: &Event) -> Result<(), StoreError> {
    let mut batch = Batch::new();
    events::record(&mut batch, &app.store, &app.tenant.id, event);
    app.store.apply(batch).await.map(|_| ())
}

/// How long room is counted.
const WINDOW: Lifetime = Lifetime::seconds(3600);

/// How many refusals of one network are recorded in that time.
const OF_NETWORK: u64 = 1_000;

/// How many of all networks.
const OF_ALL: u64 = 10_000;
