//! `/oauth/device/code`: a device is given a code for itself, and another for its user (RFC 8628 §3.1).

use std::sync::Arc;

use axum::{extract::State, response::Response};
use http::HeaderMap;
use keybound_authority::model::client::Client;
use keybound_crypto::entropy;
use keybound_proto::{dpop::Possession, form::Form, response::device::DeviceResponse, secret::Secret};

use super::{LIFETIME, UserCode};
use crate::{
    app::App,
    extract::{FromClient, Known},
    failure::{Failure, Reason},
    oauth::{
        ahead::Ahead,
        authorize::{Approach, Asker},
        waiting::{INTERVAL, Sign, Waiting, WaitingName},
    },
};

/// `POST /oauth/device/code`.
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, address, now, .. }: FromClient,
) -> Result<Response, Failure> {
    let ahead = Ahead { app: &app, path: "/oauth/device/code", address, now };
    ahead.told(codes(ahead, known, &headers, &form).await)
}

/// Codes for a client that is who it says.
async fn codes(
    ahead: Ahead<'_>,
    known: Known,
    headers: &HeaderMap,
    form: &Form,
) -> Result<(String, Option<Possession>), Failure> {
    let (client, evidence) = ahead.evidence(known, headers)?;
    let code = Secret::new(entropy::token::<32>());
    let name = WaitingName::of(&code);
    let form = wanted(&client, form);
    let asker = Asker::waiting(ahead.app, client, Approach::Device(name))?;
    let (form, held) = ahead.judged(&asker, form, evidence).await?;
    for _ in 0..TRIES {
        let user_code = UserCode::new();
        let sign = Sign::Code(user_code.as_str().to_owned());
        let waiting = Waiting::begin(&asker.client.id, &form, sign, LIFETIME, ahead.now);
        if name.keep(ahead.app, &waiting, ahead.now).await? {
            return Ok((told(ahead.app, code, &user_code).to_json(), held));
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

const WANTED: [&str; 5] = ["scope", "audience", "dpop_jkt", "nonce", "max_age"];

/// How often to draw a code that nobody else shows.
const TRIES: u32 = 3;
