//! `/mfa/associate`: enrolling a second factor.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, Request, State},
    http::request::Parts,
    response::Response,
};
use keybound_authority::{
    Refusal,
    event::EventKind,
    model::factor::{Authenticator, FactorKind},
};
use keybound_proto::{dpop::DpopNonce, jose::json};
use keybound_store::ledger::authenticators;
use serde_json::{Map, Value};

use super::right::Right;
use crate::{
    app::App,
    extract::Parameters,
    factor::{Enrolment, enrol},
    failure::{Failure, RequestFailure},
    oauth::answer,
};

/// `POST /mfa/associate`
pub(crate) async fn associate(
    State(app): State<Arc<App>>,
    parts: Parts,
    Wanted(kinds): Wanted,
) -> Result<Response, Failure> {
    let right = Right::find(&app, &parts).await?;
    right.may("enroll")?;
    if !kinds.iter().any(|kind| kind == FactorKind::Otp.as_str()) {
        return Err(right.with_nonce(Refusal::FactorUnsupported.into()));
    }
    let held = authenticators::of_user(&app.store, &app.tenant.id, &right.user.subject).await?;
    if held.iter().any(Authenticator::is_confirmed) {
        right.showed_two()?;
    }
    let event = right.event(&app, EventKind::EnrolmentBegun);
    let enrolment = enrol(&app, &right.user, event).await.map_err(|failure| right.with_nonce(failure))?;
    Ok(answer::json(told(&app, &right, &enrolment), right.nonce.as_ref().map(DpopNonce::as_str)))
}

fn told(app: &App, right: &Right, enrolment: &Enrolment) -> String {
    let mut told = Map::new();
    let mut say = |name: &str, value: Value| told.insert(name.to_owned(), value);
    say("id", enrolment.id.as_str().into());
    say("authenticator_type", FactorKind::Otp.as_str().into());
    say("secret", enrolment.key.to_base32().reveal().as_str().into());
    say("barcode_uri", enrolment.address(app, &right.user).reveal().as_str().into());
    if let Some(code) = &enrolment.recovery {
        say("recovery_codes", Value::Array(vec![code.reveal().as_str().into()]));
    }
    Value::Object(told).to_string()
}

/// Which kinds would do.
pub(crate) struct Wanted(Vec<String>);

impl FromRequest<Arc<App>> for Wanted {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let Parameters { form, body } = Parameters::without(&[TYPES, CHANNELS], request, app).await?;
        // A form has no lists: it says the same with blanks between.
        if let Some(text) = form.text(TYPES) {
            return Ok(Self(text.split_whitespace().map(str::to_owned).collect()));
        }
        let wrong = RequestFailure::Parameter { parameter: TYPES, problem: "is not a list of words" };
        let object = json::object(&body).ok();
        let kinds =
            object.as_ref().and_then(|object| object.member(TYPES)).and_then(|kinds| kinds.as_strings());
        Ok(Self(kinds.ok_or(wrong)?.into_iter().map(str::to_owned).collect()))
    }
}

const TYPES: &str = "authenticator_types";
const CHANNELS: &str = "oob_channels";
