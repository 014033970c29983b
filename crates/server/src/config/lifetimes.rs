//! How long things last.

use keybound_authority::{
    grant::revocation::Proving,
    model::tenant::{LocalhostConsent, OrganizationNames},
};
use keybound_proto::{
    jose::{Alg, AlgSet},
    time::Lifetime,
};

use super::ConfigError;

/// Which proofs are taken: how far `iat` may be from our clock (RFC 9449 §11.1), and which algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProofPolicy {
    /// Seconds into the past.
    pub past: Lifetime,
    /// Seconds into the future.
    pub future: Lifetime,
    /// Algorithms taken, and told in metadata. ES256 alone unless switched on, as at Auth0.
    pub algs: AlgSet,
    /// Whether a public client's bound refresh token is revoked only with its key. Not unless switched on: none of
    /// Auth0's SDKs sends a proof to `/oauth/revoke`.
    pub revocation: Proving,
}

impl Default for ProofPolicy {
    fn default() -> Self {
        Self {
            past: Lifetime::seconds(60),
            future: Lifetime::seconds(30),
            algs: AlgSet::ES256,
            revocation: Proving::Optional,
        }
    }
}

impl ProofPolicy {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !self.algs.contains(Alg::Es256) {
            return Err(ConfigError::value("dpop.algorithms", "must hold ES256: Auth0's SDKs know no other"));
        }
        if self.past.as_secs() > 300 || self.future.as_secs() > 300 {
            return Err(ConfigError::value("dpop", "accepts at most 300 seconds to either side"));
        }
        Ok(())
    }
}

/// How long server nonces live (RFC 9449 §8).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoncePolicy {
    /// How long one is accepted after it was made.
    pub lifetime: Lifetime,
    /// How long one key makes them.
    pub epoch: Lifetime,
    /// Which of several servers made it (0 when there is one).
    pub cell: u8,
}

impl Default for NoncePolicy {
    fn default() -> Self {
        Self { lifetime: Lifetime::seconds(3600), epoch: Lifetime::seconds(3600), cell: 0 }
    }
}

impl NoncePolicy {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.lifetime.as_secs() == 0 {
            return Err(ConfigError::value("dpop.nonce_lifetime_seconds", "must not be zero"));
        }
        if self.epoch < self.lifetime {
            return Err(ConfigError::value(
                "dpop.nonce_epoch_seconds",
                "must not be shorter than `dpop.nonce_lifetime_seconds`",
            ));
        }
        Ok(())
    }
}

/// How tokens are issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenPolicy {
    /// Whether the very same request of a public client gets the very same answer for a short while.
    ///
    /// On, because browsers and Android repeat a request whose answer was lost with the proof unchanged
    /// (auth0-spa-js, OkHttp). Off, a second use of a proof is always a replay.
    pub idempotent_retry: bool,
    /// How long such an answer is kept.
    pub retry_window: Lifetime,
    /// How long an authorization code may be redeemed.
    pub code_lifetime: Lifetime,
    /// How long the key that signs tokens signs before the next one takes its turn.
    pub signing_key_lifetime: Lifetime,
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self {
            idempotent_retry: true,
            retry_window: Lifetime::seconds(30),
            code_lifetime: Lifetime::seconds(60),
            signing_key_lifetime: Lifetime::seconds(90 * 24 * 3600),
        }
    }
}

impl TokenPolicy {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.retry_window.as_secs() > 120 {
            return Err(ConfigError::value("token.retry_window_seconds", "must be at most 120 seconds"));
        }
        if self.code_lifetime.as_secs() == 0 || self.code_lifetime.as_secs() > 600 {
            return Err(ConfigError::value(
                "token.code_lifetime_seconds",
                "must be between 1 and 600 seconds",
            ));
        }
        Ok(())
    }
}

/// What a tenant starts with; later its own settings say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantSettings {
    /// Whether first-party clients whose callback is on this machine ask for consent.
    pub localhost_consent: LocalhostConsent,
    /// Where a browser may be sent after logout when no client is named.
    pub logout_urls: Vec<String>,
    /// Whether organizations go by their names in requests and tokens, too.
    pub organization_names: OrganizationNames,
}
