//! What a person is in the middle of, between the authorization request and its answer.
//!
//! It is named by a secret that only the person's own pages hold, and opens only in the browser it began in: a
//! form of another site knows neither, and a stranger's half-finished sign-in cannot be pushed onto somebody else
//! (login CSRF). Every request has its own, so that several tabs do not disturb each other.

use keybound_crypto::{AwsLc, entropy};
use keybound_proto::{
    form::{Form, FormError},
    jose::Digest as _,
    request::authorization::AuthorizationRequest,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Fleeting, FleetingKey, StoreError};
use serde::{Deserialize, Serialize};

use crate::oauth::authorize::Approach;

/// How a page names the transaction it belongs to: the `state` of our own addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handle(String);

/// The secret a browser keeps across all its tabs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Browser(String);

/// What was asked, and how far the person has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    browser: [u8; 32],
    request: String,
    began_at: i64,
    ends_at: i64,
    /// The way it came.
    pub(crate) approach: Approach,
    /// How far.
    pub(crate) progress: Progress,
}

/// How far a person has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// The session in which they showed who they are, here and now: its `sid`.
    pub(crate) signed_in: Option<String>,
    /// Who said what to the consent page.
    pub(crate) consent: Option<(String, Answered)>,
    /// Whether they said that the code is the one their device shows.
    #[serde(default)]
    pub(crate) confirmed: bool,
    /// What they are enrolling, sealed: what they write down is shown until they have shown it.
    #[serde(default)]
    pub(crate) enrolment: Option<Vec<u8>>,
    /// When the answer left.
    finished_at: Option<i64>,
}

/// What a person said to the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answered {
    /// Yes.
    Accepted,
    /// No.
    Declined,
}

impl Handle {
    /// A new one: 256 bits.
    fn new() -> Self {
        Self(entropy::token::<32>())
    }

    /// Takes what a page sent; whether there is such a transaction shows later.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        is_token(text).then(|| Self(text.to_owned()))
    }

    /// Its text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> FleetingKey {
        FleetingKey::new("login", &[self.0.as_bytes()])
    }
}

impl Browser {
    /// How long a browser is remembered: longer than any transaction.
    pub(crate) const LIFETIME: Lifetime = Lifetime::seconds(30 * 24 * 3600);

    /// One that was not here before.
    pub(crate) fn new() -> Self {
        Self(entropy::token::<32>())
    }

    /// The browser of a cookie.
    pub(crate) fn parse(cookie: &str) -> Option<Self> {
        is_token(cookie).then(|| Self(cookie.to_owned()))
    }

    /// Its text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn digest(&self) -> [u8; 32] {
        AwsLc.sha256(&[self.0.as_bytes()])
    }
}

impl Transaction {
    /// How long a person may take. Auth0 gives an hour, too.
    pub(crate) const LIFETIME: Lifetime = Lifetime::seconds(3600);

    /// Longest request that is kept.
    pub(crate) const LARGEST: usize = 32 * 1024;

    /// How many one address may begin.
    pub(crate) const MOST: u64 = 1_000;

    /// In which time.
    pub(crate) const WINDOW: Lifetime = Lifetime::seconds(600);

    /// Begins one.
    pub(crate) fn begin(
        (request, approach): (&Form, &Approach),
        browser: &Browser,
        now: Timestamp,
    ) -> (Handle, Self) {
        let transaction = Self {
            browser: browser.digest(),
            request: request.encode(),
            began_at: now.as_unix(),
            ends_at: now.plus(Self::LIFETIME).as_unix(),
            approach: approach.clone(),
            progress: Progress::default(),
        };
        (Handle::new(), transaction)
    }

    /// Keeps it as it is now.
    pub(crate) async fn keep(
        &self,
        handle: &Handle,
        memory: &Fleeting,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Ok(value) = serde_json::to_vec(self) else {
            unreachable!("text, numbers and booleans always have a JSON")
        };
        memory.keep(&handle.key(), &value, Timestamp::from_unix(self.ends_at), now).await
    }

    /// Finds the transaction of a page, if it began in this browser and has not ended.
    pub(crate) async fn find(
        handle: &Handle,
        browser: &Browser,
        memory: &Fleeting,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Some(value) = memory.peek(&handle.key(), now).await? else { return Ok(None) };
        let found: Option<Self> = serde_json::from_slice(&value).ok();
        Ok(found.filter(|found| found.browser == browser.digest() && now.as_unix() < found.ends_at))
    }

    /// The request as it came. Once it is answered its invitation, which is accepted only once, is no part of it.
    pub(crate) fn request(&self) -> Result<Form, FormError> {
        let form = Form::parse_repeatable(self.request.as_bytes(), AuthorizationRequest::REPEATABLE)?;
        if !self.is_finished() {
            return Ok(form);
        }
        let kept = form.pairs().filter(|(name, _)| *name != "invitation");
        Ok(kept.fold(Form::new(), |form, (name, value)| form.with(name, value)))
    }

    /// The answer leaves.
    pub(crate) fn finish(&mut self, now: Timestamp) {
        self.progress.finished_at = Some(now.as_unix());
    }

    /// Whether the answer has left.
    pub(crate) const fn is_finished(&self) -> bool {
        self.progress.finished_at.is_some()
    }

    /// Whether the answer has left, and so long ago that this is no second click of the same hand.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        let finished = self.progress.finished_at.map(Timestamp::from_unix);
        finished.is_some_and(|at| now > at.plus(SECOND_CLICK))
    }

    /// When it began.
    pub(crate) fn began_at(&self) -> Timestamp {
        Timestamp::from_unix(self.began_at)
    }
}

/// 256 bits of base64url, as [`entropy::token`] makes them.
fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// How long a form that was sent twice is answered twice.
const SECOND_CLICK: Lifetime = Lifetime::seconds(30);
