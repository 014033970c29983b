//! Calling a protected resource (RFC 9449 §7).

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, HOST},
};
use keybound_proto::{
    id::Jti,
    time::Timestamp,
    uri::{Origin, join},
};

use crate::{
    Client, ClientError, Clocks, DpopKey, Origins, Outgoing, Retry, Role, Step, Steps, Tokens,
    attempt::{Attempt, DPOP, challenged},
    http::{Body, Request, Response},
    outgoing::secret,
};

/// Sends tokens to protected resources, and to no one else.
///
/// Addresses are resolved against a base as RFC 3986 §5.2 has it. The token goes to the base's origin and to
/// those that were named; any other address is an error, not a request without a token.
#[derive(Clone, Debug)]
pub struct Fetcher {
    base: String,
    allowed: Vec<Origin>,
    key: Option<DpopKey>,
    clocks: Clocks,
    retry: Retry,
    origins: Arc<Origins>,
}

impl Fetcher {
    /// One for the resource at `base`, with the client's key.
    pub fn new(base: &str, client: &Client) -> Result<Self, ClientError> {
        let allowed = vec![Origin::of_url(base)?];
        Ok(Self {
            base: base.to_owned(),
            allowed,
            key: client.key.clone(),
            clocks: client.clocks,
            retry: client.retry,
            origins: Arc::clone(&client.origins),
        })
    }

    /// The same one that may send tokens there too.
    #[must_use]
    pub fn allowing(mut self, origin: Origin) -> Self {
        self.allowed.push(origin);
        self
    }

    /// A call that has not been made yet.
    pub fn call<'a>(
        &'a self,
        tokens: &'a Tokens,
        method: Method,
        target: &str,
    ) -> Result<Call<'a>, ClientError> {
        let url = join(&self.base, target)?;
        let attempt = Attempt::to(&url, Role::ResourceServer)?;
        if !self.allowed.contains(&attempt.origin) {
            return Err(ClientError::OriginNotAllowed { origin: attempt.origin.to_string() });
        }
        let (headers, body) = (HeaderMap::new(), Body::default());
        Ok(Call { fetcher: self, tokens, attempt, url, method, headers, body })
    }

    /// A call that only reads.
    pub fn get<'a>(&'a self, tokens: &'a Tokens, target: &str) -> Result<Call<'a>, ClientError> {
        self.call(tokens, Method::GET, target)
    }
}

/// A call on its way.
///
/// Its body is complete, so that it can be sent again when the resource asks for a nonce. What comes back is
/// handed over as it is, redirects too: whoever follows one makes another call, to where a token may go.
#[derive(Debug)]
pub struct Call<'a> {
    fetcher: &'a Fetcher,
    tokens: &'a Tokens,
    attempt: Attempt,
    url: String,
    method: Method,
    headers: HeaderMap,
    body: Body,
}

impl Call<'_> {
    /// The same call with a header. `Authorization`, `DPoP` and `Host` are not the caller's to set.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if name != AUTHORIZATION && name != HOST && name != DPOP {
            self.headers.append(name, value);
        }
        self
    }

    /// The same call with a body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Where it goes.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Steps for Call<'_> {
    type Output = Response<Body>;

    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError> {
        self.attempt.sent_at = now;
        let token = self.tokens.access_token.reveal();
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.parse().map_err(|_| ClientError::Header("address"))?;
        *request.headers_mut() = self.headers.clone();
        let key = match (&self.tokens.bound_to, &self.fetcher.key) {
            (None, _) => None,
            (Some(bound_to), Some(key)) if bound_to == key.thumbprint() => Some(key),
            (Some(_), _) => {
                return Err(ClientError::TokenType { found: "DPoP".into(), wanted: "bound to our key" });
            }
        };
        let scheme = if key.is_some() { "DPoP" } else { "Bearer" };
        request.headers_mut().insert(AUTHORIZATION, secret(&format!("{scheme} {token}"), "token")?);
        let outgoing = Outgoing::new(request);
        let Some(key) = key else { return Ok(outgoing) };
        let about = (self.method.as_str(), Some(&key.token_hash(token)));
        Ok(self.attempt.proven(
            outgoing,
            (key, &self.fetcher.origins),
            about,
            (self.fetcher.clocks.there(now), jti),
        ))
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Response<Body>>, ClientError> {
        let code = challenged(response.headers());
        let code = code.filter(|_| self.tokens.is_bound() && response.status().is_client_error());
        if self.attempt.again(&self.fetcher.origins, response.headers(), code)? {
            return Ok(Step::Again);
        }
        Ok(Step::Done(response.clone()))
    }

    fn retry(&self) -> Retry {
        self.fetcher.retry
    }
}
