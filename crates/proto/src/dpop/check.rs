//! RFC 9449 §4.3, check by check, in its order.

use super::{
    Checked, NonceKeys, Proof, ProofError, Shown, TokenHash, possession::ReplayKey, proof::ProofClaims,
};
use crate::{
    jose::{Alg, AlgSet, Digest, Jwk, Thumbprint, Verify},
    time::{Lifetime, Timestamp},
    uri::Htu,
};

/// What a proof must have been made for.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The method of the request, exactly.
    pub method: &'a str,
    /// The URL of the request as the outside world writes it; several when it has several names.
    pub urls: &'a [Htu],
    /// Whose key it must be.
    pub holder: HeldBy<'a>,
    /// Which algorithms are accepted.
    pub algs: AlgSet,
    /// How far off the clock that made it may be.
    pub window: Window,
    /// The access token that came with it; `None` where none belongs, as at a token endpoint.
    pub token: Option<&'a TokenHash>,
    /// Whether it must carry a nonce.
    pub nonce: NonceRule<'a>,
    /// When the replay memory began, if it forgets whenever the process ends.
    ///
    /// What was made before may have been used before, so it is refused, with a nonce where there are nonces.
    pub remembered_since: Option<Timestamp>,
}

/// Whose key a proof must be made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy<'a> {
    /// Any key: nothing is bound yet, or what is bound is compared later.
    Anyone,
    /// This key and no other.
    Key(&'a Thumbprint),
}

