//! `/oauth/revoke` (RFC 7009).

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use keybound_authority::{
    event::{Event, EventKind, Sender},
    grant::{
        refresh::RefreshToken,
        revocation::{self, Asking, Revocation},
    },
    model::{client::Client, tenant::RevocationReach},
};
use keybound_proto::{
    dpop::{DpopNonce, Possession},
    jose::Thumbprint,
    request::about_token::AboutToken,
    time::Timestamp,
};
use keybound_store::{
    Batch, StoreError, events,
    ledger::{
        consents,
        families::{self, Among},
        refresh_tokens,
    },
};

use super::token::refresh_digest;
use crate::{
    app::App,
    extract::{FromClient, Live},
    failure::{Failure, offer_nonce},
    registered,
    tenant_log::{self, record_alone},
};

/// `POST /oauth/revoke`: 200 whatever became of it, once the client is who it says (RFC 7009 §2.2).
///
/// A proof is owed by nobody unless the operator says so, since no SDK sends one. One that is sent is judged in full
/// before anything is revoked.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, noted, now, .. }: FromClient,
) -> Result<Response, Failure> {
    let request = AboutToken::parse(&form)?;
    let (client, held) = known.shown(&app, &headers, "/oauth/revoke", now).await?;
    let revoking = Revoking { app: &app, client: &client, from: noted.sender().clone(), now };
    let done = revoking.revoke(&request, held.as_ref()).await;
    let nonce = held.filter(Possession::nonce_due).map(|_| app.nonce(now));
    if let Err(failure) = done {
        // A refusal is a chance to give the next nonce too (RFC 9449 §8.2).
        return Err(match nonce {
            Some(nonce) => failure.with_nonce(nonce),
            None => failure,
        });
    }
    let mut response =
        (StatusCode::OK, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response();
    offer_nonce(response.headers_mut(), nonce.as_ref().map(DpopNonce::as_str));
    Ok(response)
}

/// One request of a client that is who it says.
struct Revoking<'a> {
    app: &'a App,
    client: &'a Client,
    from: Sender,
    now: Timestamp,
}

impl Revoking<'_> {
    async fn revoke(&self, request: &AboutToken, held: Option<&Possession>) -> Result<(), Failure> {
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        let found = refresh_tokens::find(store, tenant, &refresh_digest(&request.token)).await?;
        let key = held.map(|held| *held.thumbprint());
        let token = found.token().cloned();
        let asking = Asking { client: self.client, held, proving: self.app.config.proof.revocation };
        match revocation::revoke(found, &asking) {
            Ok(Revocation::Family(token)) => Ok(self.end(&token, key).await?),
            Ok(Revocation::Nothing(refusal)) => {
                self.record(&Failure::from(refusal), token.as_ref(), key).await;
                Ok(())
            }
            Ok(Revocation::Done) => self.end_session(request, &asking).await,
            Err(refusal) => {
                let failure = Failure::from(refusal);
                self.record(&failure, token.as_ref(), key).await;
                Err(failure.logged())
            }
        }
    }

    /// What it was may have been an access token: what it came with ends, and it with that.
    async fn end_session(&self, request: &AboutToken, asking: &Asking<'_>) -> Result<(), Failure> {
        let Ok(live) = Live::read(self.app, request.token.reveal(), self.now) else { return Ok(()) };
        if !live.stands(self.app, self.now).await? {
            return Ok(());
        }
        let Some(family) = revocation::by_access_token(&live.claims, &live.tie, asking)? else {
            return Ok(());
        };
        let tenant = &self.app.tenant.id;
        let mut batch = Batch::new();
        refresh_tokens::revoke_family(&mut batch, tenant, family, self.now);
        let event = self.about(Event::new(EventKind::RefreshRevoked, self.now), None, live.claims.key);
        events::record(&mut batch, &self.app.store, tenant, &event);
        Ok(self.app.store.apply(batch).await?)
    }

    async fn end(&self, token: &RefreshToken, key: Option<Thumbprint>) -> Result<(), StoreError> {
        let (store, tenant) = (&self.app.store, &self.app.tenant.id);
        let mut batch = Batch::new();
        match registered::tenant(self.app).await?.revocation {
            RevocationReach::Family => {
                refresh_tokens::revoke_family(&mut batch, tenant, &token.family, self.now);
            }
            RevocationReach::Grant => {
                let (subject, client) = (&token.subject, &self.client.id);
                let among = Among { client: Some(client), ..Among::of(subject) };
                families::revoke(&mut batch, tenant, among, self.now);
                consents::withdraw_between(&mut batch, tenant, (subject, client));
            }
        }
        let event = self.about(Event::new(EventKind::RefreshRevoked, self.now), Some(token), key);
        events::record(&mut batch, store, tenant, &event);
        store.apply(batch).await.map(|_| ())
    }

    /// That nothing was revoked, and why.
    async fn record(&self, failure: &Failure, token: Option<&RefreshToken>, key: Option<Thumbprint>) {
        let event = tenant_log::refusal(failure, EventKind::LoginFailed, self.now);
        record_alone(self.app, &self.about(event, token, key)).await;
    }

    fn about(&self, event: Event, token: Option<&RefreshToken>, key: Option<Thumbprint>) -> Event {
        let mut event = event.by(&self.client.id).from(self.from.clone());
        if let Some(token) = token {
            event = event.about(&token.subject);
            event.session = token.session.clone();
            event.audience = token.audience.clone();
        }
        event.thumbprint = key;
        event
    }
}
