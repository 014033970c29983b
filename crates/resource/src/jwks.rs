//! The issuer's keys: found by the issuer's name, fetched, rotated, kept through an outage.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwapOption;
use keybound_proto::{
    id::Kid,
    jose::{Alg, Jwk, KeySet},
    metadata::ServerMetadata,
    time::{Lifetime, Timestamp},
    uri::{Issuer, Origin},
};
use tokio::sync::Mutex;

use crate::{Fetch, FetchError};

/// The keys of one issuer, shared by every request.
///
/// They are fetched at the first use and again when they are ten minutes old, in the background. A token signed by
/// a key that is not among them makes them be fetched at once, but not more often than every ten seconds. While
/// the issuer cannot be reached, the last ones serve for another day. However many requests wait, one asks.
#[derive(Debug)]
pub struct IssuerKeys {
    known: ArcSwapOption<Known>,
    remote: Option<Remote>,
    /// How often an unknown key may make us ask.
    patience: Lifetime,
    attempts: AtomicU64,
    next_try: AtomicI64,
}

/// The keys as they were when they were fetched.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) keys: KeySet,
    /// Changes when, and only when, the keys do.
    pub(crate) generation: u64,
    fetched: Timestamp,
}

#[derive(Debug)]
struct Remote {
    place: Place,
    fetch: Arc<dyn Fetch>,
    /// Where the keys are, once that is known; locked while somebody asks.
    address: Mutex<Option<String>>,
}

/// What is known of where the keys are.
#[derive(Debug)]
enum Place {
    /// Whose they are: the issuer's metadata say where.
    Of(Issuer),
    /// Where.
    At(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(issuer) => issuer.fmt(f),
            Self::At(address) => address.fmt(f),
        }
    }
}

/// Why there are no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The metadata is not what RFC 8414 §3.2 describes.
    #[error("the issuer's metadata cannot be used: {0}")]
    Metadata(String),
    /// The document is no set of keys.
    #[error("the issuer's keys cannot be read: {0}")]
    Keys(String),
    /// It was tried a moment ago, in vain.
    #[error("the issuer's keys could not be fetched a moment ago")]
    Waiting,
    /// The network or the issuer failed.
    #[error("the issuer's keys cannot be fetched: {0}")]
    Fetch(#[from] FetchError),
}

impl IssuerKeys {
    /// Keys that are found by the issuer's name alone (RFC 8414 §3, OpenID Connect Discovery §4).
    pub fn discovered(issuer: Issuer, fetch: Arc<dyn Fetch>) -> Self {
        Self::remote(Place::Of(issuer), fetch)
    }

    /// Keys at an address that is known already: the `jwks_uri` of whoever signs.
    pub fn at(address: impl Into<String>, fetch: Arc<dyn Fetch>) -> Self {
        Self::remote(Place::At(address.into()), fetch)
    }

    fn remote(place: Place, fetch: Arc<dyn Fetch>) -> Self {
        let remote = Remote { place, fetch, address: Mutex::new(None) };
        Self { remote: Some(remote), ..Self::fixed(KeySet::default(), None) }
    }

    /// The same with another wait between two questions for a key that is not known, or not to be had.
    #[must_use]
    pub fn asking_every(self, patience: Lifetime) -> Self {
        Self { patience, ..self }
    }

    /// Keys that are known already, for instance because the issuer lives in the same process.
    pub fn published(keys: KeySet) -> Self {
        Self::fixed(keys, Some(1))
    }

    /// Replaces published keys. Tokens by keys that are gone are refused from now on.
    pub fn publish(&self, keys: KeySet) {
        self.know(keys, Timestamp::from_unix(i64::MAX));
    }

    fn fixed(keys: KeySet, generation: Option<u64>) -> Self {
        let fetched = Timestamp::from_unix(i64::MAX);
        let known = generation.map(|generation| Arc::new(Known { keys, generation, fetched }));
        Self {
            known: ArcSwapOption::from(known),
            remote: None,
            patience: UNKNOWN_KEY,
            attempts: AtomicU64::new(0),
            next_try: AtomicI64::new(i64::MIN),
        }
    }

    /// The keys that may have signed something by this name and algorithm, for whoever checks signatures without a guard.
    pub async fn candidates(
        self: &Arc<Self>,
        kid: Option<&Kid>,
        alg: Alg,
        now: Timestamp,
    ) -> Result<Vec<Jwk>, KeysError> {
        let known = self.find(kid, alg, now).await?;
        Ok(known.keys.candidates(kid, alg).cloned().collect())
    }

    /// What [`Known::generation`] is now; zero before the first keys came.
    pub(crate) fn generation(&self) -> u64 {
        self.known.load().as_ref().map_or(0, |known| known.generation)
    }

