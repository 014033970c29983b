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
    login::{factor::Owed, identifier::Email},
    model::factor::{Authenticator, FactorKind, Factors, Wanted as Anyway},
};
use keybound_proto::{dpop::DpopNonce, jose::json};
use keybound_store::ledger::authenticators;
use serde_json::{Map, Value};

use super::right::Right;
use crate::{
    app::App,
    extract::Parameters,
    factor::{self, Enrolment, enrol, owing},
    failure::{Failure, RequestFailure},
    oauth::answer,
    registered,
    tenant_log::record_alone,
};

/// `POST /mfa/associate`
pub(crate) async fn associate(
    State(app): State<Arc<App>>,
    parts: Parts,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let right = Right::find(&app, &parts).await?;
    right.may("enroll")?;
    let kind = wanted.kind().ok_or_else(|| right.with_nonce(Refusal::FactorUnsupported.into()))?;
    let held = authenticators::of_user(&app.store, &app.tenant.id, &right.user.subject).await?;
    if held.iter().any(Authenticator::is_confirmed) {
        right.showed_two()?;
    }
    let told = match kind {
        FactorKind::Email => letters(&app, &right, wanted.address.as_deref()).await,
        _ => digits(&app, &right).await,
    };
    let told = told.map_err(|failure| right.with_nonce(failure))?;
    Ok(answer::json(told, right.nonce.as_ref().map(DpopNonce::as_str)))
}

async fn digits(app: &App, right: &Right) -> Result<String, Failure> {
    let enrolment = enrol(app, &right.user, right.event(app, EventKind::EnrolmentBegun)).await?;
    Ok(told(app, right, &enrolment))
}

/// Letters to the address of the account, which is verified; they count once a code of one was shown. Auth0 enrols any
/// address: here it would be a way for whoever has the password to name one of their own.
///
/// An access token enrols none: whoever has one has letters already, or would have no sign-in to show the code at.
async fn letters(app: &Arc<App>, right: &Right, address: Option<&str>) -> Result<String, Failure> {
    let waiting = right.waiting().ok_or(Refusal::FactorUnsupported)?;
    let Owed::Enrol(kinds) = owing(app, &right.user.subject, Factors::One, Anyway::Always).await? else {
        return Err(Refusal::AlreadyEnrolled.into());
    };
    if !factor::wanted(app).await?.kinds.contain(FactorKind::Email) {
        return Err(Refusal::FactorUnsupported.into());
    }
    if !kinds.contains(&FactorKind::Email) {
        return Err(Refusal::AddressUnverified.into());
    }
    let own = factor::address(app, &right.user.subject).await?;
    let same = |named: &str| Email::parse(named.trim()).is_ok_and(|named| Some(&named) == own.as_ref());
    if !address.is_none_or(same) {
        return Err(Refusal::AddressUnverified.into());
    }
    let event = right.event(app, EventKind::EnrolmentBegun);
    record_alone(app, &event).await;
    let client = registered::client(app, &right.client).await?;
    let application = client.map_or_else(|| right.client.as_str().into(), |client| client.name);
    let mut told = Map::new();
    told.insert("authenticator_type".to_owned(), FactorKind::Email.authenticator_type().into());
    super::letter::send(app, waiting, (&application, event), &mut told).await?;
    Ok(Value::Object(told).to_string())
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
pub(crate) struct Wanted {
    types: Vec<String>,
    channels: Vec<String>,
    address: Option<String>,
}

impl Wanted {
    /// The first of those that are enrolled here.
    fn kind(&self) -> Option<FactorKind> {
        let names = |words: &[String], name: &str| words.iter().any(|word| word == name);
        [FactorKind::Otp, FactorKind::Email].into_iter().find(|kind| {
            let channel = *kind != FactorKind::Email || names(&self.channels, kind.as_str());
            channel && names(&self.types, kind.authenticator_type())
        })
    }
}

impl FromRequest<Arc<App>> for Wanted {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let Parameters { form, body } = Parameters::without(&[TYPES, CHANNELS], request, app).await?;
        let object = json::object(&body).ok();
        let list = |parameter: &'static str| -> Result<Option<Vec<String>>, Failure> {
            // A form has no lists: it says the same with blanks between.
            if let Some(text) = form.text(parameter) {
                return Ok(Some(text.split_whitespace().map(str::to_owned).collect()));
            }
            let member = object.as_ref().and_then(|object| object.member(parameter));
            let words = |member: &json::Value<'_>| {
                let words = member.as_strings()?;
                Some(words.into_iter().map(str::to_owned).collect())
            };
            let problem = "is not a list of words";
            match member {
                None => Ok(None),
                Some(member) => match words(member) {
                    Some(words) => Ok(Some(words)),
                    None => Err(RequestFailure::Parameter { parameter, problem }.into()),
                },
            }
        };
        let missing = RequestFailure::Parameter { parameter: TYPES, problem: "is not a list of words" };
        Ok(Self {
            types: list(TYPES)?.ok_or(missing)?,
            channels: list(CHANNELS)?.unwrap_or_default(),
            address: form.text("email").map(str::to_owned),
        })
    }
}

const TYPES: &str = "authenticator_types";
const CHANNELS: &str = "oob_channels";
