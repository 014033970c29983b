//! Token, proof and request in; a principal or a rejection out.

use std::{borrow::Cow, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, Uri, header::AUTHORIZATION};
use keybound_proto::{
    dpop::{
        Checked, Claim, DpopNonce, Expect, HeldBy, NonceKeys, NoncePurpose, NonceRule, Possession, Proof,
        ProofError, TokenHash,
    },
    metadata::ResourceMetadata,
    request::resource::{PresentedToken, TokenScheme},
    secret::Secret,
    time::Timestamp,
    uri::{Htu, Resource},
};

use crate::{
    Cors, GuardConfig, IssuerKeys, Mode, Nonces, Principal, Refused, Rejection, Replay, ReplayMemory,
    SharedReplay, WhenFull, access::AccessTokens, principal::AccessToken, rejection::Offer,
};

/// Decides who may pass. One for each audience, shared by every request.
#[derive(Debug)]
pub struct Guard {
    config: GuardConfig,
    tokens: AccessTokens,
    memory: Memory,
    nonces: Option<NonceKeys>,
    /// When the replay memory began; `None` when it outlives the process.
    began: Option<Timestamp>,
    offer: Arc<Offer>,
}

#[derive(Debug)]
enum Memory {
    Ours(ReplayMemory, WhenFull),
    Shared(Arc<dyn SharedReplay>),
}

/// A request that may pass.
#[derive(Debug)]
pub struct Admission {
    /// Whom it speaks for.
    pub principal: Principal,
    /// What the answer must carry as `DPoP-Nonce`, if it must carry one.
    pub nonce: Option<DpopNonce>,
}

/// The request, as far as a guard looks at it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    now: Timestamp,
}

impl Guard {
    /// Builds one, with the keys of the issuer it trusts.
    pub fn new(config: GuardConfig, keys: impl Into<Arc<IssuerKeys>>) -> Self {
        let began = match config.replay {
            Replay::Memory { .. } => Some(config.clock.now()),
            Replay::Shared(_) => None,
        };
        let memory = match &config.replay {
            Replay::Memory { capacity, when_full } => Memory::Ours(ReplayMemory::new(*capacity), *when_full),
            Replay::Shared(shared) => Memory::Shared(Arc::clone(shared)),
        };
        let offer = Offer {
            bearer: config.mode != Mode::DpopRequired,
            algs: config.proof_algs,
            realm: config.realm.clone(),
            metadata_url: config.metadata_url.clone(),
        };
        let nonces = nonce_keys(&config, began);
        let tokens = AccessTokens::new(&config, keys.into());
        Self { tokens, memory, nonces, began, offer: Arc::new(offer), config }
    }

