//! One token request that knows when to try again.

use keybound_proto::{
    id::Jti,
    request::token::TokenRequest,
    response::token::{TokenResponse, TokenType},
    scope::Scopes,
    time::Timestamp,
};

use crate::{
    Client, ClientError, Outgoing, Retry, Step, Steps, Tokens,
    http::{Body, Response},
    message::Message,
};

/// A token request on its way. Make it with a [`Client`]; drive it with [`drive`](crate::drive()) or by hand.
#[derive(Debug)]
pub struct Exchange<'a> {
    client: &'a Client,
    request: TokenRequest,
    message: Option<Message<'a>>,
    asked: Option<Scopes>,
}

impl<'a> Exchange<'a> {
    pub(crate) const fn new(client: &'a Client, request: TokenRequest) -> Self {
        Self { client, request, message: None, asked: None }
    }

    /// Says what was asked for at the beginning, where this request only ends what another began and names no scopes
    /// itself: the second factor of a login, the code of a link. A server that leaves `scope` out of its answer granted
    /// just that (RFC 6749 §5.1).
    #[must_use]
    pub fn asked(self, scopes: Option<Scopes>) -> Self {
        Self { asked: scopes, ..self }
    }

    /// The request to sign and send now.
    pub fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        let endpoint = ("token_endpoint", self.client.metadata.token_endpoint.as_deref());
        let message = match &mut self.message {
            Some(message) => message,
            none => none.insert(Message::new(self.client, endpoint, self.request.to_form())?),
        };
        message.request(now, jti)
    }

    /// What to do after this answer.
    pub fn receive(&mut self, response: &Response<Body>) -> Result<Step<Tokens>, ClientError> {
        Ok(match self.answer(response)? {
            Step::Again => Step::Again,
            Step::Done((answer, sent_at)) => Step::Done(self.tokens(answer, sent_at)?),
        })
    }

    /// The answer as it came, and when it was asked for.
    pub(crate) fn answer(
        &mut self,
        response: &Response<Body>,
    ) -> Result<Step<(TokenResponse, Timestamp)>, ClientError> {
        let Some(message) = &mut self.message else { return Err(ClientError::State) };
        match message.receive(response)? {
            Step::Again => Ok(Step::Again),
            Step::Done(()) => {
                let answer = TokenResponse::parse(response.body().as_bytes())?;
                Ok(Step::Done((answer, message.sent_at())))
            }
        }
    }

    /// RFC 9449 §5: a client that wanted a bound token must not use another one; it is dropped here.
    pub(crate) fn tokens(&self, response: TokenResponse, sent_at: Timestamp) -> Result<Tokens, ClientError> {
        let bound_to = match (&self.client.key, &response.token_type) {
            (Some(key), TokenType::DPoP) => Some(*key.thumbprint()),
            (None, TokenType::Bearer) => None,
            (key, found) => {
                let wanted = if key.is_some() { "DPoP" } else { "Bearer" };
                return Err(ClientError::TokenType { found: found.as_str().to_owned(), wanted });
            }
        };
        let kept = match &self.request {
            TokenRequest::RefreshToken(request) => Some(&request.token),
            _ => None,
        };
        Ok(Tokens {
            access_token: response.access_token,
            bound_to,
            expires: response.expires_in.map(|lifetime| sent_at.plus(lifetime)),
            refresh_token: response.refresh_token.or_else(|| kept.cloned()),
            id_token: response.id_token,
            scopes: self.granted(response.scopes),
        })
    }

    /// RFC 6749 §5.1: what the server does not tell is what was asked for.
    pub(crate) fn granted(&self, told: Option<Scopes>) -> Option<Scopes> {
        told.or_else(|| self.request.scopes().or(self.asked.as_ref()).cloned())
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

    fn retry(&self) -> Retry {
        self.client.retry
    }
}
