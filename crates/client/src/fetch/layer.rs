//! Token and proof on the requests of any tower service.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{
    Request, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap},
    request::Parts,
};
use keybound_proto::{challenge::Scheme, code::ErrorCode, id::Jti};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    Fetcher,
    busy::{Busy, Wait},
    send::wanted,
};
use crate::{
    ClientError, Tokens,
    attempt::{Attempt, DPOP, challenged_as},
    call::dressed,
    http::Body,
    session::Renew,
    watch::Watch,
};

/// Puts a fetcher's tokens and proofs on whatever passes through, if it goes where tokens may go.
///
/// The token is the one the fetcher [wants](Fetcher::wanting). An API that asks for a nonce, calls the token
/// invalid, or is busy and says until when (within the fetcher's [patience](Fetcher::patience)) is asked again where
/// the body can be had again: [`replaying`](Self::replaying) says how. Where it cannot, a nonce challenge is
/// [`ClientError::BodySpent`]: the next request succeeds. Any other answer is handed over as it is, that of a busy API
/// too. A layer that repeats requests which got no answer belongs outside of this one: each then has its own proof.
///
/// ```
/// use keybound_client::{Fetcher, fetch::TokenLayer};
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # async fn example(fetcher: Fetcher) -> Result<(), tower::BoxError> {
/// let transport = service_fn(|request: http::Request<String>| async move {
///     assert!(request.headers().contains_key("dpop"));
///     Ok::<_, std::io::Error>(http::Response::new(()))
/// });
/// let layer = TokenLayer::new(fetcher).replaying(|body: &String| Some(body.clone()));
/// let client = ServiceBuilder::new().layer(layer).service(transport);
/// let request = http::Request::get("https://api.example/v1/orders").body(String::new())?;
/// assert_eq!(client.oneshot(request).await?.status(), 200);
/// # Ok(())
/// # }
/// ```
pub struct TokenLayer<B> {
    fetcher: Fetcher,
    again: fn(&B) -> Option<B>,
}

impl<B> TokenLayer<B> {
    /// One whose bodies are sent once.
    pub fn new(fetcher: Fetcher) -> Self {
        Self { fetcher, again: |_| None }
    }

    /// The same one whose bodies can be had again, like this.
    #[must_use]
    pub fn replaying(self, again: fn(&B) -> Option<B>) -> Self {
        Self { again, ..self }
    }
}

impl<S, B> Layer<S> for TokenLayer<B> {
    type Service = TokenService<S, B>;

    fn layer(&self, inner: S) -> TokenService<S, B> {
        TokenService { inner, fetcher: self.fetcher.clone(), again: self.again }
    }
}

/// A service behind a [`TokenLayer`].
pub struct TokenService<S, B> {
    inner: S,
    fetcher: Fetcher,
    again: fn(&B) -> Option<B>,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

impl<S, B, C> Service<Request<B>> for TokenService<S, B>
where
    S: Service<Request<B>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<Error>,
    S::Future: Send,
    B: Send + 'static,
    C: Send,
{
    type Response = Response<C>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<C>, Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let next = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, next);
        let sending = Passing { fetcher: self.fetcher.clone(), again: self.again };
        Box::pin(async move {
            let watch = Watch::call();
            watch.over(sending.through(ready, request, &watch)).await
        })
    }
}

struct Passing<B> {
    fetcher: Fetcher,
    again: fn(&B) -> Option<B>,
}

