//! One client's tokens: fetched when they are missing, renewed before they end, one request at a time however
//! many callers and processes there are.

mod kept;
mod store;
mod want;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use keybound_proto::{
    jose::{Digest as _, encode_base64url},
    request::token::{MachineRequest, RefreshRequest},
    time::Timestamp,
};

use self::kept::{Access, Age, Kept};
#[cfg(feature = "keyring")]
pub use self::store::KeyringStore;
pub use self::{
    store::{FileStore, Lock, MemoryStore, StoreError, TokenStore},
    want::{Renew, Want},
};
use crate::{Ambient, Client, ClientError, System, Tokens, drive, http::Http};

/// The tokens of one client, and of one user where there is one. Copies share everything.
///
/// What is cached is read without waiting. What has to be fetched is fetched once: callers who want the same
/// wait for the same answer, and processes that share a [`TokenStore`] take turns, so that a rotating refresh
/// token is never used twice. The old refresh token is kept until the new one is stored.
///
/// ```
/// use std::sync::Arc;
/// use keybound_client::{Client, ClientError, session::{MemoryStore, Renew, Session, Want}};
/// # use keybound_client::{DpopKey, http::{Body, Http, Request, Response, TransportError}};
/// # use keybound_client::proto::{id::ClientId, metadata::ServerMetadata, uri::Issuer};
///
/// # #[derive(Default)]
/// # struct Network(std::sync::atomic::AtomicU32);
/// # impl Http for Network {
/// #     async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
/// #         let number = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
/// #         Ok(Response::new(format!(r#"{{"access_token":"a{number}","token_type":"DPoP","expires_in":600}}"#).into()))
/// #     }
/// # }
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let session = Session::of_machine(client, Network::default(), Arc::new(MemoryStore::default()));
/// let orders = Want::default().audience("https://orders.example");
/// let (one, other) = tokio::join!(session.token(&orders), session.token(&orders));
/// assert_eq!(one?.access_token, other?.access_token, "one request for both");
///
/// let before = session.token(&orders).await?; // cached
/// let renewed = session.token_when(&orders, Renew::Now).await?;
/// assert_ne!(before.access_token, renewed.access_token);
/// # Ok(())
/// # }
/// # let issuer = Issuer::parse("https://tenant.example/")?;
/// # let mut metadata = ServerMetadata::of(&issuer);
/// # metadata.token_endpoint = Some("https://tenant.example/oauth/token".into());
/// # let client = Client::new(issuer, metadata, ClientId::parse("app")?).bound_to(DpopKey::generate()?);
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(example(client))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<H, A = System>(Arc<Inner<H, A>>);

struct Inner<H, A> {
    client: Client,
    http: H,
    ambient: A,
    store: Arc<dyn TokenStore>,
    name: String,
    source: Source,
    ahead: Ahead,
    cache: RwLock<HashMap<Want, Access>>,
    flights: Mutex<HashMap<Want, Flight>>,
}

/// Where a token comes from when there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A user who has to log in.
    User,
    /// The client itself.
    Machine,
}

/// What happens to whoever wants a token that is due, and not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    /// They are given it, and its successor is fetched beside.
    Beside,
    /// They wait for its successor.
    Waited,
}

type Flight = Shared<BoxFuture<'static, Result<Arc<Tokens>, Arc<ClientError>>>>;

impl<H: Http + 'static> Session<H> {
    /// The session of a user who logs in: [`keep`](Self::keep) what the login brought.
    pub fn of_user(client: Client, http: H, store: Arc<dyn TokenStore>) -> Self {
        Self::new(client, (http, System), store, (Source::User, Ahead::Waited))
    }

    /// The session of a client that asks on its own behalf (RFC 6749 §4.4).
    pub fn of_machine(client: Client, http: H, store: Arc<dyn TokenStore>) -> Self {
        Self::new(client, (http, System), store, (Source::Machine, Ahead::Waited))
    }
}

impl<H: Http + 'static, A: Ambient + 'static> Session<H, A> {
    fn new(
        client: Client,
        (http, ambient): (H, A),
        store: Arc<dyn TokenStore>,
        (source, ahead): (Source, Ahead),
    ) -> Self {
        let name = name(&client);
        let (cache, flights) = (RwLock::default(), Mutex::default());
        Self(Arc::new(Inner { client, http, ambient, store, name, source, ahead, cache, flights }))
    }

