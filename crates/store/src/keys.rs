//! The keys that seal what must not be read in a stolen database.

use keybound_authority::model::digest::RefreshDigest;
use keybound_crypto::seal::{SealKey, derive_key};
use keybound_proto::jose::encode_base64url;
use keybound_proto::secret::Secret;

/// One sealing key for each thing that is sealed, so that none can be put in another's place.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Secrets inside documents.
    pub(crate) documents: SealKey,
    /// Private halves of signing keys.
    pub(crate) signing: SealKey,
    /// What second factors are checked with.
    pub(crate) factors: SealKey,
    /// From which the key of each spent refresh token is derived, that seals its successor: there are too
    /// many of them to share one.
    successors: Secret<[u8; 32]>,
}

impl Keys {
    pub(crate) fn derive(master: &Secret<[u8; 32]>) -> Self {
        Self {
            documents: SealKey::derive(master, "store/documents"),
            signing: SealKey::derive(master, "store/signing-keys"),
            factors: SealKey::derive(master, "store/factors"),
            successors: derive_key(master, "store/successors"),
        }
    }

    /// Seals the token that takes a spent one's place.
    pub(crate) fn seal_successor(&self, spent: &RefreshDigest, token: &Secret<String>) -> Vec<u8> {
        self.successor_key(spent).seal(spent.as_bytes(), token.reveal().as_bytes())
    }

    /// Opens what was sealed for a spent token, or says in a fragment why it does not open.
    pub(crate) fn open_successor(
        &self,
        spent: &RefreshDigest,
        sealed: &[u8],
    ) -> Result<Secret<String>, &'static str> {
        let key = self.successor_key(spent);
        let opened = key.open(spent.as_bytes(), sealed).map_err(|_| "sealed by another master key")?;
        let text = std::str::from_utf8(opened.reveal()).map_err(|_| "not a token")?;
        Ok(Secret::new(text.to_owned()))
    }

    fn successor_key(&self, spent: &RefreshDigest) -> SealKey {
        SealKey::derive(&self.successors, &encode_base64url(spent.as_bytes()))
    }
}
