//! The second factor of a login whose first one was accepted (Auth0's MFA API).
//!
//! A grant that wants one fails with [`ClientError::MfaRequired`]. Its `mfa_token` says which login it was: with it, a
//! factor is [called](Client::mfa_challenge), or first [enrolled](Client::mfa_enroll), and then shown.
//!
//! ```no_run
//! # use keybound_client::{Client, ClientError, System, Tokens, http::Web, proto::secret::Secret};
//! use keybound_client::drive;
//! # use keybound_client::proto::request::token::PasswordlessRequest;
//!
//! # async fn example(client: Client, http: Web, request: PasswordlessRequest, ask_the_user: fn() -> Secret<String>) -> Result<Tokens, ClientError> {
//! match drive(client.passwordless_otp(request), &http, &System).await {
//!     Err(ClientError::MfaRequired { mfa_token, .. }) => {
//!         let digits = ask_the_user();
//!         drive(client.mfa_otp(mfa_token, digits), &http, &System).await
//!     }
//!     answer => answer,
//! }
//! # }
//! ```

mod factors;

use keybound_proto::{
    form::Form,
    id::Jti,
    request::token::{MfaRequest, SecondFactor, TokenRequest},
    response::mfa::MfaChallenge,
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use serde_json::Map;

pub use self::factors::{FactorCall, MfaEnrolment};
use crate::{
    Client, ClientError, Exchange, Outgoing, Retry, Step, Steps, Tokens,
    flow::Polling,
    http::{Body, Response},
    message::{Message, naming},
};

/// Which factor is to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaAsk {
    /// What kind.
    pub kind: MfaKind,
    /// Which of the user's; the server chooses where nothing is said.
    pub authenticator: Option<String>,
}

/// The kinds of factors that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaKind {
    /// One that answers by another channel: a message, a call, a telephone to confirm on.
    Oob,
    /// An authenticator that shows digits.
    Otp,
}

/// A factor that is being called.
#[derive(Debug)]
pub struct MfaCall<'a> {
    client: &'a Client,
    message: Message<'a>,
}

/// A recovery code being redeemed.
#[derive(Debug)]
pub struct Recovery<'a>(Exchange<'a>);

/// What a recovery code brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The tokens.
    pub tokens: Tokens,
    /// The code that takes the place of the one that was spent: the user must write it down now.
    pub next_code: Option<Secret<String>>,
}

