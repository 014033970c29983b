//! A letter for the second half of a sign-in, and what the answer says of it.

use std::sync::Arc;

use keybound_authority::{event::Event, grant::mfa::Waiting, model::factor::FactorKind};
use keybound_crypto::entropy;
use keybound_proto::secret::Secret;
use serde_json::{Map, Value};

use crate::{
    app::App,
    factor::{self, LetterFor},
    failure::Failure,
};

/// Sends a code for a sign-in that waits, and tells by which name it is shown.
pub(super) async fn send(
    app: &Arc<App>,
    waiting: &Waiting,
    (application, event): (&str, Event),
    told: &mut Map<String, Value>,
) -> Result<(), Failure> {
    let oob_code = Secret::new(entropy::token::<32>());
    let to = LetterFor::sign_in(&waiting.digest, &oob_code);
    factor::send(app, (&waiting.subject, &to), application, event).await?;
    let mut say = |name: &str, value: &str| told.insert(name.to_owned(), value.into());
    say("oob_code", oob_code.reveal());
    say("binding_method", "prompt");
    say("oob_channel", FactorKind::Email.as_str());
    Ok(())
}
