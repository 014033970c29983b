//! The keys that sign tokens: next, current, previous, of each algorithm in use.

mod certificate;
mod shown;

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use bytes::Bytes;
use keybound_crypto::SigningKey;
use keybound_proto::{
    id::{Kid, TenantId},
    jose::{Alg, KeySet, Sign, encode_base64url},
    secret::Secret,
    time::{Lifetime, Timestamp},
};
use keybound_store::{
    Batch, Store, StoreError,
    ledger::keys::{self, KeptKey, Turn},
};
use tokio::sync::Mutex;

pub(crate) use self::shown::{Shown, host};

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// No certificate could be made of one.
    #[error("failed to make the certificate of a signing key: {0}")]
    Certificate(String),
    /// The cipher would not make or read one.
    #[error("failed to make or read a signing key: {0}")]
    Key(#[from] keybound_crypto::KeyError),
    /// It cannot be kept, or what was kept cannot be opened.
    #[error("failed to keep or open the signing keys: {0}")]
    Store(#[from] StoreError),
    /// The thread that made it is gone.
    #[error("failed to make a signing key: the work was given up")]
    GivenUp,
}

/// The keys of a tenant, exchanged as a whole when one of them changes.
#[derive(Debug)]
pub struct KeyRing {
    tenant: TenantId,
    held: ArcSwap<Keys>,
    /// Held while the ring is read and exchanged: what was read earlier must not take the place of what was read later.
    reading: Mutex<()>,
    /// The certificate that was asked for last, and of which key it is.
    certified: ArcSwapOption<(Kid, Arc<certificate::Certificate>)>,
    /// Held while a first key is made: of all who need one at once, one makes it.
    making: Mutex<()>,
}

/// One state of the ring.
#[derive(Debug)]
pub struct Keys {
    current: BTreeMap<&'static str, Arc<SigningKey>>,
    line: Vec<KeptKey>,
    published: KeySet,
    document: Bytes,
}

impl Keys {
    /// The key that signs with this algorithm.
    pub fn signer(&self, alg: Alg) -> Option<&Arc<SigningKey>> {
        self.current.get(alg.name())
    }

    /// Every public key whose signatures still count.
    pub fn published(&self) -> &KeySet {
        &self.published
    }

    /// The same as the document at `jwks_uri`.
    pub fn document(&self) -> Bytes {
        self.document.clone()
    }

    /// The algorithms in use, for metadata.
    pub fn algs(&self) -> impl Iterator<Item = &'static str> {
        self.current.keys().copied()
    }

    fn read(line: Vec<KeptKey>, now: Timestamp) -> Result<Self, KeyRingError> {
        let (mut current, mut published) = (BTreeMap::new(), Vec::new());
        for kept in line.iter().filter(|kept| counts(kept, now)) {
            let key = SigningKey::from_pkcs8(kept.alg, kept.private.reveal())?.with_kid(kept.kid.clone());
            published.push(key.public().clone());
            if matches!(kept.turn, Turn::Current { .. }) {
                current.insert(kept.alg.name(), Arc::new(key));
            }
        }
        let published = KeySet::new(published);
        let document = Bytes::from(published.to_json().to_string());
        Ok(Self { current, line, published, document })
    }
}

/// A key that signs no more is published until the last token it signed has expired.
fn counts(key: &KeptKey, now: Timestamp) -> bool {
    match key.turn {
        Turn::Previous { since } => now < since.plus(LONGEST_TOKEN),
        _ => true,
    }
}

impl KeyRing {
    /// Opens the ring; makes the first RS256 key when there is none.
    pub async fn open(store: &Store, tenant: &TenantId, now: Timestamp) -> Result<Self, KeyRingError> {
        let mut line = keys::load(store, tenant).await?;
        if !line.iter().any(|key| key.alg == Alg::Rs256) {
            add(store, tenant, (Alg::Rs256, 1), Turn::Current { since: now }, now).await?;
            line = keys::load(store, tenant).await?;
        }
        let held = ArcSwap::from_pointee(Keys::read(line, now)?);
        Ok(Self {
            tenant: tenant.clone(),
            held,
            certified: ArcSwapOption::empty(),
            reading: Mutex::default(),
            making: Mutex::default(),
        })
    }

