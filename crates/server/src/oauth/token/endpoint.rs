//! The order of checks: client, proof and nonce, use of the proof, and only then what is redeemed.

use std::{net::IpAddr, sync::Arc};

use axum::{Extension, extract::State, http::request::Parts, response::Response};
use http::{
    HeaderMap, HeaderValue,
    header::{AUTHORIZATION, PRAGMA, USER_AGENT},
};
use keybound_authority::{
    Refusal,
    adoption::Shown,
    event::{EventKind, Sender},
    model::client::{Client, GrantKind, NonceDemand},
};
use keybound_proto::{
    dpop::{DpopNonce, Possession},
    form::Form,
    id::ClientId,
    request::{InvalidRequest, token::TokenRequest},
    secret::Secret,
    time::Timestamp,
};

use super::{
    code, exchange, machine, mfa, password, passwordless,
    redeeming::{Redeeming, Refused},
    refresh,
    retry::{Answered, Retry},
    waiting,
};
use crate::{
    app::{App, sender},
    config::Limited,
    extract::{Claimed, Known, Parameters, address, client, possession},
    failure::{Failure, Reason, RequestFailure},
    oauth::answer,
    rate,
    record::Noted,
    registered,
    tenant_log::{self, record_alone},
};

/// `POST /oauth/token`.
///
/// The work is done in a task of its own: a connection that breaks must not leave a proof claimed, or a token
/// spent, without the answer being kept for the client that asks again.
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    Extension(noted): Extension<Noted>,
    parts: Parts,
    parameters: Parameters,
) -> Result<Response, Failure> {
    let work = tokio::spawn(async move { Asking::new(&app, &parts, &parameters, noted).answer().await });
    work.await.unwrap_or_else(|error| Err(Reason::Internal { detail: error.to_string() }.into()))
}

/// One request, and what is known of who sent it.
struct Asking<'a> {
    app: &'a App,
    headers: &'a HeaderMap,
    parameters: &'a Parameters,
    address: IpAddr,
    from: Sender,
    noted: Noted,
    now: Timestamp,
}

impl<'a> Asking<'a> {
    fn new(app: &'a App, parts: &'a Parts, parameters: &'a Parameters, noted: Noted) -> Self {
        let address = address(parts, &app.config.trusted_proxies);
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let (from, now) = (sender(address, agent), app.clock.now());
        Self { app, headers: &parts.headers, parameters, address, from, noted, now }
    }

    async fn answer(self) -> Result<Response, Failure> {
        let known = match client::client(self.app, self.headers, self.form(), self.address).await {
            Ok(known) => known,
            Err(stranger) => {
                self.record(stranger.said.as_ref(), &stranger.failure).await;
                return Err(stranger.failure.logged().echoing(self.open_refresh_token()));
            }
        };
        let id = known.client().id.clone();
        self.noted.client(&id);
        let echo = self.own_refresh_token(known.client());
        match self.redeemed(known).await {
            Ok(answered) => Ok(respond(answered)),
            Err(refused) => {
                if !refused.recorded {
                    self.record(Some(&id), &refused.failure).await;
                }
                let fresh = || self.app.nonce(self.now);
                let failure = possession::with_nonce(refused.failure, fresh);
                Err(failure.logged().echoing(echo))
            }
        }
    }

    async fn redeemed(&self, known: Known) -> Result<Answered, Refused> {
        let request = wish(self.form()).map_err(RequestFailure::Invalid)?;
        let (client, evidence) = known.evidence(self.app, self.headers, "/oauth/token", self.now)?;
        // Not before: being asked for a nonce is not counted.
        rate::count(self.app, Limited::Client, client.id.as_str(), &self.noted).await?;
        let retry = evidence
            .proof()
            .and_then(|proof| Retry::of(self.app, &client, (self.headers, proof), &self.parameters.body));
        let held = match evidence.claimed(self.app, self.now).await {
            Ok(Claimed { held: Some(held), .. }) => held,
            Ok(Claimed { held: None, passed_over }) => {
                let shown = passed_over.map_or(Shown::Nothing, Shown::Bad);
                return self.redeem(&client, &request, shown).await;
            }
            Err(failure) => {
                return match retry {
                    Some(retry) => retry.answer_again(self.app, failure).await,
                    None => Err(failure.into()),
                };
            }
        };
        let answered = self.redeem(&client, &request, Shown::Good(&held)).await;
        // A refusal is a chance to give the next nonce too (RFC 9449 §8.2).
        let answered = answered.map_err(|refused| match self.nonce(&client, &held) {
            Some(nonce) => refused.with_nonce(nonce),
            None => refused,
        });
        if let Some(retry) = retry {
            retry.keep(self.app, answered.as_ref().ok()).await;
        }
        answered
    }

