//! The way a request came, by which its answer goes back.

use keybound_authority::{
    Refusal,
    authorize::{
        push::Arrival,
        request::{Asked, check, check_call, check_device},
    },
    event::EventKind,
    model::{digest::CodeDigest, tenant::Tenant},
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::Form,
    id::Subject,
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
    oauth::{pushed::PushedName, waiting::WaitingName},
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
    Device(WaitingName),
    /// From a client that had this person called, and waits for the answer; nobody is redirected (CIBA Core §3).
    Called(Called),
}

/// A call, and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Called {
    /// Who waits.
    pub(crate) name: WaitingName,
    /// Who alone may answer.
    pub(crate) subject: String,
}

impl Approach {
    /// As the policy of a client judges it: a device sends its request itself, too.
    pub(crate) const fn arrival(&self) -> Arrival {
        match self {
            Self::Plain => Arrival::Plain,
            Self::Signed => Arrival::Signed,
            Self::Pushed(_) | Self::Device(_) | Self::Called(_) => Arrival::Pushed,
        }
    }

    /// The device that waits, if one does.
    pub(crate) const fn device(&self) -> Option<WaitingName> {
        match self {
            Self::Device(device) => Some(*device),
            Self::Plain | Self::Signed | Self::Pushed(_) | Self::Called(_) => None,
        }
    }

    /// The call, if it is one.
    pub(crate) const fn call(&self) -> Option<&Called> {
        match self {
            Self::Called(called) => Some(called),
            Self::Plain | Self::Signed | Self::Pushed(_) | Self::Device(_) => None,
        }
    }

    /// Who waits elsewhere for the answer, if anybody does.
    pub(crate) fn waits(&self) -> Option<WaitingName> {
        self.device().or_else(|| self.call().map(|call| call.name))
    }

    /// Who alone may answer, where that is known.
    pub(super) fn expected(&self) -> Option<Subject> {
        self.call().and_then(|call| Subject::parse(&call.subject).ok())
    }

    /// What this client may ask by it.
    pub(super) fn judge(
        &self,
        tenant: &Tenant,
        asker: &Asker,
        request: &AuthorizationRequest,
    ) -> Result<Asked, Refusal> {
        match self {
            Self::Device(_) => check_device(request, &asker.client, tenant),
            Self::Called(_) => check_call(request, &asker.client, tenant),
            Self::Plain | Self::Signed | Self::Pushed(_) => check(request, &asker.client, tenant),
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
            Self::Plain | Self::Signed | Self::Device(_) | Self::Called(_) => Ok(()),
        }
    }

    /// Under which digest a yes stands in the ledger, and how long. Who waits holds a code already; for anybody else it
    /// is this one.
    pub(super) async fn grant(
        &self,
        app: &App,
        code: &str,
        now: Timestamp,
    ) -> Result<(CodeDigest, Lifetime), Failure> {
        match self.waits() {
            Some(name) => Ok((name.digest(), name.left(app, now).await?)),
            None => {
                let lifetime = app.config.token.code_lifetime;
                Ok((CodeDigest::from_bytes(AwsLc.sha256(&[code.as_bytes()])), lifetime))
            }
        }
    }

    /// What comes of issuing it. Forms are sent twice: to who waits, the first was enough.
    pub(super) fn issued(&self, applied: Result<(), StoreError>) -> Result<(), StoreError> {
        match (self, applied) {
            (Self::Device(_) | Self::Called(_), Err(error)) if error.conflict() == Some(codes::NEW) => Ok(()),
            (_, applied) => applied,
        }
    }
}
