//! Keys that clients publish at an address of theirs (`jwks_uri`): fetched when they are needed, kept for a while.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use keybound_authority::model::client::{Client, ClientKey, Source};
use keybound_proto::{
    jose::Unverified,
    time::{Lifetime, Timestamp},
};
use keybound_resource::{Fetch, IssuerKeys};

use crate::app::App;

/// What was fetched, by address.
///
/// Keys are fetched again when they are ten minutes old, and for a name that is not among them at once, though no more
/// than twice a minute. While the address does not answer, the last ones serve for a day.
#[derive(Debug)]
pub(crate) struct PublishedKeys {
    fetch: Arc<dyn Fetch>,
    found: Mutex<HashMap<Box<str>, Arc<IssuerKeys>>>,
}

impl PublishedKeys {
    pub(crate) fn over(fetch: impl Fetch + 'static) -> Self {
        Self { fetch: Arc::new(fetch), found: Mutex::default() }
    }

    fn at(&self, address: &str) -> Arc<IssuerKeys> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = found.get(address) {
            return Arc::clone(keys);
        }
        if found.len() >= MOST {
            found.clear();
        }
        let keys = Arc::new(IssuerKeys::at(address, Arc::clone(&self.fetch)).asking_every(PATIENCE));
        found.insert(address.into(), Arc::clone(&keys));
        keys
    }
}

/// The client with those of its keys that may have signed this, where it publishes them itself.
///
/// Keys that cannot be had are none: what is signed with them is refused, and the log says why.
pub(crate) async fn with_keys(app: &App, client: Client, signed: &str, now: Timestamp) -> Client {
    let Some(address) = &client.keys_at else { return client };
    let Ok(signed) = Unverified::parse(signed.as_bytes()) else { return client };
    let published = match client.source {
        Source::Document => &app.strangers_keys,
        Source::Register => &app.published_keys,
    };
    match published.at(address).candidates(signed.kid(), signed.alg(), now).await {
        Ok(keys) => {
            let keys = keys.into_iter().map(|key| ClientKey { key, ends_at: None });
            let keys = keys.collect();
            client.with_published(keys)
        }
        Err(error) => {
            tracing::warn!(client = %client.id, %error, "the client's keys are not to be had");
            client
        }
    }
}

/// How long to wait before asking again for a key that is not known.
const PATIENCE: Lifetime = Lifetime::seconds(30);

/// Most addresses that are remembered; beyond, the memory begins anew.
const MOST: usize = 10_000;
