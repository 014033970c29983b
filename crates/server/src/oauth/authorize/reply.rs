//! The answer: on a page where a device waits for it, else in four ways of travelling, signed where that was asked for.

use axum::response::Response;
use http::StatusCode;
use keybound_proto::{
    jose::{Alg, mint},
    request::authorization::ResponseMode,
    response::authorization::{AuthorizationResponse, Outcome},
    secret::Secret,
    time::{Lifetime, Timestamp},
};

use super::{Approach, Asker};
use crate::{
    app::App,
    failure::{Failure, Reason},
    login::{
        content_policy::{ContentPolicy, POST_MESSAGE, SUBMIT},
        pages::{FormPost, WebMessage},
        shown,
    },
    oauth::{called::not_approved, device::not_connected},
};

/// Sends an answer where the asker may have it, with the state it sent and our name (RFC 9207 §2).
async fn reply(app: &App, asker: &Asker, answer: AuthorizationResponse, now: Timestamp) -> Response {
    let answer = answer.with_state(asker.trusted.state.clone()).with_issuer(app.tenant.issuer.clone());
    let answer = match asker.trusted.mode.is_signed() {
        true => match signed(app, asker, &answer, now).await {
            Ok(signed) => signed,
            Err(failure) => return shown::refused(failure),
        },
        false => answer,
    };
    let redirect_uri = &asker.trusted.redirect_uri;
    if let Some(location) = answer.location(redirect_uri, asker.trusted.mode) {
        return shown::found(&location);
    }
    match asker.trusted.mode.carrier() {
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

/// The same answer under the tenant's signature, for the client alone and not for long (JARM §2.1).
async fn signed(
    app: &App,
    asker: &Asker,
    answer: &AuthorizationResponse,
    now: Timestamp,
) -> Result<AuthorizationResponse, Failure> {
    let claims = answer.to_claims(&asker.client.id, now.plus(SIGNED));
    let key = app.keys.signer(&app.store, ANSWERS, now).await?;
    let response =
        mint("JWT", &claims, &*key).map_err(|error| Reason::Internal { detail: error.to_string() })?;
    Ok(AuthorizationResponse::signed(Secret::new(response)))
}

/// Says that it was granted; what redeems it, or the tokens, go to whoever does not hold them yet.
pub(super) async fn grant(app: &App, asker: &Asker, outcome: Outcome, now: Timestamp) -> Response {
    match asker.approach {
        Approach::Device(_) => shown::notice("Your device is connected", CONNECTED),
        Approach::Called(_) => shown::notice("You approved it", APPROVED),
        Approach::Plain | Approach::Signed | Approach::Pushed(_) => {
            reply(app, asker, AuthorizationResponse { outcome, state: None, issuer: None }, now).await
        }
    }
}

/// Sends a refusal.
pub(super) async fn refuse(app: &App, asker: &Asker, failure: Failure, now: Timestamp) -> Response {
    if let Some(name) = asker.approach.waits() {
        let said_no = if asker.approach.device().is_some() { not_connected() } else { not_approved() };
        return name.refuse(app, failure, said_no, now).await;
    }
    let told = failure.answer();
    let answer = AuthorizationResponse::refused(told.code, Some(told.description.into_owned()));
    failure.noted_in(reply(app, asker, answer, now).await)
}

const APPROVED: &str = "The application goes on by itself in a few seconds. You can close this page.";
const CONNECTED: &str = "It goes on by itself in a few seconds. You can close this page.";

/// How signed answers are signed: what every client of OpenID Connect can check (OIDC Core §15.1).
pub(crate) const ANSWERS: Alg = Alg::Rs256;

/// How long a signed answer is good for: as long as JARM §2.1 lets it at the most.
const SIGNED: Lifetime = Lifetime::seconds(600);
