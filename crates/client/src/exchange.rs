//! One token request that knows when to try again.

use http::{
    Method,
    header::{ACCEPT, AUTHORIZATION},
};
use keybound_proto::{
    id::Jti,
    request::{client::write_basic, token::TokenRequest},
    response::token::{TokenRefusal, TokenResponse, TokenType},
    time::Timestamp,
};

use crate::{
    Authentication, Client, ClientError, Outgoing, Role, Step, Steps, Tokens,
    attempt::{Attempt, challenged},
    http::{Body, Request, Response},
    outgoing::secret,
};

/// A token request on its way. Make it with a [`Client`]; drive it with [`drive`](crate::drive()) or by hand.
#[derive(Debug)]
pub struct Exchange<'a> {
    client: &'a Client,
    request: TokenRequest,
    attempt: Option<Attempt>,
}

impl<'a> Exchange<'a> {
    pub(crate) const fn new(client: &'a Client, request: TokenRequest) -> Self {
        Self { client, request, attempt: None }
    }

    /// The request to sign and send now.
    pub fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        let client = self.client;
        let endpoint = client.metadata.token_endpoint.as_deref();
        let endpoint = endpoint.ok_or(ClientError::Endpoint("token_endpoint"))?;
        let attempt = match &mut self.attempt {
            Some(attempt) => attempt,
            none => none.insert(Attempt::to(endpoint, Role::AuthorizationServer)?),
        };
        attempt.sent_at = now;
        let mut request =
            Request::builder().method(Method::POST).uri(endpoint).header(ACCEPT, "application/json");
        let mut form = self.request.to_form();
        match &client.authentication {
            Authentication::Public => form = form.with("client_id", client.client_id.as_str()),
            Authentication::SecretBasic(own) => {
                let credentials = write_basic(&client.client_id, own);
                request = request.header(AUTHORIZATION, secret(credentials.reveal(), "credentials")?);
            }
            Authentication::SecretPost(own) => {
                form = form.with("client_id", client.client_id.as_str()).with("client_secret", own.reveal());
            }
        }
        let request = request.body(Body::default()).map_err(|_| ClientError::Header("address"))?;
        let outgoing = Outgoing::with_form(request, form);
        let Some(key) = &client.key else { return Ok(outgoing) };
        client.check_algorithm(key)?;
        Ok(attempt.proven(outgoing, (key, &client.origins), ("POST", None), (now, jti)))
    }

    /// What to do after this answer.
    pub fn receive(&mut self, response: &Response<Body>) -> Result<Step<Tokens>, ClientError> {
        let Some(attempt) = &mut self.attempt else { return Err(ClientError::State) };
        let refusal =
            (!response.status().is_success()).then(|| TokenRefusal::parse(response.body().as_bytes()).ok());
        let refusal = refusal.flatten();
        let code = refusal.as_ref().and_then(TokenRefusal::code).or_else(|| challenged(response.headers()));
        let code = code.filter(|_| self.client.key.is_some() && response.status().is_client_error());
        if attempt.again(&self.client.origins, response.headers(), code)? {
            return Ok(Step::Again);
        }
        let status = response.status().as_u16();
        if !response.status().is_success() {
            return Err(match refusal {
                Some(TokenRefusal { error, description, .. }) => {
                    ClientError::Refused { status, error, description }
                }
                None => ClientError::Status { status },
            });
        }
        let sent_at = attempt.sent_at;
        self.tokens(TokenResponse::parse(response.body().as_bytes())?, sent_at).map(Step::Done)
    }

    /// RFC 9449 §5: a client that wanted a bound token must not use another one; it is dropped here.
    fn tokens(&self, response: TokenResponse, sent_at: Timestamp) -> Result<Tokens, ClientError> {
        let bound_to = match (&self.client.key, &response.token_type) {
            (Some(key), TokenType::DPoP) => Some(*key.thumbprint()),
            (None, TokenType::Bearer) => None,
            (key, found) => {
                let wanted = if key.is_some() { "DPoP" } else { "Bearer" };
                return Err(ClientError::TokenType { found: found.as_str().to_owned(), wanted });
            }
        };
        let (kept, asked) = match &self.request {
            TokenRequest::RefreshToken(request) => (Some(&request.token), request.scopes.as_ref()),
            TokenRequest::ClientCredentials(request) => (None, request.scopes.as_ref()),
            _ => (None, None),
        };
        Ok(Tokens {
            access_token: response.access_token,
            bound_to,
            expires: response.expires_in.map(|lifetime| sent_at.plus(lifetime)),
            refresh_token: response.refresh_token.or_else(|| kept.cloned()),
            id_token: response.id_token,
            scopes: response.scopes.or_else(|| asked.cloned()),
        })
    }
}

impl Steps for Exchange<'_> {
    type Output = Tokens;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        Exchange::request(self, now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Tokens>, ClientError> {
        Exchange::receive(self, response)
    }
}
