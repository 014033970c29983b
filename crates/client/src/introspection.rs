//! What a token is good for, asked of the server that issued it (RFC 7662): for APIs whose tokens are opaque to them,
//! or that want to know whether one was revoked.

use keybound_proto::{
    id::Jti, request::about_token::AboutToken, response::introspection::Introspection, time::Timestamp,
};

use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps,
    http::{Body, Response},
    message::Message,
};

impl Client {
    /// Asks what a token is good for. The client is an API, as the server knows it, and has a credential there.
    ///
    /// ```
    /// # use keybound_client::{Authentication, Client, Step, Steps, http::Response, proto::{id::{ClientId, Jti}, metadata::ServerMetadata, secret::Secret, time::Timestamp, uri::Issuer}};
    /// use keybound_client::proto::{request::about_token::AboutToken, response::introspection::Introspection};
    /// # let issuer = Issuer::parse("https://tenant.example/")?;
    /// # let mut metadata = ServerMetadata::of(&issuer);
    /// # metadata.introspection_endpoint = Some("https://tenant.example/oauth/introspect".into());
    /// # let api = Client::new(issuer, metadata, ClientId::parse("orders-api")?);
    /// # let api = api.authenticated(Authentication::SecretBasic(Secret::new("s3cret".into())));
    /// # let (now, jti) = (Timestamp::from_unix(1_800_000_000), Jti::parse("0f8fad5bd9cb469f")?);
    /// # let answer = || Response::new(r#"{"active":true,"scope":"read:orders","token_type":"Bearer"}"#.into());
    ///
    /// let token = Secret::new("as-it-came".to_owned());
    /// let mut asking = api.introspect(&AboutToken { token, hint: None })?;
    /// let request = asking.request(now, &jti)?.sign_here()?;
    /// # drop(request);
    /// let Step::Done(told) = asking.receive(&answer())? else { panic!("a nonce is wanted") };
    /// let Introspection::Active(described) = told else { panic!("401 is the answer to who sent it") };
    /// assert!(described.scopes.contains("read:orders"));
    /// // Where `described.key` is some, the token counts only with a proof by that key.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn introspect(&self, request: &AboutToken) -> Result<Introspecting<'_>, ClientError> {
        let endpoint = self.metadata.introspection_endpoint.as_deref();
        let message = Message::new(self, ("introspection_endpoint", endpoint), request.to_form())?;
        Ok(Introspecting { client: self, message })
    }
}

/// A question about a token, on its way.
#[derive(Debug)]
pub struct Introspecting<'a> {
    client: &'a Client,
    message: Message<'a>,
}

impl Steps for Introspecting<'_> {
    type Output = Introspection;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Introspection>, ClientError> {
        match self.message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => Ok(Step::Done(Introspection::parse(response.body().as_bytes())?)),
        }
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