/// Whether a proof must carry a nonce, and which.
#[derive(Clone, Copy, Debug)]
pub enum NonceRule<'a> {
    /// Nonces are not looked at.
    Off,
    /// Exactly this one.
    Exactly(&'a str),
    /// None is needed, but one that is there must be good; it makes a wrong client clock harmless.
    Optional(&'a NonceKeys),
    /// A good one is needed.
    Required(&'a NonceKeys),
}

/// How far off the clock that made a proof may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Behind ours, the journey included.
    pub past: Lifetime,
    /// Ahead of ours.
    pub future: Lifetime,
}

impl<'a> Expect<'a> {
    /// A proof for this request: any algorithm we know, the default window, no token, no nonce.
    pub const fn new(method: &'a str, urls: &'a [Htu], holder: HeldBy<'a>) -> Self {
        Self {
            method,
            urls,
            holder,
            algs: AlgSet::ALL,
            window: Window::DEFAULT,
            token: None,
            nonce: NonceRule::Off,
            remembered_since: None,
        }
    }
}

impl Window {
    /// 60 seconds behind, 30 seconds ahead.
    pub const DEFAULT: Self = Self { past: Lifetime::seconds(60), future: Lifetime::seconds(30) };
}

impl Default for Window {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Proof {
    /// Makes every check of RFC 9449 §4.3 that needs no memory, in the order of that section.
    ///
    /// The nonce is judged after the signature, so that only who holds a key learns anything about nonces. A
    /// good one takes the place of the client's clock: then its age counts, and `iat` does not.
    pub fn check(
        self,
        expect: &Expect<'_>,
        keys: &impl Verify,
        now: Timestamp,
    ) -> Result<Checked, ProofError> {
        algorithm(self.alg, &self.key, expect.algs)?;
        signature(&self, keys)?;
        let claims = &self.claims;
        method(&claims.method, expect.method)?;
        url(&claims.url, expect.urls)?;
        let given = nonce(claims.nonce.as_deref(), expect.nonce, now, keys)?;
        time(claims.issued, given, expect, now)?;
        validity(claims, given, expect.window, now)?;
        token(claims.token_hash.as_deref(), expect.token)?;
        let thumbprint = Thumbprint::of(&self.key, keys);
        holder(thumbprint, expect.holder)?;
        memory(claims.issued, given, expect)?;
        let until = match (given, expect.nonce.keys()) {
            (Some(given), Some(keys)) => given.plus(keys.lifetime()).plus(Lifetime::seconds(1)),
            _ => claims.issued.plus(expect.window.past).plus(expect.window.future),
        };
        let nonce_due = match (given, expect.nonce.keys()) {
            (Some(given), Some(keys)) => keys.is_past_half_life(given, now),
            _ => true,
        };
        let key = ReplayKey::new(&thumbprint, &claims.jti, keys);
        Ok(Checked { thumbprint, issued: claims.issued, jti: self.claims.jti, key, until, nonce_due })
    }
}

impl<'a> NonceRule<'a> {
    const fn keys(&self) -> Option<&'a NonceKeys> {
        match self {
            Self::Optional(keys) | Self::Required(keys) => Some(*keys),
            Self::Off | Self::Exactly(_) => None,
        }
    }
}

/// RFC 9449 §4.3 (5); RFC 7515 §4.1.1 for the key.
pub(super) fn algorithm(alg: Alg, key: &Jwk, accepted: AlgSet) -> Result<(), ProofError> {
    let found = || Shown::of(alg.name());
    if !accepted.contains(alg) {
        return Err(ProofError::Algorithm { found: found(), accepted });
    }
    if !key.alg_allowed(alg) {
        return Err(ProofError::AlgorithmForKey { found: found(), allowed: key.allowed() });
    }
    Ok(())
}

/// RFC 9449 §4.3 (6).
pub(super) fn signature(proof: &Proof, keys: &impl Verify) -> Result<(), ProofError> {
    keys.verify(proof.alg, &proof.key, proof.message(), &proof.signature).map_err(|_| ProofError::Signature)
}

/// RFC 9449 §4.3 (8): methods are case-sensitive (RFC 9110 §9.1).
pub(super) fn method(claimed: &str, expected: &str) -> Result<(), ProofError> {
    if claimed == expected {
        return Ok(());
    }
    Err(ProofError::Method { expected: Shown::of(expected), found: Shown::of(claimed) })
}

/// RFC 9449 §4.3 (9).
pub(super) fn url(claimed: &str, expected: &[Htu]) -> Result<(), ProofError> {
    if expected.iter().any(|url| url.is_named_by(claimed)) {
        return Ok(());
    }
    let expected = expected.iter().map(Htu::as_str).collect::<Vec<_>>().join(" or ");
    Err(ProofError::Url { expected: Shown::of(&expected), found: Shown::of(claimed) })
}

/// RFC 9449 §4.3 (10): when the nonce was given out, if there is one and it is ours.
pub(super) fn nonce(
    claimed: Option<&str>,
    rule: NonceRule<'_>,
    now: Timestamp,
    digest: &impl Digest,
) -> Result<Option<Timestamp>, ProofError> {
    match (rule, claimed) {
        (NonceRule::Off, _) | (NonceRule::Optional(_), None) => Ok(None),
        (NonceRule::Exactly(_) | NonceRule::Required(_), None) => Err(ProofError::NonceMissing),
        (NonceRule::Exactly(wanted), Some(found)) if wanted == found => Ok(None),
        (NonceRule::Exactly(_), Some(_)) => Err(ProofError::NonceUnknown),
        (NonceRule::Optional(keys) | NonceRule::Required(keys), Some(found)) => {
            keys.open(found, now, digest).map(Some)
        }
    }
}

/// RFC 9449 §4.3 (11).
pub(super) fn time(
    issued: Timestamp,
    given: Option<Timestamp>,
    expect: &Expect<'_>,
    now: Timestamp,
) -> Result<(), ProofError> {
    if given.is_some() {
        return Ok(());
    }
    let Window { past, future } = expect.window;
    let offset = now.since(issued);
    let limit = if offset < 0 { future } else { past };
    if offset <= i64::from(past.as_secs()) && offset >= -i64::from(future.as_secs()) {
        return Ok(());
    }
    let remedied_by_nonce = expect.nonce.keys().is_some();
    Err(ProofError::Time { offset, issued, limit, remedied_by_nonce })
}

/// `nbf` and `exp` where a client adds them (RFC 7519 §4.1.4, §4.1.5).
///
/// They are judged by our clock. Where a nonce shows that the client's clock is off, they are judged by its own:
/// a proof cannot have been made before its nonce was, nor later than now.
pub(super) fn validity(
    claims: &ProofClaims,
    given: Option<Timestamp>,
    window: Window,
    now: Timestamp,
) -> Result<(), ProofError> {
    let plausible = |given: Timestamp| {
        claims.issued >= given.minus(window.future) && claims.issued <= now.plus(window.future)
    };
    let clock = if given.is_none_or(plausible) { now } else { claims.issued };
    if let Some(expires) = claims.expires
        && expires <= clock
    {
        return Err(ProofError::Expired { ago: clock.since(expires) });
    }
    if let Some(start) = claims.not_before
        && start > clock.plus(window.future)
    {
        return Err(ProofError::NotYetValid { ahead: start.since(clock) });
    }
    Ok(())
}

/// RFC 9449 §4.3 (12), its first half.
pub(super) fn token(claimed: Option<&str>, expected: Option<&TokenHash>) -> Result<(), ProofError> {
    match (expected, claimed) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(ProofError::TokenHashMissing),
        (Some(expected), Some(claimed)) if expected.is_named_by(claimed) => Ok(()),
        (Some(expected), Some(claimed)) => Err(ProofError::TokenHash {
            expected: Shown::of(&expected.to_string()),
            found: Shown::of(claimed),
        }),
    }
}

/// RFC 9449 §4.3 (12), its second half.
pub(super) fn holder(found: Thumbprint, expected: HeldBy<'_>) -> Result<(), ProofError> {
    match expected {
        HeldBy::Key(expected) if *expected != found => {
            Err(ProofError::KeyMismatch { expected: *expected, found })
        }
        HeldBy::Key(_) | HeldBy::Anyone => Ok(()),
    }
}

/// RFC 9449 §11.1 across a restart: what may have been used before the memory began is not fresh.
fn memory(issued: Timestamp, given: Option<Timestamp>, expect: &Expect<'_>) -> Result<(), ProofError> {
    let Some(since) = expect.remembered_since else { return Ok(()) };
    let remedied_by_nonce = expect.nonce.keys().is_some();
    // A clock that runs ahead dates a proof later than it was made. Where a nonce can settle it, one is asked for.
    let fresh = match given {
        Some(given) => given > since,
        None if remedied_by_nonce => issued.minus(expect.window.future) > since,
        None => issued > since,
    };
    if fresh { Ok(()) } else { Err(ProofError::BeforeMemory { remedied_by_nonce }) }
}
