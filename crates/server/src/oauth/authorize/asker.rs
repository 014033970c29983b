//! Who asks, and where an answer may go.

use keybound_authority::{
    Refusal,
    authorize::{
        push::Arrival,
        request::{Trusted, trust},
    },
    model::client::Client,
};
use keybound_proto::{form::Form, request::authorization::ReturnAddress};

use crate::{app::App, failure::Failure, oauth::pushed::PushedName, registered};

/// A client, and an address of its own.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) trusted: Trusted,
    /// The pushed request that is being answered, if it was pushed.
    pub(crate) pushed: Option<PushedName>,
}

impl Asker {
    /// A client that is known, with where it wants its answer.
    pub(crate) fn of(client: Client, form: &Form) -> Result<Self, Failure> {
        let trusted = trust(&ReturnAddress::parse(form)?, &client)?;
        Ok(Self { client, trusted, pushed: None })
    }

    /// The same, where its request was pushed under that name.
    pub(crate) fn by(self, pushed: Option<PushedName>) -> Self {
        Self { pushed, ..self }
    }

    /// How its request came.
    pub(crate) const fn arrival(&self) -> Arrival {
        if self.pushed.is_some() { Arrival::Pushed } else { Arrival::Plain }
    }
}

/// Finds out whom to answer. A failure here is nobody's but the person's in front of the browser.
pub(crate) async fn asker(app: &App, form: &Form) -> Result<Asker, Failure> {
    let back = ReturnAddress::parse(form)?;
    let client = registered::client(app, &back.client_id).await?.ok_or(Refusal::UnknownClient)?;
    Asker::of(client, form)
}
