//! Having a user called who is not here: OpenID Connect Client-Initiated Backchannel Authentication, by polling.

use keybound_proto::{
    form::Form,
    id::{Jti, Subject},
    request::token::{CibaRequest, TokenRequest},
    response::ciba::CibaResponse,
    scope::Scopes,
    secret::Secret,
    time::{Lifetime, Timestamp},
    uri::Resource,
};

use super::Polling;
use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps,
    http::{Body, Response},
    message::{Message, naming},
};

/// Whom to call, and what for (CIBA Core §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CibaAsk {
    /// Who it is.
    pub hint: CibaHint,
    /// What for. `openid` belongs to every request, and is added where it is missing.
    pub scopes: Scopes,
    /// What user and caller both see, so that they know they mean the same. Auth0 wants it in every request.
    pub binding_message: Option<String>,
    /// How long the user may take, if the server agrees.
    pub requested_expiry: Option<Lifetime>,
    /// Ways of authentication the client wishes for, best first.
    pub acr_values: Vec<String>,
    /// What exactly is to be allowed: a JSON array (RFC 9396).
    pub authorization_details: Option<String>,
    /// Auth0's way to name the API.
    pub audience: Option<String>,
    /// RFC 8707's way.
    pub resources: Vec<Resource>,
}

/// Who is to be called. A request has exactly one of these (CIBA Core §7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CibaHint {
    /// Whom an earlier ID token speaks of.
    IdToken(Secret<String>),
    /// A name the server knows the user by, as it is.
    Login(String),
    /// The user's `sub` at this server, in the JSON form that Auth0 asks for (`iss_sub`).
    Subject(Subject),
    /// A token that somebody else made about the user.
    Token(Secret<String>),
}

/// A call on its way (CIBA Core §7). It comes to a [`Polling`].
#[derive(Debug)]
pub struct CibaStart<'a> {
    client: &'a Client,
    message: Message<'a>,
    asked: Scopes,
}

impl CibaAsk {
    /// Asks no more than who the user is.
    pub fn new(hint: CibaHint) -> Self {
        Self {
            hint,
            scopes: Scopes::default(),
            binding_message: None,
            requested_expiry: None,
            acr_values: Vec::new(),
            authorization_details: None,
            audience: None,
            resources: Vec::new(),
        }
    }

    /// `openid` belongs to every request (CIBA Core §7.1).
    fn asked(&self) -> Result<Scopes, ClientError> {
        let asked = match self.scopes.contains("openid") {
            true => Ok(self.scopes.clone()),
            false => Scopes::parse(&format!("openid {}", self.scopes)),
        };
        asked.map_err(|_| ClientError::Header("scope"))
    }

    fn write(&self, client: &Client, asked: &Scopes, form: Form) -> Form {
        let acr = (!self.acr_values.is_empty()).then(|| self.acr_values.join(" "));
        let expiry = self.requested_expiry.map(|expiry| expiry.as_secs().to_string());
        let (name, hint) = self.hint.write(client);
        let form = form
            .with("scope", &asked.to_string())
            .with(name, hint.reveal())
            .with_some("binding_message", self.binding_message.as_deref())
            .with_some("requested_expiry", expiry.as_deref())
            .with_some("acr_values", acr.as_deref())
            .with_some("authorization_details", self.authorization_details.as_deref())
            .with_some("audience", self.audience.as_deref());
        self.resources.iter().fold(form, |form, one| form.with("resource", one.as_str()))
    }
}

impl CibaHint {
    fn write(&self, client: &Client) -> (&'static str, Secret<String>) {
        match self {
            Self::IdToken(token) => ("id_token_hint", token.clone()),
            Self::Login(name) => ("login_hint", Secret::new(name.clone())),
            Self::Subject(subject) => {
                let issuer = client.issuer.as_str();
                let hint = serde_json::json!({ "format": "iss_sub", "iss": issuer, "sub": subject.as_str() });
                ("login_hint", Secret::new(hint.to_string()))
            }
            Self::Token(token) => ("login_hint_token", token.clone()),
        }
    }
}

impl Client {
    /// Has a user called, on a device of theirs (CIBA Core §7). What comes of it is asked for by polling.
    ///
    /// ```no_run
    /// # use keybound_client::{Client, ClientError, System, http::Web, proto::id::Subject};
    /// use keybound_client::{drive, flow::{CibaAsk, CibaHint}};
    ///
    /// # async fn example(client: Client, http: Web, caller: Subject) -> Result<(), ClientError> {
    /// let ask = CibaAsk { binding_message: Some("42-17".into()), ..CibaAsk::new(CibaHint::Subject(caller)) };
    /// let polling = drive(client.ciba(&ask)?, &http, &System).await?;
    /// let tokens = polling.wait(&http, &System).await?;
    /// assert!(tokens.is_bound());
    /// # Ok(())
    /// # }
    /// ```
    pub fn ciba(&self, ask: &CibaAsk) -> Result<CibaStart<'_>, ClientError> {
        let endpoint = self.metadata.backchannel_authentication_endpoint.as_deref();
        let asked = ask.asked()?;
        let form = ask.write(self, &asked, naming(self, Form::new()));
        let message = Message::new(self, ("backchannel_authentication_endpoint", endpoint), form)?;
        Ok(CibaStart { client: self, message, asked })
    }
}

impl<'a> Steps for CibaStart<'a> {
    type Output = Polling<'a, CibaResponse>;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Self::Output>, ClientError> {
        match self.message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => {
                let told = CibaResponse::parse(response.body().as_bytes())?;
                let request = TokenRequest::Ciba(CibaRequest { auth_req_id: told.auth_req_id.clone() });
                let until = self.message.sent_at().plus(told.expires_in);
                let every = told.interval;
                let polling = Polling::new(self.client, request, told, (every, until));
                Ok(Step::Done(polling.asked(Some(self.asked.clone()))))
            }
        }
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
