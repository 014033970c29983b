//! How often anybody may ask: the limits of `config::rates`, kept for every machine (RFC 6585 §4).
//!
//! A request is counted before anything is read of it, for the network it comes from or for the tenant; what only the
//! handler can know, the client and the user, it counts itself. The answer says how one stands, as Auth0's does.

mod headers;
mod routes;

use std::{
    future::Future,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use axum::response::{IntoResponse, Response};
use keybound_authority::event::{Event, EventKind};
use keybound_proto::time::{Lifetime, Timestamp};
use keybound_store::{FleetingKey, Notice, Rate, Shares, Standing};

use crate::{
    app::App,
    config::{By, Limited, Rule},
    failure::{Dialect, Failure, Reason, Told, tell},
    login::credentials::bucket,
    record::{Line, Noted},
    tenant_log::record_alone,
};

/// Where requests are counted.
#[derive(Debug, Default)]
pub(crate) struct Turnstiles {
    shares: Shares,
    /// Until when nobody is counted, since the memory did not answer.
    blind_until: AtomicI64,
}

/// Answers a request in the dialect of its route, unless it is one too many.
pub(crate) async fn limited(
    app: &App,
    line: &Line,
    dialect: Dialect,
    answer: impl Future<Output = Response>,
) -> Response {
    let passage = Passage { app, noted: line.noted(), now: app.clock.now() };
    let (counted, refused) = passage.enter(line.route()).await;
    let response = match refused {
        Some(failure) => failure.into_response(),
        None => answer.await,
    };
    let mut response = tell(dialect, response);
    if asks_for_nonce(&response) {
        passage.give_back(&counted).await;
    }
    if let Some(standing) = line.noted().standing() {
        let standing = passage.kept_out(standing, &response);
        headers::say(response.headers_mut(), standing);
    }
    response
}

/// Counts what one client or one user asks, once it is known who they are.
pub(crate) async fn count(app: &App, limited: Limited, name: &str, noted: &Noted) -> Result<(), Failure> {
    let Some(rule) = app.config.limits.rates.of(limited) else { return Ok(()) };
    let passage = Passage { app, noted, now: app.clock.now() };
    passage.count(limited, rule, name.as_bytes()).await.map(|_| ())
}

/// A request on its way in.
struct Passage<'a> {
    app: &'a App,
    noted: &'a Noted,
    now: Timestamp,
}

/// Where a request was counted.
struct Counted {
    rate: Rate,
    key: FleetingKey,
}

impl Passage<'_> {
    /// Counts a request wherever its route is limited: the wider limit first, as Auth0 does.
    async fn enter(&self, route: Option<&str>) -> (Vec<Counted>, Option<Failure>) {
        let mut counted = Vec::new();
        for limited in route.map_or(&[][..], routes::limits) {
            let Some(rule) = self.app.config.limits.rates.of(*limited) else { continue };
            let whose = match rule.by {
                By::Network => bucket(self.noted.sender().address),
                By::Tenant | By::Client | By::User => Vec::new(),
            };
            match self.count(*limited, rule, &whose).await {
                Ok(one) => counted.extend(one),
                Err(failure) => return (counted, Some(failure)),
            }
        }
        (counted, None)
    }

    /// Counts one request. Where the memory does not answer, it passes: a limit protects what stands behind it, and
    /// must not be what fails. What guards passwords and codes is counted elsewhere, and fails closed.
    async fn count(&self, limited: Limited, rule: Rule, whose: &[u8]) -> Result<Option<Counted>, Failure> {
        let key = FleetingKey::new("rate", &[limited.name().as_bytes(), whose]);
        let counted = Counted { rate: rule.rate(), key };
        let Some(standing) = self.spend(&counted.key, counted.rate).await else { return Ok(None) };
        self.noted.stands(standing);
        if let Some(notice) = standing.notice {
            self.record(limited, rule, notice).await;
        }
        if standing.admitted {
            return Ok(Some(counted));
        }
        let wait = standing.next.since(self.now).max(1);
        let retry_after = u32::try_from(wait).unwrap_or(u32::MAX);
        Err(Failure::from(Reason::TooMany { retry_after }).logged())
    }

    /// Whoever was only asked for a nonce comes again at once, and is counted then (RFC 9449 §8). What may be asked
    /// for a nonce has the same limit of its own, so that nobody asks for nonces without end.
    async fn give_back(&self, counted: &[Counted]) {
        for one in counted {
            let asked = FleetingKey::new("rate-nonces", &[one.key.as_bytes().as_slice()]);
            if self.spend(&asked, one.rate).await.is_some_and(|standing| standing.admitted) {
                self.app.turnstiles.shares.give_back(&one.key, one.rate, self.now);
            }
        }
    }

    /// Who is told to wait for another reason, such as guesses at a secret, must not read here that there is room: tools
    /// of Auth0's go by these headers and not by `Retry-After`.
    fn kept_out(&self, standing: Standing, response: &Response) -> Standing {
        let told = response.extensions().get::<Told>();
        match told.map(|Told(failure)| failure.reason()) {
            Some(Reason::TooMany { retry_after }) if standing.admitted => {
                Standing { left: 0, next: self.now.plus(Lifetime::seconds(*retry_after)), ..standing }
            }
            _ => standing,
        }
    }

    async fn spend(&self, key: &FleetingKey, rate: Rate) -> Option<Standing> {
        let Turnstiles { shares, blind_until } = &self.app.turnstiles;
        if self.now.as_unix() < blind_until.load(Ordering::Relaxed) {
            return None;
        }
        let spent = shares.spend(&self.app.fleeting, key, rate, self.now);
        let error = match tokio::time::timeout(PATIENCE, spent).await {
            Ok(Ok(standing)) => return Some(standing),
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(%error, "requests are not counted for a second");
        blind_until.store(self.now.as_unix().saturating_add(1), Ordering::Relaxed);
        None
    }

    async fn record(&self, limited: Limited, rule: Rule, notice: Notice) {
        let (kind, what) = match notice {
            Notice::Nearly => (EventKind::RateLimitNear, "four fifths are used"),
            Notice::Refused => (EventKind::RateLimited, "a request was refused"),
        };
        let Rule { by, burst, requests, seconds } = rule;
        let (name, by) = (limited.name(), by.name());
        let text = format!("limit {name} of one {by} ({burst}, then {requests} in {seconds} s): {what}");
        let mut event =
            Event::new(kind, self.now).because_of("limit.rate", &text).from(self.noted.sender().clone());
        event.client = self.noted.who().cloned();
        event.subject = self.noted.whom().cloned();
        record_alone(self.app, &event).await;
    }
}

fn asks_for_nonce(response: &Response) -> bool {
    let told = response.extensions().get::<Told>();
    told.is_some_and(
        |Told(failure)| matches!(failure.reason(), Reason::Proof(error) if error.asks_for_nonce()),
    )
}

/// How long the memory may take to count.
const PATIENCE: Duration = Duration::from_secs(5);