    /// Judges a request. `uri` is what the client asked for: its path before any router changed it.
    pub async fn admit(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Admission, Rejection> {
        let asked = Asked { method, uri, headers, now: self.config.clock.now() };
        let lines = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let PresentedToken { scheme, token } = match PresentedToken::read(lines, uri.query()) {
            Ok(Some(presented)) => presented,
            Ok(None) => return Err(self.reject(Refused::NoCredentials, None, asked.now)),
            Err(why) => return Err(self.reject(why.into(), None, asked.now)),
        };
        let admitted = match scheme {
            TokenScheme::Bearer => self.bearer(token, asked.now).await,
            TokenScheme::DPoP => self.bound(token, &asked).await,
        };
        let principal = admitted.map_err(|why| self.reject(why, Some(scheme), asked.now))?;
        principal.require(&self.config.scopes)?;
        principal.require_authentication(&self.config.authentication)?;
        let due = principal.possession().is_some_and(Possession::nonce_due);
        let nonce = if due { self.fresh_nonce(asked.now) } else { None };
        Ok(Admission { principal, nonce })
    }

    /// Our metadata (RFC 9728 §2); `None` when our audience is no URI.
    pub fn metadata(&self) -> Option<ResourceMetadata> {
        let resource = Resource::parse(&self.config.audience).ok()?;
        let mut metadata = ResourceMetadata::of(&resource, &self.config.issuer, self.config.proof_algs);
        metadata.dpop_bound_access_tokens_required = Some(self.config.mode == Mode::DpopRequired);
        Some(metadata)
    }

    /// What browsers of other origins may do.
    pub(crate) const fn cors(&self) -> Option<&Cors> {
        self.config.cors.as_ref()
    }

    /// An unbound token. A bound one is worthless here, with a proof beside it too (RFC 9449 §7.2).
    async fn bearer(&self, token: &str, now: Timestamp) -> Result<Principal, Refused> {
        if self.config.mode == Mode::DpopRequired {
            return Err(Refused::BearerNotAccepted);
        }
        let token = self.tokens.check(token, &TokenHash::of(token, &self.config.backend), now).await?;
        if token.access.key.is_some() {
            return Err(Refused::Downgraded);
        }
        let remark = self.observes().then_some(Refused::BearerNotAccepted);
        Ok(self.principal((token, now), None, remark, TokenScheme::Bearer))
    }

    /// A bound token. The proof is judged before the token, so that a bad proof learns nothing of the token; and
    /// it is claimed after, so that only who has a token can fill the memory.
    async fn bound(&self, token: &str, asked: &Asked<'_>) -> Result<Principal, Refused> {
        // What is no proof at all is refused before anything is hashed.
        let presented = presented_proof(asked.headers);
        let presented = match presented {
            Err(why) if !self.observes() => return Err(why.into()),
            presented => presented,
        };
        let hash = TokenHash::of(token, &self.config.backend);
        let checked = presented.map_err(Refused::from).and_then(|proof| self.check(proof, asked, &hash));
        let checked = match checked {
            Err(why) if !self.observes() => return Err(why),
            checked => checked,
        };
        let token = self.tokens.check(token, &hash, asked.now).await?;
        let judged = (Arc::clone(&token), asked.now);
        let held = match checked {
            Ok(checked) => self.possession(checked, &token, asked.now).await,
            Err(why) => Err(why),
        };
        match held {
            Ok(possession) => Ok(self.principal(judged, Some(possession), None, TokenScheme::DPoP)),
            Err(why) if self.observes() => {
                tracing::info!(code = why.code(), %why, "this request would be refused");
                Ok(self.principal(judged, None, Some(why), TokenScheme::DPoP))
            }
            Err(why) => Err(why),
        }
    }

    fn check(&self, proof: Proof, asked: &Asked<'_>, token: &TokenHash) -> Result<Checked, Refused> {
        let target = match &*self.config.prefix {
            "" => Cow::Borrowed(asked.uri.path()),
            prefix => Cow::Owned(format!("{prefix}{}", asked.uri.path())),
        };
        let urls: Result<Vec<Htu>, _> =
            self.config.origins.iter().map(|origin| Htu::of_request(origin, &target)).collect();
        let urls = urls.map_err(|_| Refused::Malformed("the path of the request is malformed"))?;
        let expect = Expect {
            algs: self.config.proof_algs,
            window: self.config.window,
            token: Some(token),
            nonce: match (&self.nonces, self.config.nonces) {
                (None, _) | (_, Nonces::Off) => NonceRule::Off,
                (Some(keys), Nonces::Optional) => NonceRule::Optional(keys),
                (Some(keys), Nonces::Required) => NonceRule::Required(keys),
            },
            remembered_since: self.began,
            ..Expect::new(asked.method.as_str(), &urls, HeldBy::Anyone)
        };
        Ok(proof.check(&expect, &self.config.backend, asked.now)?)
    }

    async fn possession(
        &self,
        checked: Checked,
        token: &AccessToken,
        now: Timestamp,
    ) -> Result<Possession, Refused> {
        let key = token.access.key.ok_or(Refused::Unbound)?;
        let checked = checked.held_by(&key)?;
        let (key, until) = checked.replay_key();
        let answer = match &self.memory {
            Memory::Ours(memory, when_full) => match memory.claim(&key, until, now) {
                Claim::Full if *when_full == WhenFull::DemandNonce && self.nonces.is_some() => {
                    return Err(Refused::Crowded);
                }
                answer => answer,
            },
            Memory::Shared(shared) => shared.claim(&key, until).await.map_err(|_| Refused::ReplayLost)?,
        };
        Ok(checked.claimed(answer)?)
    }

    fn principal(
        &self,
        (token, at): (Arc<AccessToken>, Timestamp),
        possession: Option<Possession>,
        remark: Option<Refused>,
        presented: TokenScheme,
    ) -> Principal {
        Principal { token, possession, remark, presented, at, offer: Arc::clone(&self.offer) }
    }

    fn reject(&self, why: Refused, presented: Option<TokenScheme>, now: Timestamp) -> Rejection {
        tracing::debug!(code = why.code(), %why, "request refused");
        let nonce = if why.asks_for_nonce() { self.fresh_nonce(now) } else { None };
        Rejection::new(why, presented, nonce, &self.offer)
    }

    fn fresh_nonce(&self, now: Timestamp) -> Option<DpopNonce> {
        self.nonces.as_ref().map(|keys| keys.mint(now, &self.config.backend))
    }

    fn observes(&self) -> bool {
        self.config.mode == Mode::Observe
    }
}

fn presented_proof(headers: &HeaderMap) -> Result<Proof, ProofError> {
    let headers = headers.get_all("dpop").iter().map(HeaderValue::as_bytes);
    Proof::parse(headers)?.ok_or(ProofError::Missing)
}

fn nonce_keys(config: &GuardConfig, began: Option<Timestamp>) -> Option<NonceKeys> {
    if config.nonces == Nonces::Off {
        return None;
    }
    let secret = config.nonce_secret.clone().unwrap_or_else(|| Secret::new(config.backend.random()));
    let keys = NonceKeys::new(secret, NoncePurpose::ResourceServer, 0).with_lifetime(config.nonce_lifetime);
    Some(match began {
        Some(began) => keys.remembered_since(began),
        None => keys,
    })
}