    /// The keys, fetched again where it seems worth it for a token that names `kid`.
    pub(crate) async fn find(
        self: &Arc<Self>,
        kid: Option<&Kid>,
        alg: Alg,
        now: Timestamp,
    ) -> Result<Arc<Known>, KeysError> {
        let seen = self.attempts.load(Ordering::Acquire);
        let Some(known) = self.known.load_full() else {
            if now.as_unix() < self.next_try.load(Ordering::Acquire) {
                return Err(KeysError::Waiting);
            }
            return self.refresh(seen, now).await;
        };
        if self.remote.is_none() {
            return Ok(known);
        }
        let may_try = now.as_unix() >= self.next_try.load(Ordering::Acquire);
        let fits = known.keys.candidates(kid, alg).next().is_some();
        match (fits, now.since(known.fetched)) {
            (true, age) if age < FRESH => {}
            (true, age) if age < STALE => {
                if may_try {
                    self.wait_until(now.plus(self.patience));
                    let keys = Arc::clone(self);
                    tokio::spawn(async move { keys.refresh(seen, now).await });
                }
            }
            (false, age) if age < STALE && !may_try => {}
            _ => return self.refresh(seen, now).await,
        }
        Ok(known)
    }

    /// Asks the issuer, unless somebody asked since `seen` was read.
    #[expect(
        clippy::await_holding_invalid_type,
        reason = "one asks, and all who miss the key wait for that one"
    )]
    async fn refresh(&self, seen: u64, now: Timestamp) -> Result<Arc<Known>, KeysError> {
        let Some(remote) = &self.remote else { return Err(KeysError::Waiting) };
        let mut address = remote.address.lock().await;
        if self.attempts.load(Ordering::Acquire) == seen {
            let fetched = remote.keys(&mut address).await;
            let failed = fetched.is_err();
            match fetched {
                Ok(keys) => self.know(keys, now),
                Err(why) => {
                    *address = None;
                    tracing::warn!(issuer = %remote.place, %why, "the issuer's keys could not be fetched");
                    if self.known.load().is_none() {
                        self.settle(now.plus(FAILED));
                        return Err(why);
                    }
                }
            }
            self.settle(now.plus(if failed { FAILED } else { self.patience }));
        }
        drop(address);
        let known = self.known.load_full().ok_or(KeysError::Waiting)?;
        if now.since(known.fetched) < STALE { Ok(known) } else { Err(KeysError::Waiting) }
    }

    fn know(&self, keys: KeySet, fetched: Timestamp) {
        let generation = match self.known.load().as_ref() {
            Some(known) if known.keys == keys => known.generation,
            Some(known) => known.generation + 1,
            None => 1,
        };
        self.known.store(Some(Arc::new(Known { keys, generation, fetched })));
    }

    fn settle(&self, next_try: Timestamp) {
        self.wait_until(next_try);
        self.attempts.fetch_add(1, Ordering::AcqRel);
    }

    fn wait_until(&self, next_try: Timestamp) {
        self.next_try.store(next_try.as_unix(), Ordering::Release);
    }
}

impl Remote {
    async fn keys(&self, address: &mut Option<String>) -> Result<KeySet, KeysError> {
        let url = match address.take() {
            Some(url) => url,
            None => self.discover().await?,
        };
        let document = self.fetch.fetch(&url).await?;
        let keys = KeySet::parse(&document).map_err(|why| KeysError::Keys(why.to_string()))?;
        *address = Some(url);
        Ok(keys)
    }

    /// Either of the two well-known places will do; the issuer in the document must be ours, byte for byte.
    async fn discover(&self) -> Result<String, KeysError> {
        let issuer = match &self.place {
            Place::Of(issuer) => issuer,
            Place::At(address) => return Ok(address.clone()),
        };
        let document = match self.fetch.fetch(&issuer.openid_configuration()).await {
            Ok(document) => document,
            Err(FetchError::Status(_)) => self.fetch.fetch(&issuer.oauth_metadata()).await?,
            Err(why) => return Err(why.into()),
        };
        let metadata =
            ServerMetadata::parse(&document, issuer).map_err(|why| KeysError::Metadata(why.to_string()))?;
        let url = metadata.jwks_uri.ok_or_else(|| KeysError::Metadata("it has no jwks_uri".to_owned()))?;
        let origin = Origin::of_url(&url)
            .map_err(|why| KeysError::Metadata(format!("its jwks_uri is malformed: {why}")))?;
        if issuer.origin().is_secure() && !origin.is_secure() {
            return Err(KeysError::Metadata("its jwks_uri is not protected by TLS".to_owned()));
        }
        Ok(url)
    }
}

/// Seconds after which keys are fetched again, in the background.
const FRESH: i64 = 600;
/// Seconds after which keys that could not be fetched again are no longer believed.
const STALE: i64 = 86_400;
/// How often an unknown key may make us ask.
const UNKNOWN_KEY: Lifetime = Lifetime::seconds(10);
/// How long to wait after a failure.
const FAILED: Lifetime = Lifetime::seconds(2);
