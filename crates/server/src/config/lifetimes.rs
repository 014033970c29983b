//! How long things last.

use keybound_proto::time::Lifetime;

use super::ConfigError;

/// How far a proof's `iat` may be from our clock (RFC 9449 §11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProofWindow {
    /// Seconds into the past.
    pub past: Lifetime,
    /// Seconds into the future.
    pub future: Lifetime,
}

impl Default for ProofWindow {
    fn default() -> Self {
        Self { past: Lifetime::seconds(60), future: Lifetime::seconds(30) }
    }
}

impl ProofWindow {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.past.as_secs() > 300 || self.future.as_secs() > 300 {
            return Err(ConfigError::value("proof", "accepts at most 300 seconds to either side"));
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
        Self { lifetime: Lifetime::seconds(24 * 3600), epoch: Lifetime::seconds(48 * 3600), cell: 0 }
    }
}

impl NoncePolicy {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.lifetime.as_secs() == 0 {
            return Err(ConfigError::value("nonce.lifetime", "must not be zero"));
        }
        if self.epoch < self.lifetime {
            return Err(ConfigError::value("nonce.epoch", "must not be shorter than `nonce.lifetime`"));
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
            return Err(ConfigError::value("token.retry_window", "must be at most 120 seconds"));
        }
        if self.code_lifetime.as_secs() == 0 || self.code_lifetime.as_secs() > 600 {
            return Err(ConfigError::value("token.code_lifetime", "must be between 1 and 600 seconds"));
        }
        Ok(())
    }
}

/// How long a browser stays signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionLifetimes {
    /// Longest, whatever happens.
    pub absolute: Lifetime,
    /// Longest without being used.
    pub idle: Lifetime,
}

impl Default for SessionLifetimes {
    fn default() -> Self {
        Self { absolute: Lifetime::seconds(7 * 24 * 3600), idle: Lifetime::seconds(3 * 24 * 3600) }
    }
}
