//! Having a code or a link sent to a user's address (Auth0's `/passwordless/start`).

use keybound_proto::{form::Form, id::Jti, request::token::PasswordlessRealm, time::Timestamp};
use serde_json::{Map, Value};

use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps,
    http::{Body, Response},
    message::{Message, naming},
};

/// What to send, and where to.
#[derive(Clone, Debug)]
pub struct PasswordlessAsk {
    /// By which of the two.
    pub realm: PasswordlessRealm,
    /// The email address, or the telephone number in E.164.
    pub to: String,
    /// What.
    pub send: PasswordlessSend,
}

/// What is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PasswordlessSend {
    /// A code to type in here; redeemed by [`Client::passwordless_otp`].
    Code,
    /// A link to click, by email alone. The parameters are those of an authorization request (`redirect_uri`, `scope`,
    /// `state`, `response_type`); what comes back is redeemed by [`Client::passwordless_link`].
    Link(Form),
}

/// A code or a link, asked for and on its way.
#[derive(Debug)]
pub struct PasswordlessStart<'a> {
    client: &'a Client,
    message: Message<'a>,
}

impl PasswordlessAsk {
    /// A code by email.
    pub fn email(address: impl Into<String>) -> Self {
        Self { realm: PasswordlessRealm::Email, to: address.into(), send: PasswordlessSend::Code }
    }

    /// A code by SMS.
    pub fn sms(number: impl Into<String>) -> Self {
        Self { realm: PasswordlessRealm::Sms, to: number.into(), send: PasswordlessSend::Code }
    }
}

impl Client {
    /// Has a code or a link sent. That the server agreed says nothing about whether the address is anybody's.
    ///
    /// ```no_run
    /// # use keybound_client::{Client, ClientError, System, http::Web, proto::secret::Secret};
    /// use keybound_client::{
    ///     drive, passwordless::PasswordlessAsk,
    ///     proto::request::token::{PasswordlessRealm, PasswordlessRequest},
    /// };
    ///
    /// # async fn example(client: Client, http: Web, ask_the_user: fn() -> Secret<String>) -> Result<(), ClientError> {
    /// drive(client.passwordless_start(&PasswordlessAsk::email("ada@example.com"))?, &http, &System).await?;
    /// let code = ask_the_user();
    /// let request = PasswordlessRequest::new(PasswordlessRealm::Email, "ada@example.com", code);
    /// let tokens = drive(client.passwordless_otp(request), &http, &System).await?;
    /// # let _ = tokens;
    /// # Ok(())
    /// # }
    /// ```
    pub fn passwordless_start(&self, ask: &PasswordlessAsk) -> Result<PasswordlessStart<'_>, ClientError> {
        let (field, send) = (ask.field(), ask.send.as_str());
        let form = naming(self, Form::new())
            .with("connection", ask.realm.as_str())
            .with(field, &ask.to)
            .with("send", send);
        let more = match &ask.send {
            PasswordlessSend::Code => Map::new(),
            PasswordlessSend::Link(parameters) => {
                let parameters = parameters.pairs().map(|(name, value)| (name.to_owned(), value.into()));
                Map::from_iter([("authParams".to_owned(), Value::Object(parameters.collect()))])
            }
        };
        let endpoint = self.issuer.join("passwordless/start");
        let message = Message::new(self, ("passwordless/start", Some(&endpoint)), form)?.in_json(more);
        Ok(PasswordlessStart { client: self, message })
    }
}

impl PasswordlessAsk {
    const fn field(&self) -> &'static str {
        match self.realm {
            PasswordlessRealm::Email => "email",
            PasswordlessRealm::Sms => "phone_number",
        }
    }
}

impl PasswordlessSend {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Link(_) => "link",
        }
    }
}

impl Steps for PasswordlessStart<'_> {
    type Output = ();

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<()>, ClientError> {
        self.message.receive(response)
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
