//! The way a request came, by which its answer goes back.

use keybound_authority::{
    Refusal,
    authorize::{
        push::Arrival,
        request::{Asked, check, check_device},
    },
    event::EventKind,
    model::digest::CodeDigest,
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    jose::Digest as _,
    request::authorization::AuthorizationRequest,
    time::{Lifetime, Timestamp},
};
use keybound_store::{StoreError, ledger::codes};
use serde::{Deserialize, Serialize};

use super::Asker;
use crate::{
    app::App,
    failure::{Failure, Reason},
    login::transaction::Handle,
    oauth::{device::DeviceName, pushed::PushedName},
};

/// The way a request came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Approach {
    /// By a browser, with all it asks.
    Plain,
    /// By a browser, signed by the client (RFC 9101).
    Signed,
    /// Sent ahead under this name, by which a browser came (RFC 9126).
    Pushed(PushedName),
    /// From this device, which waits for the answer; nobody is redirected (RFC 8628).
    Device(DeviceName),
}

impl Approach {
    /// As the policy of a client judges it: a device sends its request itself, too.
    pub(crate) const fn arrival(&self) -> Arrival {
        match self {
            Self::Plain => Arrival::Plain,
            Self::Signed => Arrival::Signed,
            Self::Pushed(_) | Self::Device(_) => Arrival::Pushed,
        }
    }

    /// The device that waits, if one does.
    pub(crate) const fn device(&self) -> Option<DeviceName> {
        match self {
            Self::Device(device) => Some(*device),
            Self::Plain | Self::Signed | Self::Pushed(_) => None,
        }
    }

    /// What this client may ask by it.
    pub(super) fn judge(
        &self,
        app: &App,
        asker: &Asker,
        request: &AuthorizationRequest,
    ) -> Result<Asked, Refusal> {
        match self {
            Self::Device(_) => check_device(request, &asker.client, &app.tenant),
            Self::Plain | Self::Signed | Self::Pushed(_) => check(request, &asker.client, &app.tenant),
        }
    }

    /// What the tenant log calls it when it fails.
    pub(super) fn failed(&self, form: &Form, failure: &Failure) -> EventKind {
        match (self, failure.reason()) {
            (Self::Device(_), Reason::Refusal(Refusal::ConsentDenied)) => EventKind::DeviceDeclined,
            (Self::Device(_), _) => EventKind::DeviceActivationFailed,
            (_, Reason::Refusal(Refusal::InvitationUnknown | Refusal::InvitedOther)) => {
                EventKind::InvitationRefused
            }
            _ if form.text("prompt") == Some("none") => EventKind::SilentLoginFailed,
            _ => EventKind::LoginFailed,
        }
    }

    /// Spends what can be answered only once.
    pub(super) async fn spend(&self, app: &App, by: Option<&Handle>, now: Timestamp) -> Result<(), Failure> {
        match self {
            Self::Pushed(name) => name.spend(app, by, now).await,
            Self::Plain | Self::Signed | Self::Device(_) => Ok(()),
        }
    }

    /// Under which digest a yes stands in the ledger, and how long. A device holds its code already; for anybody else
    /// it is this one.
    pub(super) async fn grant(
        &self,
        app: &App,
        code: &str,
        now: Timestamp,
    ) -> Result<(CodeDigest, Lifetime), Failure> {
        match self {
            Self::Device(device) => Ok((device.digest(), device.left(app, now).await?)),
            Self::Plain | Self::Signed | Self::Pushed(_) => {
                Ok((CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()])), app.tenant.lifetimes.code))
            }
        }
    }

    /// What comes of issuing it. Forms are sent twice: to a device that was let in, the first was enough.
    pub(super) fn issued(&self, applied: Result<(), StoreError>) -> Result<(), StoreError> {
        match (self, applied) {
            (Self::Device(_), Err(error)) if error.conflict() == Some(codes::NEW) => Ok(()),
            (_, applied) => applied,
        }
    }
}
