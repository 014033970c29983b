//! One key and its proofs, for whoever sends requests by other means than ours.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use http::{HeaderMap, HeaderValue, Method};
use keybound_proto::{
    dpop::{DpopNonce, Draft, TokenHash},
    id::Jti,
    jose::{Jwk, Thumbprint},
    metadata::ServerMetadata,
    time::Timestamp,
    uri::{Htu, Origin},
};

#[cfg(feature = "crypto")]
use crate::key::{KeyPair, KeyStore, load_or_generate};
use crate::{Ambient, ClientError, DpopKey, Origins, Role, outgoing::secret};

/// The DPoP key of an application, from its first use to its logout, and the proofs made with it.
///
/// A [`Client`](crate::Client) and its fetchers do all this by themselves; a `Prover` is for what they do not
/// send. Both may share a key and what is known of servers: see [`initialize`](Self::initialize) and
/// [`origins`](Self::origins).
///
/// # Another key
///
/// A token stays bound to its key for as long as it lives (RFC 9449 §5), and so does the refresh token of an app
/// without a secret: there is no way to move them. A key is changed by logging in again:
/// [`rotate`](Self::rotate), or [`clear`](Self::clear) and [`initialize`](Self::initialize), then a login with
/// the new key. Sessions are kept by key, so what the old one had is neither used nor overwritten.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use std::sync::Arc;
/// use keybound_client::{Prover, Proving, System, key::MemoryKeys};
///
/// let prover = Prover::kept_in(Arc::new(MemoryKeys::default()), "orders");
/// assert!(!prover.is_initialized());
/// prover.initialize().await?;
///
/// let request = Proving::new("GET", "https://api.example/orders").with_token("the-access-token");
/// let proof = prover.prove(&request, &System).await?; // goes into the header `DPoP`
/// assert_eq!(proof.to_str()?.split('.').count(), 3);
/// assert_eq!(prover.thumbprint()?.to_string().len(), 43);
///
/// prover.clear().await?; // at logout
/// assert_eq!(prover.thumbprint().unwrap_err().code(), "client.key_missing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Prover {
    key: RwLock<Option<DpopKey>>,
    origins: Arc<Origins>,
    #[cfg(feature = "crypto")]
    place: Option<Place>,
}

/// Where the key is kept.
#[cfg(feature = "crypto")]
struct Place {
    store: Arc<dyn KeyStore>,
    name: String,
    alg: keybound_proto::jose::Alg,
}

/// A request that wants a proof.
#[derive(Clone, Copy, Debug)]
pub struct Proving<'a> {
    method: &'a str,
    url: &'a str,
    token: Option<&'a str>,
    nonce: Option<&'a str>,
}

impl<'a> Proving<'a> {
    /// One to a token endpoint, or to another endpoint of the authorization server that takes no token.
    pub const fn new(method: &'a str, url: &'a str) -> Self {
        Self { method, url, token: None, nonce: None }
    }

    /// One that presents this access token: the proof holds its hash (RFC 9449 §4.2, §7).
    #[must_use]
    pub const fn with_token(self, token: &'a str) -> Self {
        Self { token: Some(token), ..self }
    }

    /// With this nonce, instead of the newest that is known of that server.
    #[must_use]
    pub const fn with_nonce(self, nonce: &'a str) -> Self {
        Self { nonce: Some(nonce), ..self }
    }

    const fn role(&self) -> Role {
        if self.token.is_some() { Role::ResourceServer } else { Role::AuthorizationServer }
    }
}

/// Whether an authorization server takes proofs, as far as it says (RFC 9449 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// It does, by the algorithm of this key.
    Yes,
    /// It does, but by none that this key can make.
    OtherAlgorithms(Vec<String>),
    /// It does not say.
    Unknown,
}

impl Prover {
    /// One with this key, which it forgets when told but cannot make anew.
    pub fn holding(key: DpopKey) -> Self {
        Self {
            key: RwLock::new(Some(key)),
            origins: Arc::default(),
            #[cfg(feature = "crypto")]
            place: None,
        }
    }

    /// One whose key for ES256 is kept under this name.
    #[cfg(feature = "crypto")]
    pub fn kept_in(store: Arc<dyn KeyStore>, name: impl Into<String>) -> Self {
        let place = Place { store, name: name.into(), alg: keybound_proto::jose::Alg::Es256 };
        Self { key: RwLock::default(), origins: Arc::default(), place: Some(place) }
    }

    /// The same one with a key for another algorithm.
    #[cfg(feature = "crypto")]
    #[must_use]
    pub fn by(self, alg: keybound_proto::jose::Alg) -> Self {
        Self { place: self.place.map(|place| Place { alg, ..place }), ..self }
    }

    /// The same one that shares what it learns of servers.
    #[must_use]
    pub fn sharing(self, origins: Arc<Origins>) -> Self {
        Self { origins, ..self }
    }

    /// Loads the key, or makes one and keeps it; a second time changes nothing. Give it to
    /// [`Client::bound_to`](crate::Client::bound_to).
    #[cfg(feature = "crypto")]
    pub async fn initialize(&self) -> Result<DpopKey, ClientError> {
        if let Ok(key) = self.key() {
            return Ok(key);
        }
        let place = self.place.as_ref().ok_or(ClientError::KeyMissing)?;
        let key = load_or_generate(&*place.store, &place.name, place.alg).await?;
        Ok(self.held().get_or_insert(key).clone())
    }

