//! The answer: on a page where a device waits for it, else in four ways of travelling.

use axum::response::Response;
use http::StatusCode;
use keybound_proto::{
    request::authorization::ResponseMode, response::authorization::AuthorizationResponse, secret::Secret,
    time::Timestamp,
};

use super::{Approach, Asker};
use crate::{
    app::App,
    failure::Failure,
    login::{
        content_policy::{ContentPolicy, POST_MESSAGE, SUBMIT},
        pages::{FormPost, WebMessage},
        shown,
    },
};

/// Sends an answer where the asker may have it, with the state it sent and our name (RFC 9207 §2).
fn reply(app: &App, asker: &Asker, answer: AuthorizationResponse) -> Response {
    let answer = answer.with_state(asker.trusted.state.clone()).with_issuer(app.tenant.issuer.clone());
    let redirect_uri = &asker.trusted.redirect_uri;
    if let Some(location) = answer.location(redirect_uri, asker.trusted.mode) {
        return shown::found(&location);
    }
    match asker.trusted.mode {
        ResponseMode::WebMessage => {
            let origin = redirect_uri.origin();
            let page = WebMessage {
                origin: origin.as_ref().map_or("null", |origin| origin.as_str()),
                message: &answer.message(),
            };
            let policy = ContentPolicy::page().script(&POST_MESSAGE).framed_by(&asker.client.web_origins);
            shown::shown(&page, StatusCode::OK, &policy)
        }
        _ => {
            let page = FormPost {
                application: &asker.client.name,
                action: redirect_uri.as_str(),
                fields: &answer.fields(),
            };
            let policy = ContentPolicy::page().script(&SUBMIT).forms_to_client(&asker.client, redirect_uri);
            shown::shown(&page, StatusCode::OK, &policy)
        }
    }
}

/// Says that it was granted; what redeems it goes to whoever does not hold it yet.
pub(super) fn grant(app: &App, asker: &Asker, code: Secret<String>) -> Response {
    match asker.approach {
        Approach::Device(_) => shown::notice("Your device is connected", CONNECTED),
        Approach::Plain | Approach::Pushed(_) => reply(app, asker, AuthorizationResponse::code(code)),
    }
}

/// Sends a refusal.
pub(super) async fn refuse(app: &App, asker: &Asker, failure: Failure, now: Timestamp) -> Response {
    if let Some(device) = asker.approach.device() {
        return device.refuse(app, failure, now).await;
    }
    let told = failure.answer();
    let answer = AuthorizationResponse::refused(told.code, Some(told.description.into_owned()));
    failure.noted_in(reply(app, asker, answer))
}

const CONNECTED: &str = "It goes on by itself in a few seconds. You can close this page.";
