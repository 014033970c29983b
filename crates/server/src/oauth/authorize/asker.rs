//! Who asks, and where an answer may go.

use keybound_authority::{
    Refusal,
    authorize::request::{Naming, Trusted, trust},
    model::client::Client,
};
use keybound_proto::{
    form::Form,
    request::authorization::{ResponseMode, ReturnAddress},
    uri::RedirectUri,
};

use super::Approach;
use crate::{
    app::App,
    failure::{Failure, Reason},
    registered,
};

/// A client, and an address of its own.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    pub(crate) trusted: Trusted,
    /// The way it came.
    pub(crate) approach: Approach,
}

impl Asker {
    /// A client that is known, with where it wants its answer.
    pub(crate) fn of(client: Client, form: &Form) -> Result<Self, Failure> {
        let trusted = trust(&ReturnAddress::parse(form)?, &client)?;
        Ok(Self { client, trusted, approach: Approach::Plain })
    }

    /// A client to which nobody is redirected: its answer is a page of ours, and tokens for who waits elsewhere.
    pub(crate) fn waiting(app: &App, client: Client, approach: Approach) -> Result<Self, Failure> {
        let page = if approach.device().is_some() { "activate" } else { "approve" };
        let here = app.tenant.issuer.join(page);
        let redirect_uri =
            RedirectUri::parse(&here).map_err(|error| Reason::Internal { detail: error.to_string() })?;
        let (named, mode, state) = (Naming::Implied, ResponseMode::Query, None);
        let trusted = Trusted { redirect_uri, named, mode, state };
        Ok(Self { client, trusted, approach })
    }

    /// Finds out whom to answer, by the way they came. A failure here is nobody's but the person's in front of the
    /// browser.
    pub(crate) async fn find(app: &App, form: &Form, approach: Approach) -> Result<Self, Failure> {
        let id = ReturnAddress::parse(form)?.client_id;
        let client = registered::client(app, &id).await?.ok_or(Refusal::UnknownClient)?;
        match approach.waits() {
            Some(_) => Self::waiting(app, client, approach),
            None => Ok(Self { approach, ..Self::of(client, form)? }),
        }
    }
}
