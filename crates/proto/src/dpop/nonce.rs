//! Nonces that need no memory: windows of time, sealed (RFC 9449 §8).
//!
//! 24 bytes, 32 characters: version, cell, key id, and the second of issue, sealed with a MAC over all of it
//! (RFC 8452), so that a nonce shows nothing and cannot be altered.

use std::{
    fmt,
    sync::{PoisonError, RwLock},
};

use super::ProofError;
use crate::{
    jose::{Digest, Sealer, decode_base64url, encode_base64url},
    secret::Secret,
    time::{Lifetime, Timestamp},
};

/// Who gives a nonce out, and so who alone accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoncePurpose {
    /// The token endpoint and its neighbours.
    AuthorizationServer,
    /// A protected resource.
    ResourceServer,
}

/// A nonce as it stands in a `DPoP-Nonce` header.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DpopNonce(Box<str>);

/// The keys that seal nonces, two epochs of them alive at a time.
pub struct NonceKeys {
    secret: Secret<[u8; 32]>,
    purpose: NoncePurpose,
    cell: u8,
    lifetime: Lifetime,
    epoch: Lifetime,
    not_before: Timestamp,
    derived: RwLock<[Option<Epoch>; SLOTS]>,
}

impl DpopNonce {
    /// Reads one that some server gave out: printable ASCII but for quote and backslash (RFC 9449 §8.1).
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |b: u8| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        let proper = !text.is_empty() && text.len() <= 512 && text.bytes().all(allowed);
        proper.then(|| Self(text.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DpopNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl NonceKeys {
    /// How long a nonce is accepted when nothing else is said.
    pub const LIFETIME: Lifetime = Lifetime::seconds(3600);

    /// Keys derived from `secret` for one purpose.
    ///
    /// `cell` names the memory that remembers proofs: servers that share one share the number, and a nonce of
    /// another cell is refused, since its proof may have been used there.
    pub fn new(secret: Secret<[u8; 32]>, purpose: NoncePurpose, cell: u8) -> Self {
        Self {
            secret,
            purpose,
            cell,
            lifetime: Self::LIFETIME,
            epoch: Self::LIFETIME,
            not_before: Timestamp::from_unix(0),
            derived: RwLock::default(),
        }
    }

    /// Accepts nonces for this long. Keys live at least as long, so that two epochs of them suffice.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Lifetime) -> Self {
        let lifetime = lifetime.max(Lifetime::seconds(1));
        Self { lifetime, epoch: self.epoch.max(lifetime), ..self }
    }

    /// Changes keys this often, or as often as the lifetime of a nonce permits.
    #[must_use]
    pub fn with_epoch(self, epoch: Lifetime) -> Self {
        Self { epoch: epoch.max(self.lifetime), ..self }
    }

    /// Gives out only nonces younger than the memory of this process.
    ///
    /// A nonce of the very second in which the memory began would be refused, for it may have been given out by
    /// the process before.
    #[must_use]
    pub fn remembered_since(self, boot: Timestamp) -> Self {
        Self { not_before: boot.plus(Lifetime::seconds(1)), ..self }
    }

    /// How long a nonce is accepted.
    pub const fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// A nonce of this second.
    pub fn mint(&self, now: Timestamp, digest: &impl Digest) -> DpopNonce {
        let issued = now.max(self.not_before);
        let epoch = self.epoch_of(issued);
        let place = [VERSION, self.cell, key_id(epoch)];
        let sealed = self.with_epoch_key(epoch, digest, |key| key.seal(place, five_bytes(issued)));
        let mut bytes = [0; SIZE];
        bytes.iter_mut().zip(place.into_iter().chain(sealed)).for_each(|(to, from)| *to = from);
        DpopNonce(encode_base64url(bytes).into_boxed_str())
    }

    /// When the nonce was given out. Refuses what was not given out here, and what is too old.
    pub fn open(&self, text: &str, now: Timestamp, digest: &impl Digest) -> Result<Timestamp, ProofError> {
        let issued = self.unseal(text, now, digest).ok_or(ProofError::NonceUnknown)?;
        let age = now.since(issued);
        if age > i64::from(self.lifetime.as_secs()) {
            return Err(ProofError::NonceExpired { age, limit: self.lifetime });
        }
        if age < -AHEAD {
            return Err(ProofError::NonceUnknown);
        }
        Ok(issued)
    }

    /// Whether a nonce given out then should be replaced by now.
    pub fn is_past_half_life(&self, issued: Timestamp, now: Timestamp) -> bool {
        now.since(issued) > i64::from(self.lifetime.half().as_secs())
    }

    fn unseal(&self, text: &str, now: Timestamp, digest: &impl Digest) -> Option<Timestamp> {
        if text.len() != SIZE / 3 * 4 {
            return None;
        }
        let bytes: [u8; SIZE] = decode_base64url(text).ok()?.try_into().ok()?;
        let [version, cell, id, sealed @ ..] = bytes;
        if version != VERSION || cell != self.cell {
            return None;
        }
        let current = self.epoch_of(now);
        let epoch = [current, current.wrapping_sub(1), current.wrapping_add(1)]
            .into_iter()
            .find(|epoch| key_id(*epoch) == id)?;
        let time = self.with_epoch_key(epoch, digest, |key| key.open([version, cell, id], sealed))?;
        let seconds = time.iter().fold(0_i64, |seconds, byte| seconds << 8 | i64::from(*byte));
        Some(Timestamp::from_unix(seconds))
    }

    fn epoch_of(&self, now: Timestamp) -> u64 {
        u64::try_from(now.as_unix()).unwrap_or_default() / u64::from(self.epoch.as_secs())
    }

    /// Lends the key of an epoch, derived at its first use.
    fn with_epoch_key<R>(&self, epoch: u64, digest: &impl Digest, work: impl FnOnce(&dyn Sealer) -> R) -> R {
        let slot = usize::from(key_id(epoch)) % SLOTS;
        {
            let derived = self.derived.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(Some(kept)) = derived.get(slot)
                && kept.number == epoch
            {
                return work(kept.key.as_ref());
            }
        }
        let fresh = Epoch::derive(&self.secret, self.purpose, epoch, digest);
        let result = work(fresh.key.as_ref());
        let mut derived = self.derived.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = derived.get_mut(slot) {
            *slot = Some(fresh);
        }
        result
    }
}

impl fmt::Debug for NonceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NonceKeys")
            .field("purpose", &self.purpose)
            .field("cell", &self.cell)
            .field("lifetime", &self.lifetime)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

struct Epoch {
    number: u64,
    key: Box<dyn Sealer>,
}

impl Epoch {
    fn derive(secret: &Secret<[u8; 32]>, purpose: NoncePurpose, number: u64, digest: &impl Digest) -> Self {
        let purpose: &[u8] = match purpose {
            NoncePurpose::AuthorizationServer => b"authorization server",
            NoncePurpose::ResourceServer => b"resource server",
        };
        let parts: [&[u8]; 3] = [b"keybound dpop nonce v1 ", purpose, &number.to_be_bytes()];
        let derived = Secret::new(digest.hmac_sha256(secret.reveal(), &parts));
        let Some(key) = derived.reveal().first_chunk() else { unreachable!("32 bytes hold 16") };
        Self { number, key: digest.sealer(key) }
    }
}

/// The low byte of an epoch, by which a nonce says which key sealed it.
const fn key_id(epoch: u64) -> u8 {
    let [.., low] = epoch.to_be_bytes();
    low
}

/// Forty bits of seconds last until the year 36,812.
const fn five_bytes(time: Timestamp) -> [u8; 5] {
    let [_, _, _, rest @ ..] = time.as_unix().to_be_bytes();
    rest
}

const VERSION: u8 = 1;
const SIZE: usize = 24;
const SLOTS: usize = 4;

/// How far ahead of ours the clock of a neighbour that gave the nonce out may be.
const AHEAD: i64 = 5;