    /// The ring as it is now.
    pub fn now(&self) -> Guard<Arc<Keys>> {
        self.held.load()
    }

    /// The key that signs with this algorithm, made at its first use.
    #[expect(
        clippy::await_holding_invalid_type,
        reason = "a key is made once, and all who need it wait for that"
    )]
    pub async fn signer(
        &self,
        store: &Store,
        alg: Alg,
        now: Timestamp,
    ) -> Result<Arc<SigningKey>, KeyRingError> {
        if let Some(key) = self.held.load().signer(alg) {
            return Ok(Arc::clone(key));
        }
        let _making = self.making.lock().await;
        if let Some(key) = self.held.load().signer(alg) {
            return Ok(Arc::clone(key));
        }
        add(store, &self.tenant, (alg, 1), Turn::Current { since: now }, now).await?;
        self.reload(store, now).await?;
        self.held.load().signer(alg).map(Arc::clone).ok_or(KeyRingError::GivenUp)
    }

    /// Reads the ring again, for what other processes changed.
    #[expect(
        clippy::await_holding_invalid_type,
        reason = "what was read first is not put over what was read later"
    )]
    pub async fn reload(&self, store: &Store, now: Timestamp) -> Result<(), KeyRingError> {
        let _reading = self.reading.lock().await;
        let line = keys::load(store, &self.tenant).await?;
        let held = self.held.load();
        let known = |line: &[KeptKey]| line.iter().map(|key| (key.kid.clone(), key.turn)).collect::<Vec<_>>();
        let faded = held.line.iter().filter(|key| counts(key, now)).count() != held.published.keys().len();
        if faded || known(&line) != known(&held.line) {
            self.held.store(Arc::new(Keys::read(line, now)?));
        }
        Ok(())
    }

    /// Moves the line on where it is time: the next key takes its turn, and another is published behind it.
    ///
    /// The next key is published all the time, and for [`AHEAD`] at least before it signs, so that every resource server
    /// knows it by then.
    pub async fn rotate_when_due(
        &self,
        store: &Store,
        lifetime: Lifetime,
        now: Timestamp,
    ) -> Result<(), KeyRingError> {
        self.reload(store, now).await?;
        let line = self.held.load().line.clone();
        for current in line.iter().filter(|key| matches!(key.turn, Turn::Current { .. })) {
            let Turn::Current { since } = current.turn else { continue };
            let next = line.iter().find(|key| key.alg == current.alg && key.turn == Turn::Next);
            match next {
                Some(next) if now >= since.plus(lifetime) && now >= next.made_at.plus(AHEAD) => {
                    self.promote(store, next, now).await?;
                }
                None => self.publish_next(store, current.alg, now).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Rotates at once, whether or not it is time: the next key signs, and another is published behind it.
    pub async fn rotate(&self, store: &Store, alg: Alg, now: Timestamp) -> Result<(), KeyRingError> {
        self.reload(store, now).await?;
        self.publish_next(store, alg, now).await?;
        let line = self.held.load().line.clone();
        match line.iter().find(|key| key.alg == alg && key.turn == Turn::Next) {
            Some(next) => self.promote(store, next, now).await?,
            None => return Err(KeyRingError::GivenUp),
        }
        self.publish_next(store, alg, now).await
    }

    /// The same for every algorithm in use.
    pub async fn rotate_all(&self, store: &Store, now: Timestamp) -> Result<(), KeyRingError> {
        self.reload(store, now).await?;
        let algs: Vec<Alg> = self.held.load().current.keys().filter_map(|name| Alg::parse(name)).collect();
        for alg in algs {
            self.rotate(store, alg, now).await?;
        }
        Ok(())
    }

    /// Takes a key out of use at once: what it signed is good for nothing any more. Where it is the one that signs, the
    /// next takes its turn first, so that no request is left without.
    pub async fn revoke(&self, store: &Store, kid: &Kid, now: Timestamp) -> Result<(), KeyRingError> {
        self.reload(store, now).await?;
        let line = self.held.load().line.clone();
        let Some(key) = line.into_iter().find(|key| key.kid == *kid) else { return Ok(()) };
        if matches!(key.turn, Turn::Current { .. }) {
            self.rotate(store, key.alg, now).await?;
        }
        let mut batch = Batch::new();
        keys::revoke(&mut batch, &self.tenant, kid, now);
        store.apply(batch).await?;
        self.reload(store, now).await?;
        self.publish_next(store, key.alg, now).await
    }

    /// Publishes a key behind the one that signs, where none is.
    async fn publish_next(&self, store: &Store, alg: Alg, now: Timestamp) -> Result<(), KeyRingError> {
        let (is_there, last) = {
            let held = self.held.load();
            let of_alg = || held.line.iter().filter(|key| key.alg == alg);
            (of_alg().any(|key| key.turn == Turn::Next), of_alg().map(|key| key.number).max())
        };
        if is_there {
            return Ok(());
        }
        // A number that was revoked is taken, though nobody sees it here.
        let mut number = last.unwrap_or(0);
        for _ in 0..TRIES {
            number = number.saturating_add(1);
            add(store, &self.tenant, (alg, number), Turn::Next, now).await?;
            self.reload(store, now).await?;
            if self.held.load().line.iter().any(|key| key.alg == alg && key.turn == Turn::Next) {
                return Ok(());
            }
        }
        Err(KeyRingError::GivenUp)
    }

    async fn promote(&self, store: &Store, next: &KeptKey, now: Timestamp) -> Result<(), KeyRingError> {
        let mut batch = Batch::new();
        keys::promote(&mut batch, &self.tenant, next, now);
        match store.apply(batch).await {
            // Another process was faster.
            Err(error) if error.conflict().is_none() => return Err(error.into()),
            _ => {}
        }
        self.reload(store, now).await
    }
}

/// Makes a key and adds it to the line: of those that add at once, one is heard.
async fn add(
    store: &Store,
    tenant: &TenantId,
    (alg, number): (Alg, i64),
    turn: Turn,
    now: Timestamp,
) -> Result<(), KeyRingError> {
    let key = make(alg).await?.named_by_thumbprint();
    let kid = key.kid().cloned().ok_or(KeyRingError::GivenUp)?;
    let kept = KeptKey { kid, alg, number, private: key.to_pkcs8()?, made_at: now, turn };
    let mut batch = Batch::new();
    keys::add(&mut batch, store, tenant, &kept);
    match store.apply(batch).await {
        Err(error) if error.conflict().is_none() => Err(error.into()),
        _ => Ok(()),
    }
}

/// A fresh key, with a certificate in the name of what it is for.
pub(crate) struct SelfSigned {
    /// How it is named.
    pub(crate) kid: Kid,
    /// Its certificate.
    pub(crate) certificate: certificate::Certificate,
    /// The key itself: base64url of its PKCS #8.
    pub(crate) private: Secret<String>,
}

impl SelfSigned {
    /// Makes one.
    pub(crate) async fn make(name: &str, alg: Alg, now: Timestamp) -> Result<Self, KeyRingError> {
        let key = make(alg).await?.named_by_thumbprint();
        let kid = key.kid().cloned().ok_or(KeyRingError::GivenUp)?;
        let private = key.to_pkcs8()?;
        let certificate = certificate::Certificate::make(name, (alg, &private), now)?;
        Ok(Self { kid, certificate, private: Secret::new(encode_base64url(private.reveal())) })
    }
}

/// Makes a key off the threads that serve.
///
/// How long an RSA key takes is a matter of luck, so two threads try theirs and the first to find one wins.
async fn make(alg: Alg) -> Result<SigningKey, KeyRingError> {
    let (tell, mut told) = tokio::sync::mpsc::channel(2);
    let threads = if matches!(alg, Alg::Rs256 | Alg::Ps256) { 2 } else { 1 };
    for _ in 0..threads {
        let tell = tell.clone();
        std::thread::spawn(move || {
            // Whoever comes second finds nobody listening.
            let _ = tell.blocking_send(SigningKey::generate(alg));
        });
    }
    drop(tell);
    told.recv().await.ok_or(KeyRingError::GivenUp)?.map_err(KeyRingError::from)
}

/// Longer than any access or ID token lives (Auth0's longest is 30 days).
const LONGEST_TOKEN: Lifetime = Lifetime::seconds(30 * 24 * 3600);

/// How long a key is published before it signs.
const AHEAD: Lifetime = Lifetime::seconds(24 * 3600);

/// How many numbers may be taken by keys that were revoked, before it is given up.
const TRIES: usize = 1_000;
