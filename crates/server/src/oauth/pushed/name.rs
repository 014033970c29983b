//! The name of a pushed request, and what is kept under it.

use keybound_authority::Refusal;
use keybound_crypto::entropy;
use keybound_proto::{
    form::Form,
    request::authorization::AuthorizationRequest,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Claimed, FleetingKey, StoreError};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    failure::{Failure, Reason},
    login::transaction::{Handle, Transaction},
};

/// Names a pushed request: 256 bits that nobody guesses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PushedName(String);

/// A pushed request, and its name.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) name: PushedName,
    pub(crate) form: Form,
}

impl PushedName {
    /// A new one.
    pub(super) fn new() -> Self {
        Self(entropy::token::<32>())
    }

    /// As a `request_uri` (RFC 9126 §2.2).
    pub(super) fn uri(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// Keeps what it names.
    pub(super) async fn keep(
        &self,
        app: &App,
        form: &Form,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        app.fleeting.keep(&self.key("pushed"), form.encode().as_bytes(), until, now).await
    }

    /// Answers the request it names: once, though the forms of one transaction may be sent twice.
    ///
    /// Until then it may be opened as often as a person reloads the page (RFC 9126 §4).
    pub(crate) async fn spend(&self, app: &App, by: Option<&Handle>, now: Timestamp) -> Result<(), Failure> {
        let memory = &app.fleeting;
        let spender = by.map_or("", Handle::as_str).as_bytes();
        match memory.claim(&self.key("pushed-spent"), now.plus(REMEMBERED), now).await? {
            Claimed::First => {
                if by.is_some() {
                    let until = now.plus(REMEMBERED);
                    memory.keep(&self.key("pushed-spender"), spender, until, now).await?;
                }
                memory.take(&self.key("pushed"), now).await?;
                Ok(())
            }
            Claimed::Again if by.is_some() => {
                let first = memory.peek(&self.key("pushed-spender"), now).await?;
                if first.as_deref() == Some(spender) { Ok(()) } else { Err(Refusal::PushUnknown.into()) }
            }
            Claimed::Again => Err(Refusal::PushUnknown.into()),
            Claimed::Full => Err(Reason::Unavailable { detail: "too much is remembered".to_owned() }.into()),
        }
    }

    fn key(&self, purpose: &'static str) -> FleetingKey {
        FleetingKey::new(purpose, &[self.0.as_bytes()])
    }
}

/// The pushed request that a browser names, if it names one; whatever else it says is passed over (RFC 9126 §4).
pub(crate) async fn opened(app: &App, said: &Form, now: Timestamp) -> Result<Option<Opened>, Failure> {
    let Some(name) = said.text("request_uri").and_then(|uri| uri.strip_prefix(PREFIX)) else {
        return Ok(None);
    };
    let client = said.required("client_id")?;
    let name = PushedName(name.to_owned());
    let kept = app.fleeting.peek(&name.key("pushed"), now).await?;
    let form = kept.and_then(|kept| Form::parse_repeatable(&kept, AuthorizationRequest::REPEATABLE).ok());
    let form = form.filter(|form| form.text("client_id") == Some(client)).ok_or(Refusal::PushUnknown)?;
    Ok(Some(Opened { name, form }))
}

/// What RFC 9126 §2.2 begins such names with.
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// How long it is remembered that one was answered: longer than a page about it may stay open.
const REMEMBERED: Lifetime = Lifetime::seconds(2 * Transaction::LIFETIME.as_secs());