impl Client {
    /// Shows the digits of an authenticator.
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer}};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    /// # let (mfa_token, digits) = (Secret::new("Fe26".to_owned()), Secret::new("271828".to_owned()));
    /// let exchange = client.mfa_otp(mfa_token, digits); // for `drive`
    /// # let _ = exchange;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mfa_otp(&self, mfa_token: Secret<String>, digits: Secret<String>) -> Exchange<'_> {
        self.second(mfa_token, SecondFactor::Otp(digits))
    }

    /// Shows what arrived by another channel: `oob_code` of the challenge, and what the user read in the message.
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, response::mfa::MfaChallenge, secret::Secret, uri::Issuer}};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    /// # let (mfa_token, digits) = (Secret::new("Fe26".to_owned()), Secret::new("271828".to_owned()));
    /// # let challenge = MfaChallenge::parse(br#"{"challenge_type":"oob","oob_code":"o","binding_method":"prompt"}"#)?;
    /// let oob_code = challenge.oob_code.ok_or("the server called no such factor")?;
    /// let exchange = client.mfa_oob(mfa_token, oob_code, Some(digits)); // for `drive`
    /// # let _ = exchange;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mfa_oob(
        &self,
        mfa_token: Secret<String>,
        oob_code: Secret<String>,
        binding_code: Option<Secret<String>>,
    ) -> Exchange<'_> {
        self.second(mfa_token, SecondFactor::Oob { code: oob_code, binding_code })
    }

    /// Shows the code that was kept for the day the factors are lost.
    ///
    /// ```
    /// # use keybound_client::{Client, proto::{id::ClientId, metadata::ServerMetadata, secret::Secret, uri::Issuer}};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let client = Client::new(issuer.clone(), ServerMetadata::of(&issuer), ClientId::parse("app")?);
    /// # let (mfa_token, code) = (Secret::new("Fe26".to_owned()), Secret::new("ABCD".to_owned()));
    /// let recovery = client.mfa_recovery_code(mfa_token, code); // for `drive`; show `next_code` of what comes of it
    /// # let _ = recovery;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn mfa_recovery_code(&self, mfa_token: Secret<String>, code: Secret<String>) -> Recovery<'_> {
        Recovery(self.second(mfa_token, SecondFactor::RecoveryCode(code)))
    }

    /// Waits until the user has confirmed on a telephone: a challenge without `binding_method: prompt`.
    ///
    /// The server says neither how often it may be asked nor for how long: every five seconds, for five minutes.
    pub fn mfa_wait(
        &self,
        mfa_token: Secret<String>,
        challenge: MfaChallenge,
        now: Timestamp,
    ) -> Result<Polling<'_, MfaChallenge>, ClientError> {
        let code = challenge.oob_code.clone().ok_or(ClientError::State)?;
        let factor = SecondFactor::Oob { code, binding_code: None };
        let request = TokenRequest::Mfa(MfaRequest { mfa_token, factor });
        Ok(Polling::new(self, request, challenge, (INTERVAL, now.plus(PATIENCE))))
    }

    /// Calls a factor: has a message sent, or a telephone ring (`/mfa/challenge`).
    pub fn mfa_challenge(
        &self,
        mfa_token: &Secret<String>,
        ask: &MfaAsk,
    ) -> Result<MfaCall<'_>, ClientError> {
        let form = naming(self, Form::new())
            .with("mfa_token", mfa_token.reveal())
            .with("challenge_type", ask.kind.as_str())
            .with_some("authenticator_id", ask.authenticator.as_deref());
        let named = self.metadata.mfa_challenge_endpoint.clone();
        let endpoint = named.unwrap_or_else(|| self.issuer.join("mfa/challenge"));
        let message = Message::new(self, ("mfa_challenge_endpoint", Some(&endpoint)), form)?;
        Ok(MfaCall { client: self, message: message.in_json(Map::new()) })
    }

    fn second(&self, mfa_token: Secret<String>, factor: SecondFactor) -> Exchange<'_> {
        Exchange::new(self, TokenRequest::Mfa(MfaRequest { mfa_token, factor }))
    }
}

impl MfaAsk {
    /// Whichever factor of this kind the user has.
    pub const fn any(kind: MfaKind) -> Self {
        Self { kind, authenticator: None }
    }
}

impl MfaKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Oob => "oob",
            Self::Otp => "otp",
        }
    }
}

impl Steps for MfaCall<'_> {
    type Output = MfaChallenge;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<MfaChallenge>, ClientError> {
        Ok(match self.message.receive(response)? {
            Step::Again => Step::Again,
            Step::Done(()) => Step::Done(MfaChallenge::parse(response.body().as_bytes())?),
        })
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}

impl Recovery<'_> {
    /// Says what was asked for at the beginning: see [`Exchange::asked`].
    #[must_use]
    pub fn asked(self, scopes: Option<Scopes>) -> Self {
        Self(self.0.asked(scopes))
    }
}

impl Steps for Recovery<'_> {
    type Output = Recovered;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.0.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Recovered>, ClientError> {
        let (answer, sent_at) = match self.0.answer(response)? {
            Step::Again => return Ok(Step::Again),
            Step::Done(answer) => answer,
        };
        let next_code = answer.recovery_code.clone();
        Ok(Step::Done(Recovered { tokens: self.0.tokens(answer, sent_at)?, next_code }))
    }

    fn retry(&self) -> Retry {
        Steps::retry(&self.0)
    }
}

/// As RFC 8628 §3.2 has it for servers that do not say.
const INTERVAL: Lifetime = Lifetime::seconds(5);

/// As long as Auth0 waits.
const PATIENCE: Lifetime = Lifetime::seconds(300);
