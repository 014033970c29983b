//! Who asks, and where an answer may go.

use keybound_authority::{
    Refusal,
    authorize::{
        push::Arrival,
        request::{Naming, Trusted, trust},
    },
    model::client::Client,
};
use keybound_proto::{
    form::Form,
    request::authorization::{ResponseMode, ReturnAddress},
    uri::RedirectUri,
};

use crate::{
    app::App,
    failure::{Failure, Reason},
    oauth::{device::DeviceName, pushed::PushedName},
    registered,
};

/// A client, and an address of its own.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) trusted: Trusted,
    /// The pushed request that is being answered, if it was pushed.
    pub(crate) pushed: Option<PushedName>,
    /// The device that waits for the answer, if it is one; then nobody is redirected.
    pub(crate) device: Option<DeviceName>,
}

impl Asker {
    /// A client that is known, with where it wants its answer.
    pub(crate) fn of(client: Client, form: &Form) -> Result<Self, Failure> {
        let trusted = trust(&ReturnAddress::parse(form)?, &client)?;
        Ok(Self { client, trusted, pushed: None, device: None })
    }

    /// A client that asks from a device: its answer is a page of ours, and tokens for the device (RFC 8628).
    pub(crate) fn at(app: &App, client: Client, device: DeviceName) -> Result<Self, Failure> {
        let here = app.tenant.issuer.join("activate");
        let redirect_uri =
            RedirectUri::parse(&here).map_err(|error| Reason::Internal { detail: error.to_string() })?;
        let (named, mode, state) = (Naming::Implied, ResponseMode::Query, None);
        let trusted = Trusted { redirect_uri, named, mode, state };
        Ok(Self { client, trusted, pushed: None, device: Some(device) })
    }

    /// The same, where its request was pushed under that name.
    pub(crate) fn by(self, pushed: Option<PushedName>) -> Self {
        Self { pushed, ..self }
    }

    /// How its request came: a device sends its own, too.
    pub(crate) const fn arrival(&self) -> Arrival {
        if self.pushed.is_some() || self.device.is_some() { Arrival::Pushed } else { Arrival::Plain }
    }
}

/// Finds out whom to answer. A failure here is nobody's but the person's in front of the browser.
pub(crate) async fn asker(app: &App, form: &Form) -> Result<Asker, Failure> {
    let back = ReturnAddress::parse(form)?;
    let client = registered::client(app, &back.client_id).await?.ok_or(Refusal::UnknownClient)?;
    Asker::of(client, form)
}
