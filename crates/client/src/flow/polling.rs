//! Waiting for a user elsewhere: at another screen, or with a telephone in hand.

use std::time::Duration;

use keybound_proto::{
    code::ErrorCode,
    request::token::TokenRequest,
    scope::Scopes,
    time::{Lifetime, Timestamp},
};

use crate::{Ambient, Client, ClientError, Exchange, Tokens, drive, http::Http};

/// Somebody who waits for a user, and asks no more often than they may: a device (RFC 8628 §3.4), a client that had a
/// user called (CIBA Core §10.1), or one whose user confirms on a telephone (Auth0's `mfa-oob`). `T` is what the
/// server told at the beginning. Every question carries a proof of its own.
#[derive(Clone, Debug)]
pub struct Polling<'a, T> {
    client: &'a Client,
    request: TokenRequest,
    asked: Option<Scopes>,
    told: T,
    expires: Timestamp,
    wait: Duration,
}

impl<'a, T> Polling<'a, T> {
    pub(crate) fn new(
        client: &'a Client,
        request: TokenRequest,
        told: T,
        (every, expires): (Lifetime, Timestamp),
    ) -> Self {
        let wait = Duration::from_secs(every.max(Lifetime::seconds(1)).as_secs().into());
        Self { client, request, asked: None, told, expires, wait }
    }

    /// Says what was asked for at the beginning: see [`Exchange::asked`]. A device's request and a call know it.
    #[must_use]
    pub fn asked(self, scopes: Option<Scopes>) -> Self {
        Self { asked: scopes, ..self }
    }

    /// What the server told: for a device, the code to show to the user and where to type it in.
    pub const fn told(&self) -> &T {
        &self.told
    }

    /// When it is over.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How long to wait before the server is asked (again).
    pub const fn pause(&self) -> Duration {
        self.wait
    }

    /// Asks whether the user is done.
    pub fn question(&self) -> Exchange<'a> {
        Exchange::new(self.client, self.request.clone()).asked(self.asked.clone())
    }

    /// What to do after an answer: `None` is to wait and to ask again (RFC 8628 §3.5, CIBA Core §11).
    ///
    /// `slow_down` makes every wait longer by five seconds, an answer that got lost doubles it, and a busy server
    /// is not asked before it wants to be.
    pub fn heard(
        &mut self,
        answer: Result<Tokens, ClientError>,
        now: Timestamp,
    ) -> Result<Option<Tokens>, ClientError> {
        let error = match answer {
            Ok(tokens) => return Ok(Some(tokens)),
            Err(error) => error,
        };
        let lost = matches!(error, ClientError::Transport(_) | ClientError::Status { status: 500.. });
        self.wait = match (error.refusal(), error.retry_after()) {
            (Some(ErrorCode::SlowDown), after) => (self.wait + SLOWER).max(after.unwrap_or_default()),
            (_, Some(after)) => self.wait.max(after),
            (Some(ErrorCode::AuthorizationPending), _) => self.wait,
            _ if lost => (self.wait * 2).min(LONGEST.max(self.wait)),
            _ => return Err(error),
        };
        let next = Lifetime::seconds(u32::try_from(self.wait.as_secs()).unwrap_or(u32::MAX));
        if now.plus(next) >= self.expires { Err(ClientError::Timeout) } else { Ok(None) }
    }

    /// Waits for the user, as long as the server does.
    pub async fn wait(mut self, http: &impl Http, ambient: &impl Ambient) -> Result<Tokens, ClientError> {
        loop {
            ambient.pause(self.wait).await;
            let answer = drive(self.question(), http, ambient).await;
            if let Some(tokens) = self.heard(answer, ambient.now())? {
                return Ok(tokens);
            }
        }
    }
}

/// RFC 8628 §3.5, CIBA Core §11.
const SLOWER: Duration = Duration::from_secs(5);

/// Longest wait after answers that got lost.
const LONGEST: Duration = Duration::from_secs(60);
