//! The very same request again, because its answer was lost.
//!
//! auth0-spa-js and OkHttp repeat a request whose connection broke with its proof unchanged. Such a client gets
//! the answer it lost, for as long as the operator allows; any other second use of a proof is a replay.

use std::time::Duration;

use http::HeaderMap;
use keybound_authority::model::client::Client;
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Checked, ProofError},
    jose::Digest as _,
    secret::Secret,
    time::Timestamp,
};
use keybound_store::FleetingKey;
use serde::{Deserialize, Serialize};

use super::redeeming::Refused;
use crate::{
    app::App,
    extract::possession::DPOP,
    failure::{Failure, Reason},
};

/// A successful answer.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Answered {
    /// The JSON.
    pub(super) body: String,
    /// A fresh nonce, where one is due.
    pub(super) nonce: Option<String>,
}

/// What became of the first request with a proof.
#[derive(Deserialize, Serialize)]
struct Kept {
    /// Of which body: with another one a second use of the proof is a replay.
    body: [u8; 32],
    /// What was answered, unless it was refused.
    answered: Option<Answered>,
}

/// Where the answer to a request is kept: only who sends the same proof finds it, and only with the same body gets it.
pub(super) struct Retry {
    name: [u8; 32],
    body: [u8; 32],
    issued: Timestamp,
}

impl Retry {
    /// For public clients with a proof, where the operator has it on.
    pub(super) fn of(
        app: &App,
        client: &Client,
        (headers, checked): (&HeaderMap, &Checked),
        body: &[u8],
    ) -> Option<Self> {
        let proof = headers.get(DPOP)?;
        let wanted = app.config.token.idempotent_retry && client.is_public();
        wanted.then(|| Self {
            name: AwsLc.sha256(&[b"answer", proof.as_bytes()]),
            body: AwsLc.sha256(&[body]),
            issued: checked.issued(),
        })
    }

    /// The answer that was given, or is about to be; `refused` when there is none.
    pub(super) async fn answer_again(&self, app: &App, refused: Failure) -> Result<Answered, Refused> {
        if !matches!(refused.reason(), Reason::Proof(ProofError::Replayed)) {
            return Err(refused.into());
        }
        let mut pause = FIRST_PAUSE;
        for _ in 0..LOOKS {
            let now = app.clock.now();
            match app.fleeting.peek(&self.key(), now).await? {
                Some(sealed) => return self.open(app, &sealed).ok_or_else(|| refused.into()),
                // What was made so long ago was answered long ago.
                None if self.issued.plus(app.config.token.retry_window) < now => break,
                // Claimed, and not answered yet: the first of the two is still at work.
                None => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        Err(refused.into())
    }

    /// Keeps the answer, or that there was none but a refusal.
    pub(super) async fn keep(&self, app: &App, answered: Option<&Answered>) {
        let now = app.clock.now();
        let until = now.plus(app.config.token.retry_window);
        let kept = Kept { body: self.body, answered: answered.cloned() };
        let written = Secret::new(serde_json::to_vec(&kept).unwrap_or_default());
        let sealed = app.answers.seal(&self.name, &written.reveal()[..]);
        if let Err(error) = app.fleeting.keep(&self.key(), &sealed, until, now).await {
            tracing::warn!(%error, "an answer was not kept for a client that may have lost it");
        }
    }

    /// The answer to this very body.
    fn open(&self, app: &App, sealed: &[u8]) -> Option<Answered> {
        let opened = app.answers.open(&self.name, sealed).ok()?;
        let kept: Kept = serde_json::from_slice(opened.reveal()).ok()?;
        kept.answered.filter(|_| kept.body == self.body)
    }

    fn key(&self) -> FleetingKey {
        FleetingKey::of_hash(self.name)
    }
}

/// How often to look for an answer that is on its way: over three seconds in all.
const LOOKS: u32 = 7;

/// How long after the first look; twice as long after each that follows.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
