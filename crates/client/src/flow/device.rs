//! Logging in on a device that cannot show a browser: the user takes another one (RFC 8628).

use keybound_proto::{
    form::Form,
    id::Jti,
    request::token::{DeviceRequest, TokenRequest},
    response::device::DeviceResponse,
    scope::Scopes,
    time::Timestamp,
    uri::Resource,
};

use super::Polling;
use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps,
    http::{Body, Response},
    message::{Message, naming},
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

/// A device's request for a code, on its way (RFC 8628 §3.1). It comes to a [`Polling`].
#[derive(Debug)]
pub struct DeviceStart<'a> {
    client: &'a Client,
    message: Message<'a>,
    asked: Option<Scopes>,
}

impl Client {
    /// Asks for codes, one for this device and one for its user (RFC 8628 §3.1).
    ///
    /// ```no_run
    /// # use keybound_client::{Client, ClientError, System, http::Web, proto::scope::Scopes};
    /// use keybound_client::{drive, flow::DeviceAsk};
    ///
    /// # async fn example(client: Client, http: Web, scopes: Scopes) -> Result<(), ClientError> {
    /// let ask = DeviceAsk { scopes, audience: Some("https://api.example/".into()), ..DeviceAsk::default() };
    /// let polling = drive(client.device(&ask)?, &http, &System).await?;
    /// println!("open {} and enter {}", polling.told().verification_uri, polling.told().user_code);
    /// let tokens = polling.wait(&http, &System).await?;
    /// assert!(tokens.is_bound());
    /// # Ok(())
    /// # }
    /// ```
    pub fn device(&self, ask: &DeviceAsk) -> Result<DeviceStart<'_>, ClientError> {
        let endpoint = self.metadata.device_authorization_endpoint.as_deref();
        let asked = (!ask.scopes.is_empty()).then(|| ask.scopes.clone());
        let scope = asked.as_ref().map(Scopes::to_string);
        let form = naming(self, Form::new())
            .with_some("scope", scope.as_deref())
            .with_some("audience", ask.audience.as_deref());
        let form = ask.resources.iter().fold(form, |form, one| form.with("resource", one.as_str()));
        let message = Message::new(self, ("device_authorization_endpoint", endpoint), form)?;
        Ok(DeviceStart { client: self, message, asked })
    }
}

impl<'a> Steps for DeviceStart<'a> {
    type Output = Polling<'a, DeviceResponse>;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.message.request(now, jti)
    }

    fn receive(
        &mut self,
        response: &Response<Body>,
    ) -> Result<Step<Polling<'a, DeviceResponse>>, ClientError> {
        match self.message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => {
                let told = DeviceResponse::parse(response.body().as_bytes())?;
                let request = DeviceRequest { device_code: told.device_code.clone() };
                let until = self.message.sent_at().plus(told.expires_in);
                let every = told.interval;
                let request = TokenRequest::Device(request);
                let polling = Polling::new(self.client, request, told, (every, until));
                Ok(Step::Done(polling.asked(self.asked.clone())))
            }
        }
    }

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