    /// Makes another key and keeps it instead. Tokens bound to the old one need that one: the user has to log in.
    #[cfg(feature = "crypto")]
    pub async fn rotate(&self) -> Result<DpopKey, ClientError> {
        let place = self.place.as_ref().ok_or(ClientError::KeyMissing)?;
        let new = KeyPair::generate(place.alg)?;
        place.store.save(&place.name, &new).await?;
        Ok(self.held().insert(new.into()).clone())
    }

    /// Whether there is a key.
    pub fn is_initialized(&self) -> bool {
        self.key().is_ok()
    }

    /// The key; [`ClientError::KeyMissing`] where there is none yet, or none any more.
    pub fn key(&self) -> Result<DpopKey, ClientError> {
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
        key.clone().ok_or(ClientError::KeyMissing)
    }

    /// The name of the key (RFC 7638): `dpop_jkt`, `cnf.jkt`.
    pub fn thumbprint(&self) -> Result<Thumbprint, ClientError> {
        self.key().map(|key| *key.thumbprint())
    }

    /// Its public half.
    pub fn public_jwk(&self) -> Result<Jwk, ClientError> {
        self.key().map(|key| key.public().clone())
    }

    /// What ties a proof to an access token: its `ath` (RFC 9449 §4.2).
    pub fn token_hash(&self, token: &str) -> Result<TokenHash, ClientError> {
        self.key().map(|key| key.token_hash(token))
    }

    /// Whether tokens bound to `thumbprint` can be used with this key.
    pub fn check_thumbprint(&self, thumbprint: &Thumbprint) -> Result<(), ClientError> {
        let found = self.thumbprint()?;
        if found == *thumbprint {
            return Ok(());
        }
        Err(ClientError::Thumbprint { found, wanted: *thumbprint })
    }

    /// One proof for one request, by the server's clock and with its newest nonce. It is good once: a request
    /// that is made again needs another.
    pub async fn prove(
        &self,
        request: &Proving<'_>,
        ambient: &impl Ambient,
    ) -> Result<HeaderValue, ClientError> {
        let key = self.key()?;
        let method = Method::from_bytes(request.method.as_bytes());
        let method = method.map_err(|_| ClientError::Proof("the method is none"))?;
        let (origin, url) = Htu::with_origin(request.url)?;
        let nonce = match request.nonce {
            Some(text) => {
                let odd = ClientError::Proof("the nonce has characters that a nonce must not have");
                Some(DpopNonce::parse(text).ok_or(odd)?)
            }
            None => self.origins.nonce(&origin, request.role()),
        };
        let token = request.token.map(|token| key.token_hash(token));
        let draft = Draft {
            jti: &Jti::from_entropy(ambient.entropy()),
            method: method.as_str(),
            url: &url,
            now: self.origins.time_at(&origin, request.role(), ambient.now()),
            token: token.as_ref(),
            nonce: nonce.as_ref(),
        };
        let unsigned = key.write(&draft);
        let signature = key.signer().sign(unsigned.message()).await?;
        secret(unsigned.signed(&signature), "proof")
    }

    /// Learns from an answer, good or bad: its nonce and its clock. Says whether it held a nonce, which the next
    /// proof for that server then has.
    ///
    /// ```
    /// use keybound_client::{DpopKey, Prover, Role, proto::time::Timestamp};
    ///
    /// let prover = Prover::holding(DpopKey::generate()?);
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("dpop-nonce", "n1".parse()?);
    /// let sent_at = Timestamp::from_unix(1_800_000_000);
    /// assert!(prover.learn("https://api.example/orders", Role::ResourceServer, &headers, sent_at)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn learn(
        &self,
        url: &str,
        role: Role,
        headers: &HeaderMap,
        sent_at: Timestamp,
    ) -> Result<bool, ClientError> {
        Ok(self.origins.learn(&Origin::of_url(url)?, role, headers, sent_at).nonce)
    }

    /// Whether this server takes proofs by this key, as far as it says.
    ///
    /// ```
    /// use keybound_client::{DpopKey, Prover, Support, proto::{metadata::ServerMetadata, uri::Issuer}};
    ///
    /// let prover = Prover::holding(DpopKey::generate()?);
    /// let mut metadata = ServerMetadata::of(&Issuer::parse("https://tenant.example/")?);
    /// assert_eq!(prover.support(&metadata)?, Support::Unknown);
    /// metadata.dpop_signing_alg_values_supported = vec!["ES256".into()];
    /// assert_eq!(prover.support(&metadata)?, Support::Yes);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn support(&self, metadata: &ServerMetadata) -> Result<Support, ClientError> {
        let alg = self.key()?.alg();
        Ok(match metadata.dpop_algs() {
            None => Support::Unknown,
            Some(accepted) if accepted.contains(alg) => Support::Yes,
            Some(_) => Support::OtherAlgorithms(metadata.dpop_signing_alg_values_supported.clone()),
        })
    }

    /// What it knows of servers, to be shared with [`Client::sharing`](crate::Client::sharing).
    pub const fn origins(&self) -> &Arc<Origins> {
        &self.origins
    }

    /// Forgets the key, here and where it is kept, and all nonces: at logout. Copies of the key that were handed
    /// out live on until they are dropped.
    pub async fn clear(&self) -> Result<(), ClientError> {
        *self.held() = None;
        self.origins.forget_nonces();
        #[cfg(feature = "crypto")]
        if let Some(place) = &self.place {
            place.store.remove(&place.name).await?;
        }
        Ok(())
    }

    fn held(&self) -> std::sync::RwLockWriteGuard<'_, Option<DpopKey>> {
        self.key.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover").field("key", &self.key().ok()).finish_non_exhaustive()
    }
}
