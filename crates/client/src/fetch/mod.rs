//! Calling APIs with a session's tokens, in the shape of `reqwest`.

mod busy;
mod inspect;
#[cfg(feature = "tower")]
mod layer;
mod redirect;
mod request;
mod response;
mod send;
mod source;

use std::{fmt, sync::Arc, time::Duration};

use http::Method;
use keybound_proto::uri::Origin;

#[cfg(feature = "tower")]
pub use self::layer::{TokenLayer, TokenService};
use self::{inspect::Seen, source::Transport};
pub use self::{redirect::Redirects, request::RequestBuilder, response::Response, source::TokenFactory};
use crate::{
    Ambient, Client, ClientError, Dpop, Resource, System,
    http::Http,
    session::{Renew, Want},
};

/// Calls one API, and whatever other origins it is told that its tokens may go to.
///
/// Every attempt carries a proof of its own. A nonce the API asks for is used at once and remembered; a token
/// the API calls invalid is renewed once; a request that got no answer is repeated where that does no harm; a
/// busy API is asked again when it says so, if that is soon.
///
/// ```
/// use std::sync::Arc;
/// use keybound_client::{
///     Client, ClientError, DpopKey, Fetcher, Tokens,
///     http::{Body, Http, Request, Response, TransportError},
///     proto::{id::ClientId, metadata::ServerMetadata, uri::Issuer},
///     session::{MemoryStore, Session},
/// };
///
/// # struct Network;
/// # impl Http for Network {
/// #     async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
/// #         assert!(request.headers().contains_key("dpop"));
/// #         Ok(Response::new(if request.uri().path() == "/oauth/token" {
/// #             r#"{"access_token":"a1","token_type":"DPoP","expires_in":600}"#.into()
/// #         } else {
/// #             assert_eq!(request.uri(), "https://api.example/v1/orders?page=2");
/// #             r#"[{"item":"a lock"}]"#.into()
/// #         }))
/// #     }
/// # }
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let session = Session::of_machine(client, Network, Arc::new(MemoryStore::default()));
/// let orders = session.fetcher("https://api.example/v1/")?;
/// let response = orders.get("orders").query(&[("page", "2")]).send().await?;
/// assert_eq!(response.status(), 200);
/// let orders: Vec<serde_json::Value> = response.json().await?;
/// assert_eq!(orders[0]["item"], "a lock");
/// # Ok(())
/// # }
/// # let issuer = Issuer::parse("https://tenant.example/")?;
/// # let mut metadata = ServerMetadata::of(&issuer);
/// # metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
/// # let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
/// # runtime.block_on(example(client))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Fetcher {
    resource: Resource,
    want: Want,
    redirects: Redirects,
    patience: Duration,
    tries: u32,
    transport: Arc<dyn Transport>,
    ambient: Arc<dyn Ambient>,
    tokens: Arc<dyn TokenFactory>,
    seen: Arc<Seen>,
}

impl Fetcher {
    /// Longest wait for a busy API, where nothing else is said.
    pub const PATIENCE: Duration = Duration::from_secs(5);

    /// Times a busy API is asked again, where nothing else is said.
    pub const TRIES: u32 = 2;

    /// One for the API at `base`, with tokens from anywhere. From a session,
    /// [`Session::fetcher`](crate::session::Session::fetcher) makes it.
    pub fn new(
        base: &str,
        client: &Client,
        http: impl Http + 'static,
        tokens: impl TokenFactory + 'static,
    ) -> Result<Self, ClientError> {
        Self::of((base, client), Arc::new(http), Arc::new(System), Arc::new(tokens))
    }

    fn of(
        (base, client): (&str, &Client),
        transport: Arc<dyn Transport>,
        ambient: Arc<dyn Ambient>,
        tokens: Arc<dyn TokenFactory>,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            resource: Resource::new(base, client)?,
            want: Want::default(),
            redirects: Redirects::default(),
            patience: Self::PATIENCE,
            tries: Self::TRIES,
            transport,
            ambient,
            tokens,
            seen: Arc::default(),
        })
    }

    /// The same one that may send tokens there too.
    #[must_use]
    pub fn allowing(self, origin: Origin) -> Self {
        Self { resource: self.resource.allowing(origin), ..self }
    }

    /// The same one over another transport.
    #[must_use]
    pub fn over(self, http: impl Http + 'static) -> Self {
        Self { transport: Arc::new(http), ..self }
    }

    /// The same one by another clock.
    #[must_use]
    pub fn by_clock(self, ambient: impl Ambient + 'static) -> Self {
        Self { ambient: Arc::new(ambient), ..self }
    }

    /// The same one whose requests want such tokens, where they do not say otherwise.
    #[must_use]
    pub fn wanting(self, want: Want) -> Self {
        Self { want, ..self }
    }

    /// The same one with DPoP by this key, or without, whatever its client does.
    ///
    /// A session gets other tokens for it, as a client with that key or with none. Tokens from elsewhere must be
    /// of the right kind: one that is bound never goes out without its proof.
    #[must_use]
    pub fn dpop(self, dpop: Dpop) -> Self {
        let tokens = self.tokens.bound(&dpop).unwrap_or(self.tokens);
        let key = match dpop {
            Dpop::On(key) => Some(key),
            Dpop::OffAndTokensCanBeStolen => None,
        };
        Self { resource: self.resource.with_key(key), tokens, seen: Arc::default(), ..self }
    }

    /// The same one that follows redirects, to origins that tokens may go to.
    #[must_use]
    pub fn following_redirects(self) -> Self {
        Self { redirects: Redirects::Followed, ..self }
    }

    /// The same one that waits at most this long for a busy API.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same one that asks a busy API so many times again.
    #[must_use]
    pub fn tries(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// Where relative addresses start from.
    pub fn base(&self) -> &str {
        self.resource.base()
    }

    /// Gets a token as the next request will want it, or says why there is none.
    pub async fn authorize(&self) -> Result<(), ClientError> {
        self.tokens.tokens(&self.want, Renew::WhenDue).await.map(drop)
    }

    /// A request that reads.
    pub fn get(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::GET, target)
    }

    /// A request that reads the head alone.
    pub fn head(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::HEAD, target)
    }

    /// A request that adds.
    pub fn post(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::POST, target)
    }

    /// A request that replaces.
    pub fn put(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::PUT, target)
    }

    /// A request that changes.
    pub fn patch(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::PATCH, target)
    }

    /// A request that removes.
    pub fn delete(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::DELETE, target)
    }

    /// Any request. `target` is resolved against the base as RFC 3986 §5.2 has it.
    pub fn request(&self, method: Method, target: &str) -> RequestBuilder<'_> {
        RequestBuilder::new(self, method, target)
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher")
            .field("base", &self.base())
            .field("want", &self.want)
            .finish_non_exhaustive()
    }
}
