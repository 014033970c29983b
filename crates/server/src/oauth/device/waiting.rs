//! A device that waits, and what is kept of it.

use axum::response::Response;
use keybound_authority::{Refusal, grant::device::Progress, model::digest::CodeDigest};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::{Form, FormError},
    id::ClientId,
    jose::Digest as _,
    request::authorization::AuthorizationRequest,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Claimed, FleetingKey, StoreError};
use serde::{Deserialize, Serialize};

use super::{INTERVAL, LIFETIME, UserCode};
use crate::{
    app::App,
    failure::{Failure, Reason},
    login::shown,
};

/// Names a device that waits: what its code hashes to, so that what is kept does not tell the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeviceName([u8; 32]);

/// A device that waits, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    client: String,
    request: String,
    user_code: String,
    ends_at: i64,
    declined: bool,
}

impl DeviceName {
    /// The name of the device with this code.
    ///
    /// An authorization code is hashed alone; no text that a client can send begins with this byte, so none of the one
    /// kind can be redeemed as the other.
    pub(crate) fn of(code: &Secret<String>) -> Self {
        Self(AwsLc.sha256(&[b"\xffdevice", code.reveal().as_bytes()]))
    }

    /// Under which digest a yes stands in the ledger.
    pub(crate) const fn digest(&self) -> CodeDigest {
        CodeDigest::from_bytes(self.0)
    }

    /// What is kept of the device.
    pub(crate) async fn find(&self, app: &App, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
        let kept = app.fleeting.peek(&self.key("device"), now).await?;
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    /// The device that shows this code.
    pub(crate) async fn shown_as(
        code: &UserCode,
        app: &App,
        now: Timestamp,
    ) -> Result<Option<(Self, Waiting)>, StoreError> {
        let Some(kept) = app.fleeting.peek(&shown_key(code), now).await? else { return Ok(None) };
        let Ok(name) = <[u8; 32]>::try_from(kept).map(Self) else { return Ok(None) };
        let found = name.find(app, now).await?;
        Ok(found.filter(|waiting| waiting.is_open(now)).map(|waiting| (name, waiting)))
    }

    /// Keeps what a device waits for; `false` where another one shows the same code.
    pub(super) async fn keep(
        &self,
        app: &App,
        waiting: &Waiting,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(code) = UserCode::parse(&waiting.user_code) else { return Ok(false) };
        let claim = FleetingKey::new("device-code-taken", &[code.as_str().as_bytes()]);
        if app.fleeting.claim(&claim, waiting.ends_at(), now).await? != Claimed::First {
            return Ok(false);
        }
        self.write(app, waiting, now).await?;
        app.fleeting.keep(&shown_key(&code), &self.0, waiting.ends_at(), now).await?;
        Ok(true)
    }

    /// A person says that this is their device: one person, once.
    pub(crate) async fn confirm(&self, app: &App, now: Timestamp) -> Result<(), Failure> {
        let waiting = self.find(app, now).await?.filter(|waiting| waiting.is_open(now));
        let code = waiting.and_then(|waiting| UserCode::parse(&waiting.user_code));
        let code = code.ok_or(Refusal::UserCodeUnknown)?;
        app.fleeting.take(&shown_key(&code), now).await?.ok_or(Refusal::UserCodeUnknown)?;
        Ok(())
    }

    /// A person says no, and the device will hear so.
    pub(crate) async fn decline(&self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        let Some(mut waiting) = self.find(app, now).await? else { return Ok(()) };
        waiting.declined = true;
        if let Some(code) = UserCode::parse(&waiting.user_code) {
            app.fleeting.take(&shown_key(&code), now).await?;
        }
        self.write(app, &waiting, now).await
    }

    /// How long the device still waits.
    pub(crate) async fn left(&self, app: &App, now: Timestamp) -> Result<Lifetime, Failure> {
        let waiting = self.find(app, now).await?.filter(|waiting| waiting.is_open(now));
        let waiting = waiting.ok_or(Refusal::UserCodeUnknown)?;
        let left = u32::try_from(waiting.ends_at().since(now)).unwrap_or_default();
        Ok(Lifetime::seconds(left))
    }

    /// Tells the person why their device is not let in, and the device where they said so themselves.
    pub(crate) async fn refuse(&self, app: &App, failure: Failure, now: Timestamp) -> Response {
        if !matches!(failure.reason(), Reason::Refusal(Refusal::ConsentDenied)) {
            return shown::refused(failure);
        }
        match self.decline(app, now).await {
            Ok(()) => failure.noted_in(not_connected()),
            Err(error) => shown::refused(error.into()),
        }
    }

    /// Whether the device may ask again already. Each time it may not, it has to wait longer (RFC 8628 §3.5).
    pub(crate) async fn pace(&self, app: &App, now: Timestamp) -> Result<(), Failure> {
        let hasty = self.key("device-hasty");
        let slower = u32::try_from(app.fleeting.counted(&hasty, LIFETIME, now).await?).unwrap_or(u32::MAX);
        let wait = INTERVAL.as_secs().saturating_mul(slower.saturating_add(1)).min(LONGEST);
        // A second less: clocks have whole seconds here, and who waits five of their own is not punished for that.
        let until = now.plus(Lifetime::seconds(wait - 1));
        match app.fleeting.claim(&self.key("device-asked"), until, now).await? {
            Claimed::First => Ok(()),
            Claimed::Again => {
                app.fleeting.count(&hasty, LIFETIME, now).await?;
                Err(Refusal::DeviceTooFast.into())
            }
            Claimed::Full => Err(Reason::Unavailable { detail: "too much is remembered".to_owned() }.into()),
        }
    }

    /// Forgets a device that waited in vain; of any number that ask, one is told so.
    pub(crate) async fn forget(&self, app: &App, now: Timestamp) -> Result<bool, StoreError> {
        Ok(app.fleeting.take(&self.key("device"), now).await?.is_some())
    }

    async fn write(&self, app: &App, waiting: &Waiting, now: Timestamp) -> Result<(), StoreError> {
        let Ok(value) = serde_json::to_vec(waiting) else {
            unreachable!("text, numbers and booleans always have a JSON")
        };
        // Longer than it lives: it must be told that it is over.
        let until = waiting.ends_at().plus(LIFETIME);
        app.fleeting.keep(&self.key("device"), &value, until, now).await
    }

    fn key(&self, purpose: &'static str) -> FleetingKey {
        FleetingKey::new(purpose, &[&self.0])
    }
}

impl Waiting {
    /// A device of this client begins to wait.
    pub(super) fn begin(client: &ClientId, request: &Form, code: &UserCode, now: Timestamp) -> Self {
        Self {
            client: client.as_str().to_owned(),
            request: request.encode(),
            user_code: code.as_str().to_owned(),
            ends_at: now.plus(LIFETIME).as_unix(),
            declined: false,
        }
    }