impl<B: Send + 'static> Passing<B> {
    async fn through<S, C>(
        self,
        mut service: S,
        request: Request<B>,
        watch: &Watch,
    ) -> Result<Response<C>, Error>
    where
        S: Service<Request<B>, Response = Response<C>> + Send,
        S::Error: Into<Error>,
        S::Future: Send,
        C: Send,
    {
        let resource = &self.fetcher.resource;
        let (parts, mut body) = request.into_parts();
        let (url, mut attempt) = resource.target(&parts.uri.to_string())?;
        let mut tokens = self.fetcher.tokens.tokens(&self.fetcher.want, Renew::WhenDue).await?;
        let (mut renewed, mut busy) = (false, Busy::default());
        for count in 1.. {
            let headers = self.headers(&parts, (&url, &mut attempt), &tokens).await?;
            let copy = (self.again)(&body);
            let mut head = parts.clone();
            head.uri = url.parse().map_err(|_| ClientError::Header("address"))?;
            for name in [AUTHORIZATION, DPOP] {
                head.headers.remove(&name);
                head.headers.extend(headers.get(&name).map(|value| (name, value.clone())));
            }
            let request = Request::from_parts(head, body);
            watch.sending(&request, count);
            let answer = service.call(request).await.map_err(Into::into)?;
            watch.answered(answer.status());
            let scheme = if tokens.is_bound() { Scheme::DPoP } else { Scheme::Bearer };
            let code = challenged_as(answer.headers(), &scheme).filter(|_| answer.status().is_client_error());
            let of_proof = code.filter(|_| tokens.is_bound());
            let again = attempt.again(resource.origins(), answer.headers(), of_proof)?;
            let is_invalid =
                answer.status() == StatusCode::UNAUTHORIZED && code == Some(ErrorCode::InvalidToken);
            let of_request = (&self.fetcher, &parts.method);
            let found = busy.found(of_request, (answer.status(), answer.headers()), attempt.sent_at);
            let mut wait = Duration::ZERO;
            body = match (copy, found) {
                (Some(copy), _) if again => copy,
                (None, _) if again => return Err(ClientError::BodySpent { wanted: wanted(code) }.into()),
                (Some(copy), _) if is_invalid && !renewed => {
                    let Some(newer) = self.fetcher.newer(&self.fetcher.want, &tokens).await? else {
                        return Ok(answer);
                    };
                    (tokens, renewed, attempt) = (newer, true, Attempt::to(&url, attempt.role)?);
                    copy
                }
                (Some(copy), Some(Wait::Worthwhile(length))) => {
                    (wait, attempt) = (length, Attempt::to(&url, attempt.role)?);
                    copy
                }
                _ => return Ok(answer),
            };
            let [chance, ..] = self.fetcher.ambient.entropy();
            self.fetcher.ambient.pause(wait + resource.retry().wait(chance)).await;
            std::future::poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
        }
        Err(ClientError::State.into())
    }

    /// Token and proof for one attempt.
    async fn headers(
        &self,
        parts: &Parts,
        (url, attempt): (&str, &mut Attempt),
        tokens: &Arc<Tokens>,
    ) -> Result<HeaderMap, ClientError> {
        let Fetcher { resource, want, ambient, seen, .. } = &self.fetcher;
        let looked = seen.look(tokens, resource.key())?;
        looked.check(&self.fetcher, want)?;
        let mut request = Request::new(Body::default());
        *request.method_mut() = parts.method.clone();
        *request.uri_mut() = url.parse().map_err(|_| ClientError::Header("address"))?;
        let (now, jti) = (ambient.now(), Jti::from_entropy(ambient.entropy()));
        let of_client = (resource.key(), resource.clocks(), resource.origins());
        let request = dressed(request, attempt, &looked.carried, of_client, (now, &jti)).sign().await?;
        Ok(request.into_parts().0.headers)
    }
}

impl<B> Clone for TokenLayer<B> {
    fn clone(&self) -> Self {
        Self { fetcher: self.fetcher.clone(), again: self.again }
    }
}

impl<S: Clone, B> Clone for TokenService<S, B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), fetcher: self.fetcher.clone(), again: self.again }
    }
}

impl<B> fmt::Debug for TokenLayer<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenLayer").field(&self.fetcher).finish()
    }
}

impl<S, B> fmt::Debug for TokenService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenService").field(&self.fetcher).finish()
    }
}
