//! Who waits for a person's answer, a device or a client that had them called, and what is kept of it.

use axum::response::Response;
use keybound_authority::{Refusal, grant::device::Progress, model::digest::CodeDigest};
use keybound_crypto::AwsLc;
use keybound_proto::{
    form::{Form, FormError},
    id::{ClientId, Subject},
    jose::Digest as _,
    request::authorization::AuthorizationRequest,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{Claimed, FleetingKey, StoreError};
use serde::{Deserialize, Serialize};

use super::device::UserCode;
use crate::{
    app::App,
    failure::{Failure, Reason},
    login::shown,
};

/// Names who waits: what the code they ask with hashes to, so that what is kept does not tell the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WaitingName([u8; 32]);

/// Who waits, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    client: String,
    request: String,
    sign: Sign,
    ends_at: i64,
    declined: bool,
}

/// What a person finds it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Sign {
    /// A code that a device shows, for whoever has it before them.
    Code(String),
    /// A link in a letter to somebody.
    Link(Link),
}

/// A link in a letter to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    digest: [u8; 32],
    /// Who alone may answer.
    pub(crate) subject: String,
    /// What they and the client both see.
    pub(crate) message: String,
}

impl Link {
    /// A link with this secret.
    pub(crate) fn new(secret: &str, subject: &Subject, message: String) -> Self {
        Self { digest: digest(secret), subject: subject.as_str().to_owned(), message }
    }
}

impl Sign {
    fn key(&self) -> FleetingKey {
        match self {
            Self::Code(code) => FleetingKey::new("device-shown", &[code.as_bytes()]),
            Self::Link(link) => link_key(&link.digest),
        }
    }
}

impl WaitingName {
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

    /// The name of a call that is asked about by this.
    pub(crate) fn of_call(auth_req_id: &Secret<String>) -> Self {
        Self(AwsLc.sha256(&[b"\xffcalled", auth_req_id.reveal().as_bytes()]))
    }

    /// What is kept of it.
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
        Self::found_by(&Sign::Code(code.as_str().to_owned()).key(), app, now).await
    }

    /// What the letter with this link is about.
    pub(crate) async fn linked_as(
        secret: &str,
        app: &App,
        now: Timestamp,
    ) -> Result<Option<(Self, Waiting)>, StoreError> {
        Self::found_by(&link_key(&digest(secret)), app, now).await
    }

    async fn found_by(
        key: &FleetingKey,
        app: &App,
        now: Timestamp,
    ) -> Result<Option<(Self, Waiting)>, StoreError> {
        let Some(kept) = app.fleeting.peek(key, now).await? else { return Ok(None) };
        let Ok(name) = <[u8; 32]>::try_from(kept).map(Self) else { return Ok(None) };
        let found = name.find(app, now).await?;
        Ok(found.filter(|waiting| waiting.is_open(now)).map(|waiting| (name, waiting)))
    }

    /// Keeps what is waited for; `false` where another one shows the same code.
    pub(super) async fn keep(
        &self,
        app: &App,
        waiting: &Waiting,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if let Sign::Code(code) = &waiting.sign {
            let claim = FleetingKey::new("device-code-taken", &[code.as_bytes()]);
            if app.fleeting.claim(&claim, waiting.ends_at(), now).await? != Claimed::First {
                return Ok(false);
            }
        }
        self.write(app, waiting, now).await?;
        app.fleeting.keep(&waiting.sign.key(), &self.0, waiting.ends_at(), now).await?;
        Ok(true)
    }

    /// A person says that this is their device, or that they agree: one person, once.
    pub(crate) async fn confirm(&self, app: &App, now: Timestamp) -> Result<(), Failure> {
        let waiting = self.find(app, now).await?.filter(|waiting| waiting.is_open(now));
        let waiting = waiting.ok_or(Refusal::UserCodeUnknown)?;
        app.fleeting.take(&waiting.sign.key(), now).await?.ok_or(Refusal::UserCodeUnknown)?;
        Ok(())
    }

    /// A person says no, and who waits will hear so.
    pub(crate) async fn decline(&self, app: &App, now: Timestamp) -> Result<(), StoreError> {
        let Some(mut waiting) = self.find(app, now).await? else { return Ok(()) };
        waiting.declined = true;
        app.fleeting.take(&waiting.sign.key(), now).await?;
        self.write(app, &waiting, now).await
    }

    /// How long they still wait.
    pub(crate) async fn left(&self, app: &App, now: Timestamp) -> Result<Lifetime, Failure> {
        let waiting = self.find(app, now).await?.filter(|waiting| waiting.is_open(now));
        let waiting = waiting.ok_or(Refusal::UserCodeUnknown)?;
        let left = u32::try_from(waiting.ends_at().since(now)).unwrap_or_default();
        Ok(Lifetime::seconds(left))
    }

    /// Tells the person why nothing is granted, and who waits where they said so themselves: then they see this.
    pub(crate) async fn refuse(
        &self,
        app: &App,
        failure: Failure,
        said_no: Response,
        now: Timestamp,
    ) -> Response {
        if !matches!(failure.reason(), Reason::Refusal(Refusal::ConsentDenied)) {
            return shown::refused(failure);
        }
        match self.decline(app, now).await {
            Ok(()) => failure.noted_in(said_no),
            Err(error) => shown::refused(error.into()),
        }
    }

    /// Whether who waits may ask again already. Each time it may not, it has to wait longer (RFC 8628 §3.5).
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
                Err(Refusal::AskedTooFast.into())
            }
            Claimed::Full => Err(Reason::Unavailable { detail: "too much is remembered".to_owned() }.into()),
        }
    }

    /// Forgets who waited in vain; of any number that ask, one is told so.
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
    /// Somebody begins to wait: this long, for whoever finds it by this.
    pub(super) fn begin(
        client: &ClientId,
        request: &Form,
        sign: Sign,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Self {
        Self {
            client: client.as_str().to_owned(),
            request: request.encode(),
            sign,
            ends_at: now.plus(lifetime).as_unix(),
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
        match &self.sign {
            Sign::Code(code) => UserCode::parse(code),
            Sign::Link(_) => None,
        }
    }

    /// The link that leads here, if one does.
    pub(crate) fn link(&self) -> Option<&Link> {
        match &self.sign {
            Sign::Link(link) => Some(link),
            Sign::Code(_) => None,
        }
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

fn digest(secret: &str) -> [u8; 32] {
    AwsLc.sha256(&[b"\xfflink", secret.as_bytes()])
}

fn link_key(digest: &[u8; 32]) -> FleetingKey {
    FleetingKey::new("called-link", &[digest])
}

/// How long to wait between two questions.
pub(crate) const INTERVAL: Lifetime = Lifetime::seconds(5);

/// How long after its end it is still known that there was one.
const LIFETIME: Lifetime = Lifetime::seconds(900);

/// Longest that somebody who never learns has to wait between two questions, in seconds.
const LONGEST: u32 = 30;
