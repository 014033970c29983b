//! The endpoint itself: what was sent is judged as if a browser had brought it, and kept.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension,
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_authority::{authorize::push::key, model::client::Client};
use keybound_proto::{
    dpop::{Checked, NonceRule, Possession},
    form::Form,
    response::pushed::PushedResponse,
    time::Timestamp,
};
use keybound_store::FleetingKey;

use super::PushedName;
use crate::{
    app::App,
    extract::{
        Parameters, address, client,
        possession::{self, Asked},
    },
    failure::{DPOP_NONCE, Failure, Reason, RequestFailure},
    login::{credentials::bucket, transaction::Transaction},
    oauth::authorize::{Asker, Matter},
    record::Noted,
};

/// `POST /oauth/par`.
pub(crate) async fn push(
    State(app): State<Arc<App>>,
    Extension(noted): Extension<Noted>,
    parts: Parts,
    Parameters { form, .. }: Parameters,
) -> Result<Response, Failure> {
    let address = address(&parts, &app.config.trusted_proxies);
    let client = match client::client(&app, &parts.headers, &form, address).await {
        Ok(client) => client,
        Err(stranger) => {
            stranger.said.iter().for_each(|id| noted.client(id));
            return Err(stranger.failure);
        }
    };
    noted.client(&client.id);
    let now = app.clock.now();
    let pushing = Pushing { app: &app, client, address, now };
    let pushed = pushing.push(&parts.headers, form).await;
    let (told, held) = pushed.map_err(|failure| possession::with_nonce(failure, || app.nonce(now)))?;
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ];
    let mut response = (StatusCode::CREATED, headers, told.to_json()).into_response();
    let nonce = held.filter(Possession::nonce_due).map(|_| app.nonce(now));
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce.as_str()).ok()) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    Ok(response)
}

/// A request of a client that is who it says.
struct Pushing<'a> {
    app: &'a App,
    client: Client,
    address: IpAddr,
    now: Timestamp,
}

impl Pushing<'_> {
    async fn push(
        self,
        headers: &HeaderMap,
        form: Form,
    ) -> Result<(PushedResponse, Option<Possession>), Failure> {
        let (app, now) = (self.app, self.now);
        let checked = self.checked(headers)?;
        if form.names("request_uri") {
            let problem = "names a pushed request, and cannot be pushed itself";
            return Err(RequestFailure::Parameter { parameter: "request_uri", problem }.into());
        }
        let (address, lifetime) = (self.address, self.client.pushes.lifetime);
        let form = form.without(CREDENTIALS).with("client_id", self.client.id.as_str());
        let asker = Asker::of(self.client, &form)?;
        let matter = Matter::read(app, &asker, &form).await?;
        if form.encode().len() > Transaction::LARGEST {
            return Err(RequestFailure::TooLarge { limit: Transaction::LARGEST }.into());
        }
        if asker.client.is_public() {
            limit(app, address, now).await?;
        }
        let held = match checked {
            Some(checked) => Some(possession::claim(app, checked, now).await?),
            None => None,
        };
        let key = key(matter.asked.jkt, held.as_ref())?;
        let form = form.without(&["dpop_jkt"]);
        let form = form.with_some("dpop_jkt", key.map(|key| key.to_string()).as_deref());
        let name = PushedName::new();
        name.keep(app, &form, now.plus(lifetime), now).await?;
        Ok((PushedResponse { request_uri: name.uri(), expires_in: lifetime }, held))
    }

    /// The proof, if one was sent (RFC 9449 §10.1).
    fn checked(&self, headers: &HeaderMap) -> Result<Option<Checked>, Failure> {
        let nonces = &self.app.nonces;
        let asked = Asked {
            method: &Method::POST,
            path: "/oauth/par",
            // As at the token endpoint: a browser app owes a nonce, a client with a secret does not.
            nonce: match self.client.is_public() {
                true => NonceRule::Required(nonces),
                false => NonceRule::Optional(nonces),
            },
            token: None,
        };
        possession::check(self.app, headers, &asked, self.now)
    }
}

/// Who shows nothing may not fill the memory.
async fn limit(app: &App, address: IpAddr, now: Timestamp) -> Result<(), Failure> {
    let pushed = FleetingKey::new("pushed-by", &[&bucket(Some(address))]);
    if app.fleeting.count(&pushed, Transaction::WINDOW, now).await? > Transaction::MOST {
        return Err(Reason::TooMany { retry_after: Transaction::WINDOW.as_secs() }.into());
    }
    Ok(())
}

/// What shows who the client is, and is not kept; its name is put back from what was shown.
const CREDENTIALS: &[&str] = &["client_id", "client_secret", "client_assertion", "client_assertion_type"];
