//! How a client shows that it is itself.

use std::sync::Arc;

use keybound_proto::jose::Jwk;
use keybound_proto::secret::Secret;
use keybound_proto::time::Timestamp;

/// How a client shows that it is itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// It does not: a public client.
    None,
    /// With a statement signed by one of its keys (`private_key_jwt`).
    Keys(ClientKeys),
    /// With a secret.
    Secret {
        /// The secret.
        secret: Secret<String>,
        /// The one before it, while that is good.
        previous: Option<PreviousSecret>,
        /// Where it must stand in a request.
        sent: SecretSent,
    },
}

/// A secret that was rotated away, and is still taken for a while.
#[derive(Clone, Debug)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: Secret<String>,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Public keys of a client, each with its end. Copies share what a backend made of them.
#[derive(Clone, Debug, Default)]
pub struct ClientKeys(Arc<[ClientKey]>);

/// A public key of a client.
#[derive(Clone, Debug)]
pub struct ClientKey {
    /// The key, under its name and for its algorithm.
    pub key: Jwk,
    /// When it ends, where it does.
    pub ends_at: Option<Timestamp>,
}

impl ClientKeys {
    /// Those that have not ended.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Jwk> {
        let live = move |own: &&ClientKey| own.ends_at.is_none_or(|end| now < end);
        self.0.iter().filter(live).map(|own| &own.key)
    }
}

impl FromIterator<ClientKey> for ClientKeys {
    fn from_iter<I: IntoIterator<Item = ClientKey>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// Where a client's secret must stand in a request (RFC 6749 §2.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretSent {
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
    /// In the body (`client_secret_post`).
    Body,
    /// In either: nobody said which.
    Either,
}
