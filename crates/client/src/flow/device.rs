//! Logging in on a device that cannot show a browser: the user takes another one (RFC 8628).

use std::time::Duration;

use keybound_proto::{
    code::ErrorCode,
    form::Form,
    id::Jti,
    request::token::{DeviceRequest, TokenRequest},
    response::device::DeviceResponse,
    scope::Scopes,
    time::{Lifetime, Timestamp},
    uri::Resource,
};

use crate::{
    Ambient, Authentication, Client, ClientError, Exchange, Outgoing, Retry, Step, Steps, Tokens, drive,
    http::{Body, Http, Response},
    message::Message,
};

/// What is asked of the user of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceAsk {
    /// What for; `openid` among them brings an ID token.
    pub scopes: Scopes,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

/// A device's request for a code, on its way (RFC 8628 §3.1). It comes to a [`DeviceFlow`].
#[derive(Debug)]
pub struct DeviceStart<'a> {
    client: &'a Client,
    message: Message<'a>,
}

/// A device that waits for its user, and asks no more often than it may.
#[derive(Clone, Debug)]
pub struct DeviceFlow<'a> {
    client: &'a Client,
    told: DeviceResponse,
    expires: Timestamp,
    wait: Duration,
}

impl Client {
    /// Asks for codes, one for this device and one for its user (RFC 8628 §3.1).
    pub fn device(&self, ask: &DeviceAsk) -> Result<DeviceStart<'_>, ClientError> {
        let endpoint = self.metadata.device_authorization_endpoint.as_deref();
        let scope = (!ask.scopes.is_empty()).then(|| ask.scopes.to_string());
        let named = matches!(self.authentication, Authentication::SecretBasic(_));
        let form = Form::new()
            .with_some("client_id", named.then(|| self.client_id.as_str()))
            .with_some("scope", scope.as_deref())
            .with_some("audience", ask.audience.as_deref());
        let form = ask.resources.iter().fold(form, |form, one| form.with("resource", one.as_str()));
        let message = Message::new(self, ("device_authorization_endpoint", endpoint), form)?;
        Ok(DeviceStart { client: self, message })
    }
}

impl<'a> Steps for DeviceStart<'a> {
    type Output = DeviceFlow<'a>;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<DeviceFlow<'a>>, ClientError> {
        match self.message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => {
                let told = DeviceResponse::parse(response.body().as_bytes())?;
                let expires = self.message.sent_at().plus(told.expires_in);
                let wait = Duration::from_secs(told.interval.max(Lifetime::seconds(1)).as_secs().into());
                Ok(Step::Done(DeviceFlow { client: self.client, told, expires, wait }))
            }
        }
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}

impl<'a> DeviceFlow<'a> {
    /// What to show to the user: a code and where to type it in.
    pub const fn told(&self) -> &DeviceResponse {
        &self.told
    }

    /// When the codes are over.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How long to wait before the server is asked (again).
    pub const fn pause(&self) -> Duration {
        self.wait
    }

    /// Asks whether the user is done.
    pub fn question(&self) -> Exchange<'a> {
        let device_code = self.told.device_code.clone();
        Exchange::new(self.client, TokenRequest::Device(DeviceRequest { device_code }))
    }

    /// What to do after an answer: `None` is to wait and to ask again (RFC 8628 §3.5).
    ///
    /// `slow_down` makes every wait longer by five seconds, an answer that got lost doubles it, and a busy server
    /// is not asked before it wants to be.
    pub fn heard(
        &mut self,
        answer: Result<Tokens, ClientError>,
        now: Timestamp,
    ) -> Result<Option<Tokens>, ClientError> {
        let error = match answer {
            Ok(tokens) => return Ok(Some(tokens)),
            Err(error) => error,
        };
        let lost = matches!(error, ClientError::Transport(_) | ClientError::Status { status: 500.. });
        self.wait = match (error.refusal(), error.retry_after()) {
            (Some(ErrorCode::SlowDown), _) => self.wait + SLOWER,
            (_, Some(after)) => self.wait.max(after),
            (Some(ErrorCode::AuthorizationPending), _) => self.wait,
            _ if lost => (self.wait * 2).min(LONGEST.max(self.wait)),
            _ => return Err(error),
        };
        let next = Lifetime::seconds(u32::try_from(self.wait.as_secs()).unwrap_or(u32::MAX));
        if now.plus(next) >= self.expires { Err(ClientError::Timeout) } else { Ok(None) }
    }

    /// Waits for the user, however long the codes live.
    pub async fn wait(mut self, http: &impl Http, ambient: &impl Ambient) -> Result<Tokens, ClientError> {
        loop {
            ambient.pause(self.wait).await;
            let answer = drive(self.question(), http, ambient).await;
            if let Some(tokens) = self.heard(answer, ambient.now())? {
                return Ok(tokens);
            }
        }
    }
}

/// RFC 8628 §3.5.
const SLOWER: Duration = Duration::from_secs(5);

/// Longest wait after answers that got lost.
const LONGEST: Duration = Duration::from_secs(60);
