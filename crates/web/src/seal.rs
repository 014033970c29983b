//! Secrets that rotate: the newest seals, all of them open.

use std::fmt;

use keybound_crypto::{AwsLc, seal::SealKey};
use keybound_proto::{
    jose::{Digest as _, decode_base64url, encode_base64url},
    secret::Secret,
};

/// Keys for one purpose, the newest first.
pub(crate) struct Seals(Vec<SealKey>);

impl Seals {
    /// The keys for `purpose` under these secrets, the newest first.
    pub(crate) fn of(secrets: &[Secret<String>], purpose: &str) -> Self {
        let key = |secret: &Secret<String>| {
            let master = Secret::new(AwsLc.sha256(&[secret.reveal().as_bytes()]));
            SealKey::derive(&master, purpose)
        };
        Self(secrets.iter().map(key).collect())
    }

    /// Seals for this place, in bytes.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Vec<u8> {
        let Some(newest) = self.0.first() else { unreachable!("options begin with a secret") };
        newest.seal(place.as_bytes(), plain)
    }

    /// Opens what was sealed for this place by any of the secrets.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Secret<Vec<u8>>> {
        self.0.iter().find_map(|key| key.open(place.as_bytes(), sealed).ok())
    }

    /// Seals for a cookie of this name.
    pub(crate) fn seal_text(&self, place: &str, plain: &[u8]) -> String {
        encode_base64url(self.seal(place, plain))
    }

    /// Opens what a cookie of this name holds. Changed, cut or foreign, it is as if it were not there.
    pub(crate) fn open_text(&self, place: &str, sealed: &str) -> Option<Secret<Vec<u8>>> {
        self.open(place, &decode_base64url(sealed).ok()?)
    }
}

impl fmt::Debug for Seals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seals({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seals(secrets: &[&str]) -> Seals {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::new((*text).to_owned())).collect();
        Seals::of(&secrets, "cookies")
    }

    #[test]
    fn the_newest_secret_seals_and_every_secret_opens() {
        let (old, both, new) = (seals(&["old"]), seals(&["new", "old"]), seals(&["new"]));
        let sealed = old.seal_text("a", b"kept");
        assert_eq!(both.open_text("a", &sealed).unwrap().reveal(), b"kept");
        assert!(new.open_text("a", &sealed).is_none());
        let sealed = both.seal_text("a", b"kept");
        assert_eq!(new.open_text("a", &sealed).unwrap().reveal(), b"kept");
        assert!(old.open_text("a", &sealed).is_none());
    }

    #[test]
    fn what_is_bent_or_moved_to_another_cookie_is_not_there() {
        let seals = seals(&["s"]);
        let sealed = seals.seal_text("a", b"kept");
        assert!(seals.open_text("b", &sealed).is_none());
        assert!(seals.open_text("a", &sealed[1..]).is_none());
        assert!(seals.open_text("a", &sealed[..sealed.len() - 2]).is_none());
        assert!(seals.open_text("a", &sealed.replace(&sealed[9..10], "!")).is_none());
        assert!(seals.open_text("a", "").is_none());
    }
}
