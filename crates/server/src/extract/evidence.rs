//! What a request shows that serves once: a client's assertion and a proof.

use http::HeaderMap;
use keybound_authority::{Refusal, authenticate_client::Authenticated, model::client::Client};
use keybound_proto::{
    dpop::{Checked, Possession},
    id::ClientId,
    request::client::{AssertionError, CheckedAssertion},
    time::Timestamp,
};
use keybound_store::FleetingKey;

use super::possession::{self, Asked, remembered};
use crate::{
    app::App,
    failure::{ClientHeader, Failure, Reason},
};

/// A client that showed who it is. Whoever wants to do something for it takes its evidence, too.
#[derive(Debug)]
pub(crate) struct Known(Authenticated);

/// An assertion and a proof, both checked and neither claimed.
#[derive(Debug)]
#[must_use = "what is not claimed can be shown again"]
pub(crate) struct Evidence {
    assertion: Option<(ClientId, CheckedAssertion)>,
    proof: Option<Checked>,
    /// Whether a proof that does not stand is passed over, and the first that did not.
    lenient: bool,
    passed_over: Option<&'static str>,
}

/// What is left of evidence once it was claimed.
#[derive(Debug)]
pub(crate) struct Claimed {
    /// The key that was shown.
    pub(crate) held: Option<Possession>,
    /// Why a proof did not stand that was passed over.
    pub(crate) passed_over: Option<&'static str>,
}

impl Known {
    pub(super) const fn new(authenticated: Authenticated) -> Self {
        Self(authenticated)
    }

    /// Which.
    pub(crate) const fn client(&self) -> &Client {
        &self.0.client
    }

    /// The client, and what it showed along with a request to that endpoint. The proof is judged here.
    pub(crate) fn evidence(
        self,
        app: &App,
        headers: &HeaderMap,
        path: &str,
        now: Timestamp,
    ) -> Result<(Client, Evidence), Failure> {
        let checked = possession::check(app, headers, &Asked::of_client(app, self.client(), path), now);
        let (client, evidence) = self.without_proof();
        let lenient = client.adoption.passes_over_bad_proofs();
        let (proof, passed_over) = match checked {
            Ok(proof) => (proof, None),
            Err(failure) => (None, Some(overlooked(failure, lenient)?)),
        };
        Ok((client, Evidence { proof, lenient, passed_over, ..evidence }))
    }

    /// The client, and the key that it showed if it did: all that serves once is claimed.
    pub(crate) async fn shown(
        self,
        app: &App,
        headers: &HeaderMap,
        path: &str,
        now: Timestamp,
    ) -> Result<(Client, Option<Possession>), Failure> {
        let nonce = |failure| possession::with_nonce(failure, || app.nonce(now));
        let (client, evidence) = self.evidence(app, headers, path, now).map_err(nonce)?;
        let held = evidence.claim(app, now).await.map_err(nonce)?;
        Ok((client, held))
    }

    /// The same where nobody asks for a proof.
    pub(crate) fn without_proof(self) -> (Client, Evidence) {
        let Authenticated { client, assertion } = self.0;
        let assertion = assertion.map(|assertion| (client.id.clone(), assertion));
        (client, Evidence { assertion, proof: None, lenient: false, passed_over: None })
    }
}

impl Evidence {
    /// The proof, if one was sent.
    pub(crate) const fn proof(&self) -> Option<&Checked> {
        self.proof.as_ref()
    }

    /// Claims both, the proof last: a client signs another assertion for each request, while the same proof may be an
    /// honest repetition.
    ///
    /// The last check there is: what is refused before it leaves them unused.
    pub(crate) async fn claim(self, app: &App, now: Timestamp) -> Result<Option<Possession>, Failure> {
        self.claimed(app, now).await.map(|claimed| claimed.held)
    }

    /// The same, and what was passed over.
    pub(crate) async fn claimed(self, app: &App, now: Timestamp) -> Result<Claimed, Failure> {
        if let Some((client, assertion)) = self.assertion {
            let (jti, until) = assertion.replay_key();
            let names = [client.as_str().as_bytes(), jti.as_str().as_bytes()];
            let key = FleetingKey::new("client-assertion", &names);
            let answer = remembered(app, &key, until, now).await?;
            let _vouched = assertion.claimed(answer).map_err(unclaimed)?;
        }
        let Some(proof) = self.proof else {
            return Ok(Claimed { held: None, passed_over: self.passed_over });
        };
        match possession::claim(app, proof, now).await {
            Ok(held) => Ok(Claimed { held: Some(held), passed_over: None }),
            Err(failure) => Ok(Claimed { held: None, passed_over: Some(overlooked(failure, self.lenient)?) }),
        }
    }
}

/// Why a proof does not stand, where that is passed over.
fn overlooked(failure: Failure, lenient: bool) -> Result<&'static str, Failure> {
    match failure.reason() {
        Reason::Proof(error) if lenient => Ok(error.code()),
        _ => Err(failure),
    }
}

fn unclaimed(error: AssertionError) -> Failure {
    match error {
        AssertionError::MemoryFull => Reason::Unavailable { detail: error.to_string() }.into(),
        other => Reason::Client { refusal: Refusal::from(other), sent: ClientHeader::Unused }.into(),
    }
}
