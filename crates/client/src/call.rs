//! Calling a protected resource (RFC 9449 §7).

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, HOST},
};
use keybound_proto::{
    code::ErrorCode,
    dpop::TokenHash,
    id::Jti,
    time::Timestamp,
    uri::{Base, Origin},
};

use crate::{
    Client, ClientError, Clocks, DpopKey, Origins, Outgoing, Retry, Role, Step, Steps, Tokens,
    attempt::{Attempt, DPOP, challenged, refused},
    http::{Body, Request, Response},
    outgoing::secret,
};

/// Sends tokens to protected resources, and to no one else.
///
/// Addresses are resolved against a base as RFC 3986 §5.2 has it. The token goes to the base's origin and to
/// those that were named; any other address is an error, not a request without a token.
#[derive(Clone, Debug)]
pub struct Resource {
    base: Base,
    allowed: Vec<Origin>,
    key: Option<DpopKey>,
    clocks: Clocks,
    retry: Retry,
    origins: Arc<Origins>,
}

impl Resource {
    /// One for the resource at `base`, with the client's key.
    pub fn new(base: &str, client: &Client) -> Result<Self, ClientError> {
        let allowed = vec![Origin::of_url(base)?];
        Ok(Self {
            base: Base::parse(base)?,
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
        let (url, attempt) = self.target(target)?;
        let (headers, body) = (HeaderMap::new(), Body::default());
        Ok(Call { resource: self, tokens, attempt, url, method, headers, body })
    }

    /// Where a token may go, by an address.
    pub(crate) fn target(&self, target: &str) -> Result<(String, Attempt), ClientError> {
        let url = self.base.join(target)?;
        let attempt = Attempt::to(&url, Role::ResourceServer)?;
        if !self.allowed.contains(&attempt.origin) {
            return Err(ClientError::OriginNotAllowed { origin: attempt.origin.to_string() });
        }
        Ok((url, attempt))
    }

    /// A call that only reads.
    pub fn get<'a>(&'a self, tokens: &'a Tokens, target: &str) -> Result<Call<'a>, ClientError> {
        self.call(tokens, Method::GET, target)
    }
}

#[cfg(all(feature = "crypto", feature = "web"))]
impl Resource {
    pub(crate) fn with_key(self, key: Option<DpopKey>) -> Self {
        Self { key, ..self }
    }

    pub(crate) fn base(&self) -> &str {
        self.base.as_str()
    }

    pub(crate) const fn key(&self) -> Option<&DpopKey> {
        self.key.as_ref()
    }

    pub(crate) const fn clocks(&self) -> Clocks {
        self.clocks
    }

    pub(crate) const fn retry(&self) -> Retry {
        self.retry
    }

    pub(crate) fn origins(&self) -> &Origins {
        &self.origins
    }
}

/// A call on its way.
///
/// Its body is complete, so that it can be sent again when the resource asks for a nonce. What comes back is
/// handed over as it is, redirects too: whoever follows one makes another call, to where a token may go.
#[derive(Debug)]
pub struct Call<'a> {
    resource: &'a Resource,
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
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.url.parse().map_err(|_| ClientError::Header("address"))?;
        *request.headers_mut() = self.headers.clone();
        let Resource { key, clocks, origins, .. } = self.resource;
        let key = key.as_ref().filter(|_| self.tokens.is_bound());
        let carried = Carried::of(self.tokens, key)?;
        Ok(dressed(request, &mut self.attempt, &carried, (key, *clocks, origins), (now, jti)))
    }

    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Response<Body>>, ClientError> {
        let code = refusal(response.headers(), response.body().as_bytes());
        let code = code.filter(|_| self.tokens.is_bound() && response.status().is_client_error());
        if self.attempt.again(&self.resource.origins, response.headers(), code)? {
            return Ok(Step::Again);
        }
        Ok(Step::Done(response.clone()))
    }

    fn retry(&self) -> Retry {
        self.resource.retry
    }
}

/// What a resource has against a bound token or its proof, wherever it says so.
pub(crate) fn refusal(headers: &HeaderMap, body: &[u8]) -> Option<ErrorCode> {
    challenged(headers).or_else(|| refused(body))
}

/// A token as a request carries it, and its hash where a proof goes along. Whoever makes many calls with one token
/// makes this once.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    authorization: HeaderValue,
    hash: Option<TokenHash>,
}

impl Carried {
    /// These tokens, to be used with this key or with none: what they are bound to must be just that.
    pub(crate) fn of(tokens: &Tokens, key: Option<&DpopKey>) -> Result<Self, ClientError> {
        if tokens.bound_to.as_ref() != key.map(DpopKey::thumbprint) {
            let found = if tokens.is_bound() { "DPoP" } else { "Bearer" }.into();
            let wanted = if key.is_some() || tokens.is_bound() { "bound to our key" } else { "Bearer" };
            return Err(ClientError::TokenType { found, wanted });
        }
        let token = tokens.access_token.reveal();
        let scheme = if key.is_some() { "DPoP " } else { "Bearer " };
        let authorization = secret([scheme, token].concat(), "token")?;
        Ok(Self { authorization, hash: key.map(|key| key.token_hash(token)) })
    }
}

/// The request with a token, and with a proof where there is a key.
pub(crate) fn dressed(
    mut request: Request<Body>,
    attempt: &mut Attempt,
    carried: &Carried,
    (key, clocks, origins): (Option<&DpopKey>, Clocks, &Origins),
    (now, jti): (Timestamp, &Jti),
) -> Outgoing {
    attempt.sent_at = now;
    request.headers_mut().insert(AUTHORIZATION, carried.authorization.clone());
    let Some(key) = key else { return Outgoing::new(request) };
    let method = request.method().clone();
    let about = (method.as_str(), carried.hash.as_ref());
    attempt.proven(Outgoing::new(request), (key, origins), about, (clocks.there(now), jti))
}
