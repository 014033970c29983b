//! Who asks, and where an answer may go.

use keybound_authority::{
    Refusal,
    authorize::request::{Trusted, trust},
    model::client::Client,
};
use keybound_proto::{form::Form, request::authorization::ReturnAddress};

use crate::{app::App, failure::Failure, registered};

/// A client, and an address of its own.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) trusted: Trusted,
}

/// Finds out whom to answer. A failure here is nobody's but the person's in front of the browser.
pub(crate) async fn asker(app: &App, form: &Form) -> Result<Asker, Failure> {
    let back = ReturnAddress::parse(form)?;
    let client = registered::client(app, &back.client_id).await?.ok_or(Refusal::UnknownClient)?;
    let trusted = trust(&back, &client)?;
    Ok(Asker { client, trusted })
}
