//! The answer, in four ways of travelling.

use axum::response::Response;
use http::StatusCode;
use keybound_proto::{request::authorization::ResponseMode, response::authorization::AuthorizationResponse};

use super::Asker;
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
pub(super) fn reply(app: &App, asker: &Asker, answer: AuthorizationResponse) -> Response {
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

/// Sends a refusal.
pub(super) fn refuse(app: &App, asker: &Asker, failure: Failure) -> Response {
    let told = failure.answer();
    let answer = AuthorizationResponse::refused(told.code, Some(told.description.into_owned()));
    failure.noted_in(reply(app, asker, answer))
}
