//! The shared parts, built once and passed.

use std::{net::IpAddr, sync::Arc};

use keybound_authority::event::Sender;
use keybound_crypto::{
    AwsLc,
    seal::{SealKey, derive_key},
};
use keybound_proto::{
    dpop::{DpopNonce, NonceKeys, NoncePurpose},
    id::TenantId,
    secret::Secret,
    time::Timestamp,
    uri::Issuer,
};
use keybound_store::{Fleeting, Store};

use crate::{
    Clock, StartError,
    client_documents::ClientDocuments,
    config::{Config, IssuerUrl},
    cors::Origins,
    jobs::bulk::Bell,
    key_ring::KeyRing,
    mail::Mail,
    opaque::OpaqueTokens,
    openapi::Described,
    outbound::{Outbound, Strangers},
    passwords::Passwords,
    places::Places,
    policies::Policies,
    published_keys::PublishedKeys,
    rate::Turnstiles,
    setup::{self, Ground, Past},
};

/// Which tenant, and how its tokens name it: what never changes while a server runs.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Which.
    pub id: TenantId,
    /// How its tokens name it, byte for byte.
    pub issuer: Issuer,
}

/// What every handler shares. Cheap to reach, never rebuilt; only what changes at run time can be exchanged.
#[derive(Debug)]
pub struct App {
    /// What the operator decided.
    pub config: Config,
    /// What time it is.
    pub clock: Clock,
    /// The tenant: one per server for now. What its administrators may change is read by `registered::tenant`.
    pub tenant: Identity,
    /// Where our endpoints are, as proofs name them.
    pub places: Places,
    /// Everything durable.
    pub store: Store,
    /// What is remembered for moments.
    pub fleeting: Fleeting,
    /// Since when proofs are remembered; `None` when none can have been used before.
    pub remembered_since: Option<Timestamp>,
    /// What signs tokens.
    pub keys: KeyRing,
    /// Nonces, for the token endpoint and for our own resources: clients keep one for each origin, and we have one.
    pub nonces: NonceKeys,
    /// Calls to others.
    pub(crate) outbound: Outbound,
    /// Calls to addresses that administrators name, and that must not lie inside.
    pub(crate) guarded: Strangers,
    /// Keys that registered clients publish.
    pub(crate) published_keys: PublishedKeys,
    /// Clients that describe themselves.
    pub(crate) documents: ClientDocuments,
    /// Keys that those publish.
    pub(crate) strangers_keys: PublishedKeys,
    /// Password hashing.
    pub passwords: Passwords,
    /// Policies read a moment ago.
    pub policies: Policies,
    /// How often anybody may still ask.
    pub(crate) turnstiles: Turnstiles,
    /// Origins of browser apps.
    pub origins: Origins,
    /// Seals answers that are kept for a client that lost them.
    pub answers: SealKey,
    /// Seals what a browser carries for us.
    pub browser: SealKey,
    /// Seals the hashes of codes that were sent.
    pub codes: SealKey,
    /// Seals access tokens that nobody reads but us.
    pub(crate) opaque: OpaqueTokens,
    /// Rung when there is a job to do.
    pub(crate) bell: Bell,
    /// How letters leave.
    pub mail: Mail,
    /// What can be asked of us, for machines.
    pub(crate) described: Described,
}

impl App {
    /// Opens the stores, and makes what a first start must make.
    pub async fn open(config: Config, issuer: &IssuerUrl, clock: Clock) -> Result<Arc<Self>, StartError> {
        let now = clock.now();
        let issuer = Issuer::parse(issuer.as_str()).map_err(|error| StartError::Issuer(error.to_string()))?;
        let master = setup::master_key(&config)?;
        let store = setup::store(&config, &master).await?;
        let fleeting = setup::fleeting(&config, &store, now).await?;
        let id = TenantId::parse(TENANT).map_err(|error| StartError::Issuer(error.to_string()))?;
        let places = Places::of(&issuer);
        let past = setup::seed(Ground { store: &store, tenant: &id, places: &places }, &config).await?;
        // What was never used before this process needs no other to remember it.
        let since =
            (past == Past::Some).then(|| fleeting.remembered_since()).filter(|since| since.as_unix() > 0);
        let tenant = Identity { id, issuer };
        let keys = KeyRing::open(&store, &tenant.id, now).await?;
        let outbound = Outbound::new().map_err(StartError::Outbound)?;
        let strangers = strangers(&config)?;
        let app = Self {
            places,
            nonces: nonces(&config, &master, since),
            published_keys: PublishedKeys::over(outbound.clone()),
            strangers_keys: PublishedKeys::over(strangers.clone()),
            documents: ClientDocuments::over(strangers, config.client_documents.clone()),
            outbound,
            guarded: Strangers::new(&[], None).map_err(StartError::Outbound)?,
            passwords: Passwords::new(config.limits.password_workers),
            policies: Policies::default(),
            turnstiles: Turnstiles::default(),
            origins: Origins::default(),
            answers: SealKey::derive(&master, "server/answers"),
            browser: SealKey::derive(&master, "server/browser"),
            codes: SealKey::derive(&master, "server/codes"),
            opaque: OpaqueTokens::under(&master),
            bell: Bell::default(),
            mail: Mail::open(&config.email)?,
            described: Described::default(),
            config,
            clock,
            tenant,
            store,
            fleeting,
            remembered_since: since,
            keys,
        };
        Ok(Arc::new(app))
    }

    /// A fresh nonce.
    pub fn nonce(&self, now: Timestamp) -> DpopNonce {
        self.nonces.mint(now, &AwsLc)
    }
}

/// Where a request came from, for the tenant log.
pub(crate) fn sender(address: IpAddr, agent: Option<&str>) -> Sender {
    // The tenant log keeps it: nobody fills it with a name of kilobytes.
    let short = |agent: &str| agent.chars().take(LONGEST_AGENT).collect();
    Sender { address: Some(address), agent: agent.map(short) }
}

/// Most characters of a `User-Agent` that are kept.
const LONGEST_AGENT: usize = 512;

fn nonces(config: &Config, master: &Secret<[u8; 32]>, since: Option<Timestamp>) -> NonceKeys {
    let secret = derive_key(master, "server/nonces");
    let keys = NonceKeys::new(secret, NoncePurpose::AuthorizationServer, config.nonce.cell)
        .with_lifetime(config.nonce.lifetime)
        .with_epoch(config.nonce.epoch);
    match since {
        Some(since) => keys.remembered_since(since),
        None => keys,
    }
}

fn strangers(config: &Config) -> Result<Strangers, StartError> {
    let documents = &config.client_documents;
    let trusted = documents.certificates()?;
    Strangers::new(&documents.unguarded_origins, trusted.as_deref()).map_err(StartError::Outbound)
}

/// One tenant per server, for now.
const TENANT: &str = "default";
