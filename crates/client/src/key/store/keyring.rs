//! Keys in the keyring of the operating system.

use std::{fmt, str, sync::Arc};

use keybound_proto::secret::Secret;
use keyring_core::{CredentialStore, Entry, Error};

use super::{KeyPair, KeyStore, KeyStoreError};
use crate::both::Boxed;

/// Keeps keys in the keyring: the Keychain, the Credential Manager, or the Secret Service of the desktop, which
/// unlocks it when its user logs in.
///
/// Where there is none, as on most servers, every use is [`KeyStoreError::NoKeyring`]; take a
/// [`FileKeys`](super::FileKeys) there.
///
/// ```no_run
/// # use keybound_client::{Client, proto::jose::Alg};
/// use keybound_client::key::{Keyring, load_or_generate};
///
/// # async fn example(client: Client) -> Result<Client, Box<dyn std::error::Error>> {
/// let key = load_or_generate(&Keyring::system("shop"), "orders", Alg::Es256).await?;
/// # Ok(
/// client.bound_to(key)
/// # )
/// # }
/// ```
#[derive(Clone)]
pub struct Keyring {
    service: String,
    of: Option<Arc<CredentialStore>>,
}

impl Keyring {
    /// The keyring of whoever runs this program; its entries say that they belong to `service`.
    pub fn system(service: impl Into<String>) -> Self {
        Self { service: service.into(), of: None }
    }

    /// Another store of credentials.
    pub fn over(store: Arc<CredentialStore>, service: impl Into<String>) -> Self {
        Self { service: service.into(), of: Some(store) }
    }

    /// What it keeps under this name.
    pub(crate) async fn read(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, KeyStoreError> {
        self.with(name, |entry| entry.get_secret().map(Secret::new)).await
    }

    /// Keeps this under a name.
    pub(crate) async fn write(&self, name: &str, value: Secret<Vec<u8>>) -> Result<(), KeyStoreError> {
        self.with(name, move |entry| entry.set_secret(value.reveal())).await.map(drop)
    }

    /// Forgets what it keeps under this name.
    pub(crate) async fn forget(&self, name: &str) -> Result<(), KeyStoreError> {
        self.with(name, Entry::delete_credential).await.map(drop)
    }

    /// Asks the keyring, which may ask a person: off the threads that drive everything else.
    async fn with<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, KeyStoreError> {
        let (service, of, name) = (self.service.clone(), self.of.clone(), name.to_owned());
        let asked = tokio::task::spawn_blocking(move || {
            let entry = match of {
                Some(store) => store.build(&service, &name, None)?,
                None => of_the_system(&service, &name)?,
            };
            work(&entry)
        });
        match asked.await.map_err(KeyStoreError::new)? {
            Ok(done) => Ok(Some(done)),
            Err(Error::NoEntry) => Ok(None),
            Err(
                error @ (Error::NoDefaultStore
                | Error::NoStorageAccess(_)
                | Error::PlatformFailure(_)
                | Error::NotSupportedByStore(_)),
            ) => Err(KeyStoreError::NoKeyring(error.to_string())),
            Err(error) => Err(KeyStoreError::Store(Box::new(Unshown(said(&error))))),
        }
    }
}

/// The system's store is set up at its first use; why that failed is only said there.
fn of_the_system(service: &str, name: &str) -> Result<Entry, Error> {
    match (keyring::Entry::new(service, name), keyring::Entry::store_status()) {
        (Err(Error::NoDefaultStore), Err(error)) => Err(Error::NotSupportedByStore(error.to_string())),
        (entry, _) => entry.map(|entry| entry.inner),
    }
}

impl KeyStore for Keyring {
    fn load<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<Option<KeyPair>, KeyStoreError>> {
        Box::pin(async move {
            let Some(bytes) = self.read(name).await? else { return Ok(None) };
            let unusable = || KeyStoreError::Key { name: name.to_owned() };
            let pem = str::from_utf8(bytes.reveal()).map_err(|_| unusable())?;
            KeyPair::from_pem(pem).map(Some).map_err(|_| unusable())
        })
    }

    fn save<'a>(&'a self, name: &'a str, key: &'a KeyPair) -> Boxed<'a, Result<(), KeyStoreError>> {
        Box::pin(async move {
            let pem = key.to_pem().map_err(KeyStoreError::new)?;
            self.write(name, Secret::new(pem.reveal().as_bytes().to_vec())).await
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Boxed<'a, Result<(), KeyStoreError>> {
        Box::pin(self.forget(name))
    }
}

/// What the keyring said, without what it holds: some of its errors carry the bytes.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unshown(&'static str);

const fn said(error: &Error) -> &'static str {
    match error {
        Error::Ambiguous(_) => "the keyring has several entries of this name",
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => {
            "the keyring has something under this name that it cannot read"
        }
        Error::TooLong(..) => "the name or the key is too long for the keyring",
        Error::Invalid(..) => "the keyring takes no such name",
        _ => "the keyring refused",
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("service", &self.service).finish_non_exhaustive()
    }
}