    /// Whose it is.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }

    /// What it asked for.
    pub(crate) fn request(&self) -> Result<Form, FormError> {
        Form::parse_repeatable(self.request.as_bytes(), AuthorizationRequest::REPEATABLE)
    }

    /// The code it shows.
    pub(crate) fn user_code(&self) -> Option<UserCode> {
        UserCode::parse(&self.user_code)
    }

    /// How far its user has come, as long as they have not said yes.
    pub(crate) fn progress(&self, now: Timestamp) -> Progress {
        match (self.ends_at() <= now, self.declined) {
            (true, _) => Progress::Expired,
            (false, true) => Progress::Declined,
            (false, false) => Progress::Pending,
        }
    }

    fn is_open(&self, now: Timestamp) -> bool {
        self.progress(now) == Progress::Pending
    }

    fn ends_at(&self) -> Timestamp {
        Timestamp::from_unix(self.ends_at)
    }
}

/// What a person sees who said no.
pub(crate) fn not_connected() -> Response {
    let text =
        "You said no, and your device will say so too. Nothing was shared with it. You can close this page.";
    shown::notice("Your device was not connected", text)
}

fn shown_key(code: &UserCode) -> FleetingKey {
    FleetingKey::new("device-shown", &[code.as_str().as_bytes()])
}

/// Longest that a device which never learns has to wait between two questions, in seconds.
const LONGEST: u32 = 30;