    /// The same session by another clock. Nothing that was cached goes along.
    #[must_use]
    pub fn by_clock<B: Ambient + 'static>(self, ambient: B) -> Session<H, B>
    where
        H: Clone,
    {
        let Inner { client, http, store, source, ahead, .. } = &*self.0;
        Session::new(client.clone(), (http.clone(), ambient), Arc::clone(store), (*source, *ahead))
    }

    /// The same session, in a process that lives on: a token that is due and good for a while yet is handed out at
    /// once, and its successor is fetched beside. Nothing that was cached goes along.
    ///
    /// A process that may end at any moment must not do so: it would spend a refresh token and lose what that brought.
    #[must_use]
    pub fn renewing_beside(self) -> Self
    where
        H: Clone,
        A: Clone,
    {
        let Inner { client, http, ambient, store, source, .. } = &*self.0;
        let over = (http.clone(), ambient.clone());
        Self::new(client.clone(), over, Arc::clone(store), (*source, Ahead::Beside))
    }

    /// Whose it is.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// How it reaches servers.
    pub fn http(&self) -> &H {
        &self.0.http
    }

    /// How it tells the time.
    pub(crate) fn ambient(&self) -> &A {
        &self.0.ambient
    }

    /// Another client's session with the same store.
    pub(crate) fn sibling<G: Http + 'static, B: Ambient + 'static>(
        &self,
        client: Client,
        over: (G, B),
    ) -> Session<G, B> {
        Session::new(client, over, Arc::clone(&self.0.store), (self.0.source, self.0.ahead))
    }

    /// A token that serves, cached or new.
    ///
    /// Where the server granted less than is wanted, every call says so ([`ClientError::ScopesMissing`]) until the
    /// token is due or [`Renew::Now`] asks again: the server is not asked over and over for what it refuses.
    pub async fn token(&self, want: &Want) -> Result<Arc<Tokens>, ClientError> {
        self.token_when(want, Renew::WhenDue).await
    }

    /// A token that serves, new if told so.
    pub async fn token_when(&self, want: &Want, renew: Renew) -> Result<Arc<Tokens>, ClientError> {
        let cached = if renew == Renew::WhenDue { self.0.cached(want) } else { None };
        match cached {
            Some((Age::Fresh, access)) => return access,
            Some((Age::Due, access)) if self.0.ahead == Ahead::Beside => {
                drop(self.flight(want, renew));
                return access;
            }
            _ => {}
        }
        self.flight(want, renew).await.map_err(ClientError::Joined)
    }

    /// Keeps what a login, or any grant made elsewhere, brought.
    pub async fn keep(&self, want: &Want, tokens: Tokens) -> Result<(), ClientError> {
        let inner = &self.0;
        let _lock = inner.store.lock(&inner.name).await?;
        let mut kept = inner.load().await?;
        inner.put(&mut kept, want, tokens);
        inner.store.save(&inner.name, kept.write().reveal()).await?;
        Ok(())
    }

    /// The refresh token as it is kept now, to be revoked.
    pub async fn refresh_token(
        &self,
        organization: Option<&str>,
    ) -> Result<Option<keybound_proto::secret::Secret<String>>, ClientError> {
        Ok(self.0.load().await?.refresh_token(organization).cloned())
    }

    /// Forgets everything here: the local half of a logout.
    pub async fn clear(&self) -> Result<(), ClientError> {
        let inner = &self.0;
        let _lock = inner.store.lock(&inner.name).await?;
        inner.cache.write().unwrap_or_else(PoisonError::into_inner).clear();
        inner.store.remove(&inner.name).await?;
        Ok(())
    }

