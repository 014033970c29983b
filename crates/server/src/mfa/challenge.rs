//! `/mfa/challenge`: which factor will be shown, and the letter for one that comes by letter.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use keybound_authority::{
    Refusal,
    event::{Event, EventKind},
    grant::{Circumstances, mfa},
    login::factor::Owed,
    model::{
        client::GrantKind,
        factor::{FactorKind, Factors, Wanted},
    },
};
use keybound_proto::{
    dpop::{DpopNonce, Possession},
    form::Form,
    secret::Secret,
};
use keybound_store::{Batch, events, ledger::mfa_tokens};
use serde_json::{Map, Value};

use crate::{
    app::App,
    extract::FromClient,
    factor::{self, owing},
    failure::{Failure, Reason},
    oauth::{answer, token::MfaToken},
};

/// `POST /mfa/challenge`: digits are shown without being called for; a code by email is sent now.
///
/// No proof is owed, since nothing is given; one that is sent is judged, and is of the key of the sign-in.
pub(crate) async fn challenge(
    State(app): State<Arc<App>>,
    FromClient { known, form, headers, noted, now, .. }: FromClient,
) -> Result<Response, Failure> {
    let (client, held) = known.shown(&app, &headers, "/mfa/challenge", now).await?;
    let token = MfaToken::shown(Secret::new(form.required("mfa_token")?.to_owned()));
    let refused = |refusal| Failure::from(Reason::Grant { grant: GrantKind::MfaOtp, refusal });
    let found = mfa_tokens::find(&app.store, &app.tenant.id, &token.digest()).await?;
    let waiting = found.ok_or_else(|| refused(Refusal::UnknownGrant))?;
    let around = Circumstances {
        client: &client,
        audience: None,
        user: None,
        residence: None,
        held: held.as_ref(),
        now,
    };
    mfa::called(&waiting, &around).map_err(refused)?;
    noted.subject(&waiting.subject);

    let Owed::Show(kinds) = owing(&app, &waiting.subject, Factors::One, Wanted::Always).await? else {
        return Err(Refusal::NotEnrolled.into());
    };
    let named = named(&app, &form, &waiting).await?;
    let wanted = |kind: &FactorKind| named.is_none_or(|named| named == *kind) && allows(&form, *kind);
    // A recovery code is shown without being asked for.
    let called = kinds.into_iter().find(|kind| *kind != FactorKind::RecoveryCode && wanted(kind));
    let kind = called.ok_or(Refusal::FactorUnsupported)?;
    let event = Event::new(EventKind::FactorAsked, now).by(&client.id).about(&waiting.subject);
    let event = event.from(noted.sender().clone());
    let mut batch = Batch::new();
    events::record(&mut batch, &app.store, &app.tenant.id, &event);
    app.store.apply(batch).await?;
    let mut told = Map::new();
    told.insert("challenge_type".to_owned(), kind.authenticator_type().into());
    if kind == FactorKind::Email {
        super::letter::send(&app, &waiting, (&client.name, event), &mut told).await?;
    }
    let due = held.filter(Possession::nonce_due).map(|_| app.nonce(now));
    Ok(answer::json(Value::Object(told).to_string(), due.as_ref().map(DpopNonce::as_str)))
}

/// The kind of the authenticator that is named, if one is.
async fn named(app: &App, form: &Form, waiting: &mfa::Waiting) -> Result<Option<FactorKind>, Failure> {
    let Some(id) = form.text("authenticator_id") else { return Ok(None) };
    let held = factor::had(app, &waiting.subject).await?;
    let found = held.iter().find(|held| held.id.as_str() == id && held.is_confirmed());
    found.map(|found| Some(found.kind)).ok_or_else(|| Refusal::NotEnrolled.into())
}

/// Whether a factor of that kind would do; any, where nothing is said.
fn allows(form: &Form, kind: FactorKind) -> bool {
    let holds = |name: &str, wanted: &str| {
        form.text(name).is_none_or(|words| words.split_whitespace().any(|word| word == wanted))
    };
    let channel = kind != FactorKind::Email || holds("oob_channel", kind.as_str());
    channel && holds("challenge_type", kind.authenticator_type())
}
