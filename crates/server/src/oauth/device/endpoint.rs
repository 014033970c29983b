//! `/oauth/device/code`: a device is given a code for itself, and another for its user (RFC 8628 §3.1).

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension,
    extract::State,
    http::request::Parts,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderValue, Method,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_authority::{authorize::push::key, model::client::Client};
use keybound_crypto::entropy;
use keybound_proto::{
    dpop::{NonceRule, Possession},
    form::Form,
    response::device::DeviceResponse,
    secret::Secret,
    time::Timestamp,
};
use keybound_store::FleetingKey;

use super::{DeviceName, INTERVAL, LIFETIME, UserCode, Waiting};
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

/// `POST /oauth/device/code`.
pub(crate) async fn begin(
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
    let begun = codes(&app, (client, address), &parts.headers, &form, now).await;
    let (told, held) = begun.map_err(|failure| possession::with_nonce(failure, || app.nonce(now)))?;
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ];
    let mut response = (headers, told.to_json()).into_response();
    let nonce = held.filter(Possession::nonce_due).map(|_| app.nonce(now));
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce.as_str()).ok()) {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
    Ok(response)
}

/// A request of a client that is who it says. Where it shows a key, that key alone can ask for the tokens.
async fn codes(
    app: &App,
    (client, address): (Client, IpAddr),
    headers: &HeaderMap,
    form: &Form,
    now: Timestamp,
) -> Result<(DeviceResponse, Option<Possession>), Failure> {
    let nonces = &app.nonces;
    let asked = Asked {
        method: &Method::POST,
        path: "/oauth/device/code",
        // As at the token endpoint.
        nonce: if client.is_public() { NonceRule::Required(nonces) } else { NonceRule::Optional(nonces) },
        token: None,
    };
    let checked = possession::check(app, headers, &asked, now)?;
    let code = Secret::new(entropy::token::<32>());
    let name = DeviceName::of(&code);
    let form = wanted(&client, form);
    let asker = Asker::at(app, client, name)?;
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
    for _ in 0..TRIES {
        let user_code = UserCode::new();
        let waiting = Waiting::begin(&asker.client.id, &form, &user_code, now);
        if name.keep(app, &waiting, now).await? {
            return Ok((told(app, code, &user_code), held));
        }
    }
    Err(Reason::Unavailable { detail: "no user code is free".to_owned() }.into())
}

/// Of all that was sent, what a device can want.
fn wanted(client: &Client, sent: &Form) -> Form {
    let named = Form::new().with("client_id", client.id.as_str()).with("response_type", "code");
    let named = WANTED.iter().fold(named, |form, name| form.with_some(name, sent.text(name)));
    sent.all("resource").fold(named, |form, resource| form.with("resource", resource))
}

fn told(app: &App, device_code: Secret<String>, user_code: &UserCode) -> DeviceResponse {
    let verification_uri = app.tenant.issuer.join("activate");
    let user_code = user_code.shown();
    DeviceResponse {
        device_code,
        verification_uri_complete: Some(format!("{verification_uri}?user_code={user_code}")),
        user_code,
        verification_uri,
        expires_in: LIFETIME,
        interval: INTERVAL,
    }
}

/// Who shows nothing may not fill the memory, nor the codes that people may mistype.
async fn limit(app: &App, address: IpAddr, now: Timestamp) -> Result<(), Failure> {
    let begun = FleetingKey::new("devices-of", &[&bucket(Some(address))]);
    if app.fleeting.count(&begun, Transaction::WINDOW, now).await? > Transaction::MOST {
        return Err(Reason::TooMany { retry_after: Transaction::WINDOW.as_secs() }.into());
    }
    Ok(())
}

const WANTED: [&str; 5] = ["scope", "audience", "dpop_jkt", "nonce", "max_age"];

/// How often to draw a code that nobody else shows.
const TRIES: u32 = 3;
