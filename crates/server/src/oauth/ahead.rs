//! What a client asks for itself, ahead of the person who will decide (RFC 9126 §2.1, RFC 8628 §3.1).

use std::net::IpAddr;

use axum::response::Response;
use http::HeaderMap;
use keybound_authority::{
    atproto::check_request,
    authorize::push::{Arrival, key},
    model::client::Client,
};
use keybound_proto::{
    dpop::{DpopNonce, Possession},
    form::Form,
    time::Timestamp,
};
use keybound_store::FleetingKey;

use super::{
    answer,
    authorize::{Asker, Matter},
};
use crate::{
    app::App,
    extract::{Evidence, Known, possession},
    failure::{Failure, Reason, RequestFailure},
    login::{credentials::bucket, transaction::Transaction},
};

/// Where, from whom and when something is asked ahead.
#[derive(Clone, Copy)]
pub(crate) struct Ahead<'a> {
    pub(crate) app: &'a App,
    pub(crate) path: &'static str,
    pub(crate) address: IpAddr,
    pub(crate) now: Timestamp,
}

impl Ahead<'_> {
    /// The client and what it shows, judged before anything else is (RFC 9449 §10.1).
    pub(crate) fn evidence(&self, known: Known, headers: &HeaderMap) -> Result<(Client, Evidence), Failure> {
        known.evidence(self.app, headers, self.path, self.now)
    }

    /// Judges a request as if a browser had brought it. Where a key was shown, the request now names it, and it
    /// alone will do for the tokens.
    pub(crate) async fn judged(
        &self,
        asker: &Asker,
        form: Form,
        evidence: Evidence,
    ) -> Result<(Form, Option<Possession>), Failure> {
        let mut matter = Matter::read(self.app, asker, &form).await?;
        if form.encode().len() > Transaction::LARGEST {
            return Err(RequestFailure::TooLarge { limit: Transaction::LARGEST }.into());
        }
        if asker.client.is_public() {
            self.limit().await?;
        }
        let held = evidence.claim(self.app, self.now).await?;
        let key = key(matter.asked.jkt, held.as_ref())?;
        matter.asked.jkt = key;
        check_request(&asker.client, matter.target.api(), &matter.asked, Arrival::Pushed)?;
        let form = form.without(&["dpop_jkt"]);
        Ok((form.with_some("dpop_jkt", key.map(|key| key.to_string()).as_deref()), held))
    }

    /// The answer, with a nonce where one is due, or would help.
    pub(crate) fn told(
        &self,
        outcome: Result<(String, Option<Possession>), Failure>,
    ) -> Result<Response, Failure> {
        let fresh = || self.app.nonce(self.now);
        let (told, held) = outcome.map_err(|failure| possession::with_nonce(failure, fresh))?;
        let nonce = held.filter(Possession::nonce_due).map(|_| fresh());
        Ok(answer::json(told, nonce.as_ref().map(DpopNonce::as_str)))
    }

    /// Who shows nothing may not fill the memory.
    async fn limit(&self) -> Result<(), Failure> {
        let asked = FleetingKey::new("asked-ahead", &[self.path.as_bytes(), &bucket(Some(self.address))]);
        if self.app.fleeting.count(&asked, Transaction::WINDOW, self.now).await? > Transaction::MOST {
            return Err(Reason::TooMany { retry_after: Transaction::WINDOW.as_secs() }.into());
        }
        Ok(())
    }
}
