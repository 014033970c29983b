//! The way out: by an address alone, by one that is signed (RFC 9101), or by one whose parameters are at the
//! server already (RFC 9126).

use keybound_proto::{
    form::Form, id::Jti, jose::Unsigned, response::pushed::PushedResponse, time::Timestamp,
};

use super::{
    CodeFlow,
    code::address,
    request_object::{self, REQUEST},
};
use crate::{
    Ambient, Authentication, Client, ClientError, Outgoing, Retry, Signer, Step, Steps, drive,
    http::{Body, Http, Response},
    message::Message,
};

/// What is to be done before the user can be sent away.
#[derive(Debug)]
#[non_exhaustive]
pub enum Departure<'a> {
    /// Nothing, but for a signature where the client signs its requests.
    Address(Address),
    /// The parameters go to the server first: drive it.
    Push(Box<Push<'a>>),
}

/// An address for the user, perhaps to be signed before.
#[derive(Debug)]
#[must_use = "the user is to be sent there"]
pub struct Address {
    endpoint: String,
    form: Form,
    unsigned: Option<(Signer, Unsigned)>,
}

/// A pushed authorization request on its way (RFC 9126 §2). It comes to the address for the user.
#[derive(Debug)]
pub struct Push<'a> {
    client: &'a Client,
    flow: &'a CodeFlow,
    message: Message<'a>,
}

/// Where to send the user, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Where to send the user.
    pub url: String,
    /// When the server forgets what was pushed.
    pub expires: Timestamp,
}

impl CodeFlow {
    /// How the user is sent away: the client's choice, or the server's where it takes pushed requests alone
    /// (`require_pushed_authorization_requests`).
    pub fn departure<'a>(
        &'a self,
        client: &'a Client,
        (now, jti): (Timestamp, &Jti),
    ) -> Result<Departure<'a>, ClientError> {
        if client.pushes || client.metadata.require_pushed_authorization_requests == Some(true) {
            return Ok(Departure::Push(Box::new(self.push(client)?)));
        }
        Ok(Departure::Address(match &client.request_signer {
            None => Address { endpoint: self.endpoint().to_owned(), form: self.form.clone(), unsigned: None },
            Some(signer) => {
                let unsigned =
                    request_object::write(client, signer, &self.form, (client.time_there(now), jti));
                let (endpoint, form) = (self.endpoint().to_owned(), request_object::beside(&self.form));
                Address { endpoint, form, unsigned: Some((signer.clone(), unsigned)) }
            }
        }))
    }

    /// Pushes the parameters to the server (RFC 9126 §2), whether or not it insists.
    pub fn push<'a>(&'a self, client: &'a Client) -> Result<Push<'a>, ClientError> {
        let endpoint = client.metadata.pushed_authorization_request_endpoint.as_deref();
        let named = matches!(client.authentication, Authentication::SecretBasic(_));
        let id = named.then(|| client.client_id.as_str());
        let form = match &client.request_signer {
            Some(_) => Form::new().with_some("client_id", id),
            None => {
                let all = self.form.pairs().filter(|(name, _)| *name != "client_id");
                all.fold(Form::new().with_some("client_id", id), |form, (name, value)| form.with(name, value))
            }
        };
        let message = Message::new(client, ("pushed_authorization_request_endpoint", endpoint), form)?;
        Ok(Push { client, flow: self, message })
    }

    /// Does what is to be done, and says where to send the user.
    pub async fn depart(
        &self,
        client: &Client,
        (http, ambient): (&impl Http, &impl Ambient),
    ) -> Result<String, ClientError> {
        match self.departure(client, (ambient.now(), &Jti::from_entropy(ambient.entropy())))? {
            Departure::Address(address) => address.sign().await,
            Departure::Push(push) => Ok(drive(*push, http, ambient).await?.url),
        }
    }
}

impl Address {
    /// The address, signed with a key at hand. A key that is elsewhere is [`ClientError::KeyElsewhere`].
    pub fn sign_here(self) -> Result<String, ClientError> {
        let Some((signer, unsigned)) = self.unsigned else { return Ok(address(&self.endpoint, &self.form)) };
        let signature = signer.sign_here(unsigned.message()).ok_or(ClientError::KeyElsewhere)??;
        Ok(address(&self.endpoint, &self.form.with(REQUEST, &unsigned.signed(&signature))))
    }

    /// The address, signed, however long that takes.
    pub async fn sign(self) -> Result<String, ClientError> {
        let Some((signer, unsigned)) = self.unsigned else { return Ok(address(&self.endpoint, &self.form)) };
        let signature = signer.sign(unsigned.message()).await?;
        Ok(address(&self.endpoint, &self.form.with(REQUEST, &unsigned.signed(&signature))))
    }
}

impl Steps for Push<'_> {
    type Output = Pushed;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        let outgoing = self.message.request(now, jti)?;
        Ok(match &self.client.request_signer {
            Some(signer) => {
                let there = self.client.time_there(now);
                let object = request_object::write(self.client, signer, &self.flow.form, (there, jti));
                outgoing.with_signed_field(REQUEST, signer, object)
            }
            None => outgoing,
        })
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Pushed>, ClientError> {
        match self.message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => {
                let pushed = PushedResponse::parse(response.body().as_bytes())?;
                let client_id = self.client.client_id.as_str();
                let form = Form::new().with("client_id", client_id).with("request_uri", &pushed.request_uri);
                let expires = self.message.sent_at().plus(pushed.expires_in);
                Ok(Step::Done(Pushed { url: address(self.flow.endpoint(), &form), expires }))
            }
        }
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
