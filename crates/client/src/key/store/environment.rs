//! The key pair of `AUTH0_DPOP_*`.

use std::future::ready;

use super::{KeyPair, KeyStore, KeyStoreError};
use crate::{
    both::Boxed,
    config::{ConfigError, pair},
    key::pair::{PRIVATE, PUBLIC},
};

/// Has the one key that `AUTH0_DPOP_PUBLIC_KEY` and `AUTH0_DPOP_PRIVATE_KEY` hold, under whatever name, and keeps
/// no other.
///
/// ```
/// use keybound_client::{key::{EnvironmentKeys, KeyPair}, proto::jose::Alg};
///
/// let pair = KeyPair::generate(Alg::Es256)?;
/// let (private, public) = (pair.to_pem()?, pair.public_pem()?);
/// let keys = EnvironmentKeys::from_lookup(|name| match name {
///     "AUTH0_DPOP_PRIVATE_KEY" => Some(private.reveal().replace('\n', "\\n")),
///     "AUTH0_DPOP_PUBLIC_KEY" => Some(public.clone()),
///     _ => None,
/// })?;
/// assert_eq!(keys.pair().map(KeyPair::thumbprint), Some(pair.thumbprint()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnvironmentKeys(Option<KeyPair>);

impl EnvironmentKeys {
    /// Reads the environment of this process.
    pub fn from_env() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "a place where the environment is read, once")]
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads the variables wherever they are. A pair that does not belong together is an error.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |name| lookup(name).filter(|value| !value.trim().is_empty());
        pair(text(PRIVATE), text(PUBLIC)).map(Self)
    }

    /// The pair, where it is set.
    pub const fn pair(&self) -> Option<&KeyPair> {
        self.0.as_ref()
    }
}

impl KeyStore for EnvironmentKeys {
    fn load<'a>(&'a self, _name: &'a str) -> Boxed<'a, Result<Option<KeyPair>, KeyStoreError>> {
        Box::pin(ready(Ok(self.0.clone())))
    }

    fn save<'a>(&'a self, _name: &'a str, _key: &'a KeyPair) -> Boxed<'a, Result<(), KeyStoreError>> {
        Box::pin(ready(Err(READ_ONLY)))
    }

    fn remove<'a>(&'a self, _name: &'a str) -> Boxed<'a, Result<(), KeyStoreError>> {
        Box::pin(ready(Err(READ_ONLY)))
    }
}

const READ_ONLY: KeyStoreError = KeyStoreError::ReadOnly(PRIVATE);