    async fn redeem(
        &self,
        client: &Client,
        request: &TokenRequest,
        shown: Shown<'_>,
    ) -> Result<Answered, Refused> {
        let held = match shown {
            Shown::Good(held) => Some(held),
            Shown::Bad(_) | Shown::Nothing => None,
        };
        let (app, from, now) = (self.app, &self.from, self.now);
        let tenant = registered::tenant(app).await?;
        let redeeming = Redeeming { app, tenant: &tenant, client, held, shown, from, now };
        let tokens = match request {
            TokenRequest::AuthorizationCode(request) => code::redeem(&redeeming, request).await?,
            TokenRequest::RefreshToken(request) => refresh::redeem(&redeeming, request).await?,
            TokenRequest::ClientCredentials(request) => machine::redeem(&redeeming, request).await?,
            TokenRequest::Device(request) => waiting::device(&redeeming, request).await?,
            TokenRequest::Ciba(request) => waiting::call(&redeeming, request).await?,
            TokenRequest::Exchange(request) => exchange::redeem(&redeeming, request).await?,
            TokenRequest::Mfa(request) => mfa::redeem(&redeeming, request).await?,
            TokenRequest::Password(request) => password::redeem(&redeeming, request).await?,
            TokenRequest::Passwordless(request) => passwordless::redeem(&redeeming, request).await?,
            _ => return Err(Refusal::UnsupportedGrant.into()),
        };
        let nonce = held.and_then(|held| self.nonce(client, held)).map(|nonce| nonce.to_string());
        Ok(Answered { body: tokens.to_json(), nonce })
    }

    /// The next nonce, where one is due and is looked at.
    fn nonce(&self, client: &Client, held: &Possession) -> Option<DpopNonce> {
        let wanted = client.nonces != NonceDemand::Off && held.nonce_due();
        wanted.then(|| self.app.nonce(self.now))
    }

    fn form(&self) -> &'a Form {
        &self.parameters.form
    }

    /// What auth0-spa-js must find in an answer, lest it forget its refresh token.
    fn own_refresh_token(&self, client: &Client) -> Option<Secret<String>> {
        if client.is_public() { self.sent_refresh_token() } else { None }
    }

    /// The same where the client could not be looked up: what comes without a secret is a public client's.
    fn open_refresh_token(&self) -> Option<Secret<String>> {
        let shows = |name| self.form().text(name).is_some();
        let secret = shows("client_secret") || shows("client_assertion");
        if secret || self.headers.contains_key(AUTHORIZATION) { None } else { self.sent_refresh_token() }
    }

    fn sent_refresh_token(&self) -> Option<Secret<String>> {
        let refreshing = self.form().text("grant_type") == Some("refresh_token");
        if refreshing { self.form().secret("refresh_token") } else { None }
    }

    /// Records a refusal, by the name that the grant asked for has in Auth0's log.
    async fn record(&self, client: Option<&ClientId>, failure: &Failure) {
        if !tenant_log::is_refusal(failure) {
            return;
        }
        let asked = self.form().text("grant_type").unwrap_or_default();
        let mut event = tenant_log::refusal(failure, EventKind::failed_exchange(asked), self.now);
        event.client = client.cloned();
        record_alone(self.app, &event.from(self.from.clone())).await;
    }
}

/// What is asked for. A grant that is not offered is refused as such, whatever else its request lacks.
fn wish(form: &Form) -> Result<TokenRequest, InvalidRequest> {
    let name = form.required("grant_type")?;
    match GrantKind::parse(name) {
        Some(_) => TokenRequest::parse(form),
        None => Ok(TokenRequest::Other(name.to_owned())),
    }
}

/// Exactly 200, never cached (RFC 6749 §5.1).
fn respond(answered: Answered) -> Response {
    let mut response = answer::json(answered.body, answered.nonce.as_deref());
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
