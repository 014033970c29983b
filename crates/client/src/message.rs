//! A form for one endpoint of the authorization server: with who asks, with a proof, and once more where the
//! server wants a nonce.

use http::{HeaderMap, Method, header::ACCEPT};
use keybound_proto::{code::ErrorCode, form::Form, id::Jti, response::token::TokenRefusal, time::Timestamp};
use serde_json::{Map, Value};

use crate::{
    Client, ClientError, Outgoing, Role, Step,
    attempt::{Attempt, challenged},
    authentication::{ASSERTION, Authentication, assertion},
    http::{Body, Request, Response},
    retry::come_back,
};

/// One request to the authorization server.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    client: &'a Client,
    form: Form,
    json: Option<Map<String, Value>>,
    attempt: Attempt,
    endpoint: String,
}

impl<'a> Message<'a> {
    /// A form for the endpoint the metadata has under `name`.
    pub(crate) fn new(
        client: &'a Client,
        (name, endpoint): (&'static str, Option<&str>),
        form: Form,
    ) -> Result<Self, ClientError> {
        let endpoint = endpoint.ok_or(ClientError::Endpoint(name))?.to_owned();
        let attempt = Attempt::to(&endpoint, Role::AuthorizationServer)?;
        Ok(Self { client, form, json: None, attempt, endpoint })
    }

    /// The same message as JSON, which holds these members too.
    pub(crate) fn in_json(self, more: Map<String, Value>) -> Self {
        Self { json: Some(more), ..self }
    }

    /// The request to sign and send now.
    pub(crate) fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        let client = self.client;
        self.attempt.sent_at = now;
        let here = client.clocks.there(now);
        let request =
            Request::builder().method(Method::POST).uri(&self.endpoint).header(ACCEPT, "application/json");
        let mut request = request.body(Body::default()).map_err(|_| ClientError::Header("address"))?;
        let headers = request.headers_mut();
        let form = client.authentication.write(&client.client_id, self.form.clone(), headers)?;
        let mut outgoing = match &self.json {
            Some(more) => Outgoing::with_json(request, form, more.clone()),
            None => Outgoing::with_form(request, form),
        };
        if let Authentication::PrivateKeyJwt(signer) = &client.authentication {
            let there = client.origins.time_at(&self.attempt.origin, Role::AuthorizationServer, here);
            outgoing = outgoing.with_signed_field(ASSERTION, signer, assertion(client, signer, there, jti));
        }
        match &client.key {
            Some(key) => {
                client.check_algorithm(key)?;
                Ok(self.attempt.proven(outgoing, (key, &client.origins), ("POST", None), (here, jti)))
            }
            None => Ok(outgoing),
        }
    }

    /// When it was sent last.
    pub(crate) const fn sent_at(&self) -> Timestamp {
        self.attempt.sent_at
    }

    /// Learns from the answer. A refusal is an error, but for one that asks for the same once more.
    pub(crate) fn receive(&mut self, response: &Response<Body>) -> Result<Step<()>, ClientError> {
        let status = response.status();
        let refusal = (!status.is_success()).then(|| TokenRefusal::parse(response.body().as_bytes()).ok());
        let refusal = refusal.flatten();
        let code = refusal.as_ref().and_then(TokenRefusal::code).or_else(|| challenged(response.headers()));
        let code = code.filter(|_| self.client.key.is_some() && status.is_client_error());
        if self.attempt.again(&self.client.origins, response.headers(), code)? {
            return Ok(Step::Again);
        }
        if status.is_success() {
            return Ok(Step::Done(()));
        }
        Err(refused(status.as_u16(), refusal, response.headers(), self.attempt.sent_at))
    }
}

/// A form that names the client where its authentication does not: some endpoints want the name in any case.
pub(crate) fn naming(client: &Client, form: Form) -> Form {
    let elsewhere = matches!(client.authentication, Authentication::SecretBasic(_));
    form.with_some("client_id", elsewhere.then(|| client.client_id.as_str()))
}

/// What an answer comes to that is no success.
pub(crate) fn refused(
    status: u16,
    refusal: Option<TokenRefusal>,
    headers: &HeaderMap,
    sent_at: Timestamp,
) -> ClientError {
    let retry_after = come_back(headers, sent_at).filter(|_| matches!(status, 429 | 503));
    let Some(TokenRefusal { error, description, mfa_token, mfa_requirements, .. }) = refusal else {
        return match retry_after {
            Some(_) => ClientError::Busy { status, error: None, description: None, retry_after },
            None => ClientError::Status { status },
        };
    };
    match mfa_token.filter(|_| error == ErrorCode::MfaRequired.as_str()) {
        Some(mfa_token) => {
            let requirements = mfa_requirements.unwrap_or_default();
            ClientError::MfaRequired { status, mfa_token, requirements, description }
        }
        None if retry_after.is_some() => {
            ClientError::Busy { status, error: Some(error), description, retry_after }
        }
        None => ClientError::Refused { status, error, description },
    }
}