    /// Joins whoever is fetching the same, or begins. It goes on when the caller leaves: an answer on its way
    /// may hold the only refresh token there is.
    fn flight(&self, want: &Want, renew: Renew) -> Flight {
        let mut flights = self.0.flights();
        if let Some(flight) = flights.get(want) {
            return flight.clone();
        }
        let (inner, wanted) = (Arc::clone(&self.0), want.clone());
        let began = self.0.ambient.now();
        let flight = async move {
            let fetched = inner.fetch(&wanted, renew, began).await.map_err(Arc::new);
            inner.flights().remove(&wanted);
            fetched
        };
        let flight = flight.boxed().shared();
        flights.insert(want.clone(), flight.clone());
        drop(flights);
        tokio::spawn(flight.clone());
        flight
    }
}

impl<H: Http, A: Ambient> Inner<H, A> {
    /// What is there for whoever does not wait, at one look.
    fn cached(&self, want: &Want) -> Option<(Age, Result<Arc<Tokens>, ClientError>)> {
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        let access = cache.get(want)?;
        Some((access.age(self.ambient.now()), access.for_want(want)))
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Want, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(&self) -> Result<Kept, ClientError> {
        let Some(bytes) = self.store.load(&self.name).await? else { return Ok(Kept::default()) };
        Ok(Kept::read(bytes.reveal(), self.client.key().map(crate::DpopKey::thumbprint))?)
    }

    /// Fetches with the lock held: another process may have been faster, and then there is nothing to do.
    async fn fetch(&self, want: &Want, renew: Renew, began: Timestamp) -> Result<Arc<Tokens>, ClientError> {
        let _lock = self.store.lock(&self.name).await?;
        let mut kept = self.load().await?;
        if renew == Renew::WhenDue
            && let Some(access) = kept.serving(want, began)
        {
            self.remember(want, access.clone());
            return access.for_want(want);
        }
        let tokens = match self.ask(&kept, want).await {
            Ok(tokens) => tokens,
            Err(error) => return self.without(kept, want, error).await,
        };
        let access = self.put(&mut kept, want, tokens);
        if let Err(error) = self.store.save(&self.name, kept.write().reveal()).await {
            tracing::error!(%error, "new tokens could not be stored; they live as long as this process");
        }
        access.for_want(want)
    }

    /// Asks the authorization server.
    async fn ask(&self, kept: &Kept, want: &Want) -> Result<Tokens, ClientError> {
        let (scopes, audience) = (want.as_scopes(), want.audience.clone());
        if let Some(token) = kept.refresh_token(want.organization.as_deref()).cloned() {
            let request = RefreshRequest { token, scopes, audience, resources: Vec::new() };
            return drive(self.client.refresh(request), &self.http, &self.ambient).await;
        }
        if self.source == Source::User {
            return Err(ClientError::LoginRequired);
        }
        let organization = want.organization.clone();
        let request = MachineRequest { scopes, audience, resources: Vec::new(), organization };
        drive(self.client.client_credentials(request), &self.http, &self.ambient).await
    }

    /// A refresh token the server will never take again is forgotten; any other failure costs nothing.
    async fn without(
        &self,
        mut kept: Kept,
        want: &Want,
        error: ClientError,
    ) -> Result<Arc<Tokens>, ClientError> {
        if error.refusal() == Some(keybound_proto::code::ErrorCode::InvalidGrant) {
            kept.drop_refresh_token(want.organization.as_deref());
            self.store.save(&self.name, kept.write().reveal()).await?;
        }
        Err(error)
    }

    fn put(&self, kept: &mut Kept, want: &Want, tokens: Tokens) -> Access {
        let now = self.ambient.now();
        let access = Access::new(want.clone(), tokens, now);
        kept.put(access.clone(), now);
        self.remember(want, access.clone());
        access
    }

    fn remember(&self, want: &Want, access: Access) {
        let now = self.ambient.now();
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|_, access| !access.is_over(now));
        cache.insert(want.clone(), access);
    }
}

/// One name for each client, server and key: what another key's session kept is of no use.
fn name(client: &Client) -> String {
    let jkt = client.key().map(|key| key.thumbprint().to_string()).unwrap_or_default();
    let parts = [client.issuer().as_str(), client.client_id().as_str(), &jkt].join("\0");
    encode_base64url(keybound_crypto::AwsLc.sha256(&[parts.as_bytes()]))
}

impl<H, A> Clone for Session<H, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H, A> fmt::Debug for Session<H, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("client_id", self.0.client.client_id()).finish_non_exhaustive()
    }
}
