//! Access tokens: checked once, then known by their hash until they expire.

use std::sync::Arc;

use keybound_proto::{
    dpop::TokenHash,
    jose::{AlgSet, Claims, JwtError, Unverified, Verified, json::MemberError, json::Value},
    time::{Lifetime, Timestamp},
    token::access::AccessClaims,
    uri::Issuer,
};
use quick_cache::sync::Cache;

use crate::{Backend, GuardConfig, IssuerKeys, Refused, principal::AccessToken};

/// Checks access tokens, and remembers those that were good.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    keys: Arc<IssuerKeys>,
    good: Cache<[u8; 32], Good>,
    issuer: Issuer,
    audience: Box<str>,
    algs: AlgSet,
    backend: Backend,
    leeway: Lifetime,
    keep: Lifetime,
}

#[derive(Clone, Debug)]
struct Good {
    token: Arc<AccessToken>,
    until: Timestamp,
    /// Of the keys it was checked with: when they change, it is checked again.
    generation: u64,
}

impl AccessTokens {
    pub(crate) fn new(config: &GuardConfig, keys: Arc<IssuerKeys>) -> Self {
        Self {
            keys,
            good: Cache::new(config.token_cache),
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            algs: config.token_algs,
            backend: config.backend.clone(),
            leeway: config.leeway,
            keep: config.token_cache_lifetime,
        }
    }

    /// The token, if it was issued for us and is good now.
    pub(crate) async fn check(
        &self,
        token: &str,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Arc<AccessToken>, Refused> {
        if let Some(good) = self.good.get(hash.as_bytes())
            && now < good.until
            && good.generation == self.keys.generation()
        {
            return Ok(good.token);
        }
        let unverified = Unverified::parse(token.as_bytes())?;
        if !self.algs.contains(unverified.alg()) {
            return Err(JwtError::Alg { found: unverified.alg() }.into());
        }
        let known = self.keys.find(unverified.kid(), unverified.alg(), now).await?;
        let verified = unverified.verify_with(&self.backend, &known.keys, self.algs)?;
        let token = Arc::new(self.read(verified, now)?);
        let until = token.access.expires.plus(self.leeway).min(now.plus(self.keep));
        let good = Good { token: Arc::clone(&token), until, generation: known.generation };
        self.good.insert(*hash.as_bytes(), good);
        Ok(token)
    }

    fn read(&self, verified: Verified, now: Timestamp) -> Result<AccessToken, JwtError> {
        let claims = verified.claims();
        let access = AccessClaims::read(verified.typ(), claims)?;
        claims.check_issuer(self.issuer.as_str())?;
        claims.check_audience(&self.audience)?;
        claims.check_time(now, self.leeway)?;
        if MARKS.iter().any(|name| claims.claim(name).is_some()) {
            return Err(JwtError::Type);
        }
        only_by_thumbprint(claims)?;
        Ok(AccessToken { access, claims: verified.into_claims() })
    }
}

/// A token bound in yet another way must be shown to be held in that way too, which is not possible here.
fn only_by_thumbprint(claims: &Claims) -> Result<(), JwtError> {
    let methods = claims.claim("cnf").and_then(Value::as_object);
    let foreign = methods.is_some_and(|methods| methods.members().iter().any(|method| method.name != "jkt"));
    if !foreign {
        return Ok(());
    }
    Err(MemberError { name: "cnf", wanted: "a key thumbprint alone" }.into())
}

/// What ID tokens, logout tokens and proofs have and access tokens never: where `typ` is only `JWT`, a kind of
/// token must be told by what it claims (RFC 8725 §3.12).
const MARKS: [&str; 7] = ["at_hash", "c_hash", "events", "htm", "htu", "nonce", "s_hash"];
