//! Where a fetcher gets its tokens and its transport from.

use std::{future::Future, sync::Arc, time::Duration};

use keybound_proto::time::Timestamp;

use super::Fetcher;
use crate::{
    Ambient, Both, Boxed, ClientError, Dpop, Movable, Tokens,
    http::{Body, Download, Http, Request, Response, TransportError, Upload},
    session::{Renew, Session, Want},
};

/// Gives tokens to a fetcher: a [`Session`], tokens that are at hand, or a closure.
///
/// ```
/// use std::sync::Arc;
/// use keybound_client::{ClientError, Tokens, fetch::TokenFactory, session::{Renew, Want}};
///
/// fn from_a_vault(vault: Arc<Tokens>) -> impl TokenFactory {
///     move |want: Want, renew: Renew| {
///         let vault = Arc::clone(&vault);
///         async move {
///             match (want.wanted_audience(), renew) {
///                 (Some("https://orders"), Renew::WhenDue) => Ok(vault),
///                 _ => Err(ClientError::LoginRequired),
///             }
///         }
///     }
/// }
/// ```
pub trait TokenFactory: Both {
    /// Tokens that serve. [`Renew::Now`] comes after an API called the token invalid, or when a caller says so.
    fn tokens<'a>(&'a self, want: &'a Want, renew: Renew) -> Boxed<'a, Result<Arc<Tokens>, ClientError>>;

    /// The same with tokens bound to another key, or to none; `None` where there are no others.
    fn bound(&self, dpop: &Dpop) -> Option<Arc<dyn TokenFactory>> {
        let _ = dpop;
        None
    }
}

impl<F, G> TokenFactory for F
where
    F: Fn(Want, Renew) -> G + Both,
    G: Future<Output = Result<Arc<Tokens>, ClientError>> + Movable + 'static,
{
    fn tokens<'a>(&'a self, want: &'a Want, renew: Renew) -> Boxed<'a, Result<Arc<Tokens>, ClientError>> {
        Box::pin(self(want.clone(), renew))
    }
}

impl TokenFactory for Arc<Tokens> {
    fn tokens<'a>(&'a self, _: &'a Want, _: Renew) -> Boxed<'a, Result<Arc<Tokens>, ClientError>> {
        Box::pin(std::future::ready(Ok(Self::clone(self))))
    }
}

impl<H: Http + 'static, A: Ambient + 'static> TokenFactory for Session<H, A> {
    fn tokens<'a>(&'a self, want: &'a Want, renew: Renew) -> Boxed<'a, Result<Arc<Tokens>, ClientError>> {
        Box::pin(self.token_when(want, renew))
    }

    fn bound(&self, dpop: &Dpop) -> Option<Arc<dyn TokenFactory>> {
        let mut client = self.client().clone();
        client.key = match dpop {
            Dpop::On(key) => Some(key.clone()),
            Dpop::OffAndTokensCanBeStolen => None,
        };
        let of = Arc::new(Of(self.clone()));
        let (http, ambient) = (Erased(Arc::clone(&of) as Arc<dyn Transport>), Erased(of as Arc<dyn Ambient>));
        Some(Arc::new(self.sibling(client, (http, ambient))))
    }
}

impl<H: Http + 'static, A: Ambient + 'static> Session<H, A> {
    /// Calls the API at `base` with this session's tokens, over its transport.
    pub fn fetcher(&self, base: &str) -> Result<Fetcher, ClientError> {
        let of = Arc::new(Of(self.clone()));
        Fetcher::of((base, self.client()), of.clone(), of, Arc::new(self.clone()))
    }
}

/// A transport as an object.
pub(super) trait Transport: Both {
    fn send(&self, request: Request<Body>) -> Boxed<'_, Result<Response<Body>, TransportError>>;

    fn open(&self, request: Request<Upload>) -> Boxed<'_, Result<Response<Download>, TransportError>>;
}

impl<H: Http> Transport for H {
    fn send(&self, request: Request<Body>) -> Boxed<'_, Result<Response<Body>, TransportError>> {
        Box::pin(Http::send(self, request))
    }

    fn open(&self, request: Request<Upload>) -> Boxed<'_, Result<Response<Download>, TransportError>> {
        Box::pin(Http::open(self, request))
    }
}

/// One of a session's without its type: a session made of a session's parts has the same type as a session made
/// of that one's, or there would be types without end.
struct Erased<T: ?Sized>(Arc<T>);

impl Http for Erased<dyn Transport> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.0.send(request).await
    }

    async fn open(&self, request: Request<Upload>) -> Result<Response<Download>, TransportError> {
        self.0.open(request).await
    }
}

impl Ambient for Erased<dyn Ambient> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn entropy(&self) -> [u8; 32] {
        self.0.entropy()
    }

    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        self.0.pause(length)
    }
}

/// A session's transport and clock.
struct Of<H, A>(Session<H, A>);

impl<H: Http + 'static, A: Ambient + 'static> Http for Of<H, A> {
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Movable {
        self.0.http().send(request)
    }

    fn open(
        &self,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Download>, TransportError>> + Movable {
        Http::open(self.0.http(), request)
    }
}

impl<H: Http + 'static, A: Ambient + 'static> Ambient for Of<H, A> {
    fn now(&self) -> Timestamp {
        self.0.ambient().now()
    }

    fn entropy(&self) -> [u8; 32] {
        self.0.ambient().entropy()
    }

    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        self.0.ambient().pause(length)
    }
}
