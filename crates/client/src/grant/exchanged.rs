//! What one token was exchanged for (RFC 8693 §2.2.1).

use keybound_proto::{
    id::Jti,
    response::token::{TokenKind, TokenType},
    scope::Scopes,
    secret::Secret,
    time::Timestamp,
};

use crate::{
    ClientError, Exchange, Outgoing, Retry, Step, Steps, Tokens,
    http::{Body, Response},
};

/// A token exchange on its way.
#[derive(Debug)]
pub struct TokenExchange<'a>(Exchange<'a>);

/// What came of an exchange. Only the server says which of the two it is: neither the kind nor the type is inferred.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exchanged {
    /// A token that APIs take, bound as this client's tokens are.
    Access {
        /// It, and what came along.
        tokens: Tokens,
        /// What the server calls it; RFC 8693 wants it said, and some servers do not say it.
        kind: Option<TokenKind>,
    },
    /// A token that no API takes: its type is `N_A`.
    Other(OtherToken),
}

/// A token that is no access token: an ID token, an assertion for another server, a ticket for another session.
///
/// It is not part of [`Tokens`], so that no fetcher can send it, and it has no binding: what holds it can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherToken {
    /// The token.
    pub token: Secret<String>,
    /// What the server calls it.
    pub kind: Option<TokenKind>,
    /// When its time is over, by our clock, as far as the server said.
    pub expires: Option<Timestamp>,
    /// What it is good for: what the server said, or what was asked for where it said nothing (RFC 8693 §2.2.1).
    pub scopes: Option<Scopes>,
}

impl<'a> TokenExchange<'a> {
    pub(super) const fn new(exchange: Exchange<'a>) -> Self {
        Self(exchange)
    }
}

impl Exchanged {
    /// What a session keeps. A token of type `N_A` is [`ClientError::TokenType`]: it must not be sent to an API.
    pub fn into_tokens(self) -> Result<Tokens, ClientError> {
        match self {
            Self::Access { tokens, .. } => Ok(tokens),
            Self::Other(_) => {
                let found = TokenType::NotApplicable.as_str().to_owned();
                Err(ClientError::TokenType { found, wanted: "that of an access token" })
            }
        }
    }
}

impl Steps for TokenExchange<'_> {
    type Output = Exchanged;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.0.request(now, jti)
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Exchanged>, ClientError> {
        let (answer, sent_at) = match self.0.answer(response)? {
            Step::Again => return Ok(Step::Again),
            Step::Done(answer) => answer,
        };
        let kind = answer.issued_token_type.clone();
        Ok(Step::Done(match answer.token_type {
            TokenType::NotApplicable => Exchanged::Other(OtherToken {
                token: answer.access_token,
                kind,
                expires: answer.expires_in.map(|lifetime| sent_at.plus(lifetime)),
                scopes: self.0.granted(answer.scopes),
            }),
            _ => Exchanged::Access { tokens: self.0.tokens(answer, sent_at)?, kind },
        }))
    }

    fn retry(&self) -> Retry {
        Steps::retry(&self.0)
    }
}
