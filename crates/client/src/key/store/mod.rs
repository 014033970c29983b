//! Where private keys are kept, so that tokens bound to them outlive the process.

#[cfg(feature = "web")]
mod environment;
#[cfg(feature = "web")]
mod file;
#[cfg(all(feature = "web", feature = "keyring"))]
mod keyring;
mod memory;

use std::{error::Error, fmt};

use keybound_proto::jose::Alg;

#[cfg(feature = "web")]
pub use environment::EnvironmentKeys;
#[cfg(feature = "web")]
pub use file::FileKeys;
#[cfg(all(feature = "web", feature = "keyring"))]
pub use keyring::Keyring;
pub use memory::MemoryKeys;

use super::{DpopKey, KeyPair};
use crate::{
    ClientError,
    both::{Both, Boxed},
};

/// Keeps private keys under names.
///
/// A key that never leaves its place (PKCS#11, a key management service, WebCrypto) is in no such store: it is a
/// [`SignElsewhere`](crate::SignElsewhere) or a [`Sign`](crate::proto::jose::Sign), given to [`DpopKey`] as it is.
pub trait KeyStore: fmt::Debug + Both {
    /// The key of this name.
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<KeyPair>, KeyStoreError>>;

    /// Keeps this key instead of what was there. After it returns it is safe.
    fn save<'a>(&'a self, name: &'a str, key: &'a KeyPair) -> Boxed<'a, Result<(), KeyStoreError>>;

    /// Forgets it. Tokens bound to it are of no use from then on.
    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), KeyStoreError>>;

    /// Keeps this key unless there is one, and says which one there is now. A store that others share lets one
    /// of many win; this default, which looks and then saves, does not.
    fn keep_first<'a>(
        &'a self,
        name: &'a str,
        key: &'a KeyPair,
    ) -> Boxed<'a, Result<KeyPair, KeyStoreError>> {
        Box::pin(async move {
            if let Some(there) = self.load(name).await? {
                return Ok(there);
            }
            self.save(name, key).await?;
            Ok(key.clone())
        })
    }
}

/// Why a store has no key, or could not keep one. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyStoreError {
    /// What is kept is no key that can be used.
    #[error("what is kept as {name} is no key that can be used")]
    Key {
        /// The name it is kept under.
        name: String,
    },
    /// The key that is kept is of another kind than the one that was asked for.
    #[error("the key kept as {name} is for {found}, not for {wanted}; remove it or use another name")]
    Kind {
        /// The name it is kept under.
        name: String,
        /// What it is for.
        found: Alg,
        /// What was wanted.
        wanted: Alg,
    },
    /// It cannot be a name in this store.
    #[error("{0:?} cannot be the name of a key: letters, digits, `-` and `_` can, up to 128")]
    Name(String),
    /// This machine has no keyring, or it is locked.
    #[error("there is no keyring to keep keys in: {0}")]
    NoKeyring(String),
    /// Others than its owner may read the file.
    #[error("{file} may be read by others: it should have mode 0600, and its key is no secret any more")]
    Open {
        /// Which.
        file: String,
    },
    /// The store only reads.
    #[error("{0} cannot be written from here")]
    ReadOnly(&'static str),
    /// The store could not do it.
    #[error("a key could not be read or written: {0}")]
    Store(#[source] Box<dyn Error + Send + Sync>),
}

impl KeyStoreError {
    /// What the store said.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Store(source.into())
    }
}

/// The key of this name, or a new one that is kept before it is used.
///
/// Of many who ask at once, in this process or, over a [`FileKeys`], in others, all get the same key.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use keybound_client::{key::{MemoryKeys, load_or_generate}, proto::jose::Alg};
///
/// let store = MemoryKeys::default();
/// let first = load_or_generate(&store, "orders", Alg::Es256).await?;
/// let again = load_or_generate(&store, "orders", Alg::Es256).await?;
/// assert_eq!(first.thumbprint(), again.thumbprint());
/// # Ok::<(), keybound_client::ClientError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn load_or_generate(store: &dyn KeyStore, name: &str, alg: Alg) -> Result<DpopKey, ClientError> {
    let key = match store.load(name).await? {
        Some(key) => key,
        None => {
            // RSA takes its time.
            let new = KeyPair::generate(alg)?;
            store.keep_first(name, &new).await?
        }
    };
    if key.alg() != alg {
        let name = name.to_owned();
        return Err(KeyStoreError::Kind { name, found: key.alg(), wanted: alg }.into());
    }
    Ok(key.into())
}
