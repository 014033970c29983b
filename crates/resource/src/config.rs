//! What a guard is told when it is built.

use std::sync::Arc;

use keybound_proto::{
    dpop::Window,
    jose::AlgSet,
    scope::Scopes,
    secret::Secret,
    time::Lifetime,
    uri::{Issuer, Origin},
};

use crate::{Authentication, Backend, Clock, Cors, SharedReplay, SystemClock};

/// What a guard accepts, and from whom.
///
/// The three arguments of [`GuardConfig::new`] have no sensible default; every other field has one.
#[derive(Clone, Debug)]
pub struct GuardConfig {
    /// Who issues the access tokens: the one thing to know about the authorization server.
    pub issuer: Issuer,
    /// Our name in `aud`.
    pub audience: Box<str>,
    /// Where the outside world finds us. Proofs are judged against these and never against `Host` or a forwarded
    /// header, which anybody can write.
    pub origins: Vec<Origin>,
    /// What a proxy in front of us removed from the path, for instance `/api`.
    pub prefix: Box<str>,
    /// Whether tokens must be bound to a key.
    pub mode: Mode,
    /// Algorithms a proof may use.
    pub proof_algs: AlgSet,
    /// Algorithms an access token may use.
    pub token_algs: AlgSet,
    /// How far off the clock that made a proof may be.
    pub window: Window,
    /// How long an access token is accepted beyond its `exp`, and before its `nbf`.
    pub leeway: Lifetime,
    /// Whether proofs must carry a nonce of ours.
    pub nonces: Nonces,
    /// How long a nonce is accepted.
    pub nonce_lifetime: Lifetime,
    /// What nonces are sealed with; random when nothing is said, so that they die with the process. Processes that
    /// share a replay memory share it.
    pub nonce_secret: Option<Secret<[u8; 32]>>,
    /// Where used proofs are remembered.
    pub replay: Replay,
    /// How many verified access tokens are kept, so that the next request need not verify them again.
    pub token_cache: usize,
    /// How long one is kept at most; a revocation that only shows in the keys is noticed at once.
    pub token_cache_lifetime: Lifetime,
    /// The scopes every request needs.
    pub scopes: Scopes,
    /// How the user of every request must have signed in (RFC 9470).
    pub authentication: Authentication,
    /// The protection space named in challenges.
    pub realm: Option<Box<str>>,
    /// Where our metadata is, named in challenges (RFC 9728 §5.1).
    pub metadata_url: Option<Box<str>>,
    /// What browsers of other origins may do.
    pub cors: Option<Cors>,
    /// Who checks signatures.
    pub backend: Backend,
    /// Who knows the time.
    pub clock: Arc<dyn Clock>,
}

/// Whether tokens must be bound to a key. In each of these a bound token is worthless as a bearer token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only bound tokens are accepted.
    DpopRequired,
    /// Bound tokens with a proof, and unbound ones without.
    DpopOrBearer,
    /// As [`Mode::DpopOrBearer`], and a proof that would be refused is only remarked on: see
    /// [`crate::Principal::remark`]. It protects no better than bearer tokens do, and is for the days before the
    /// switch is thrown.
    Observe,
}

/// Whether proofs must carry a nonce of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nonces {
    /// None is given out, and none is looked at.
    Off,
    /// One is given out with answers; a client whose clock is wrong is helped by it.
    Optional,
    /// No proof is accepted without.
    Required,
}

/// Where used proofs are remembered.
#[derive(Clone, Debug)]
pub enum Replay {
    /// In this process.
    Memory {
        /// How many proofs at a time.
        capacity: usize,
        /// What happens when there are more.
        when_full: WhenFull,
    },
    /// In a memory that all our processes share.
    Shared(Arc<dyn SharedReplay>),
}

/// What happens when no further proof can be remembered. Forgetting one is not among the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// 503, with the advice to come back in a second.
    Refuse,
    /// `use_dpop_nonce`: the client comes back by itself, one round trip later.
    DemandNonce,
}

impl GuardConfig {
    /// A guard that requires DPoP, gives out nonces, and remembers a million proofs.
    #[cfg(feature = "crypto")]
    pub fn new(issuer: Issuer, audience: &str, origins: Vec<Origin>) -> Self {
        Self::with_backend(issuer, audience, origins, Backend::aws_lc())
    }

    /// The same with a backend of your own.
    pub fn with_backend(issuer: Issuer, audience: &str, origins: Vec<Origin>, backend: Backend) -> Self {
        Self {
            issuer,
            audience: audience.into(),
            origins,
            prefix: Box::default(),
            mode: Mode::DpopRequired,
            proof_algs: AlgSet::ALL,
            token_algs: AlgSet::ALL,
            window: Window::DEFAULT,
            leeway: Lifetime::seconds(5),
            nonces: Nonces::Optional,
            nonce_lifetime: Lifetime::seconds(3600),
            nonce_secret: None,
            replay: Replay::Memory { capacity: 1 << 20, when_full: WhenFull::Refuse },
            token_cache: 10_000,
            token_cache_lifetime: Lifetime::seconds(300),
            scopes: Scopes::none(),
            authentication: Authentication::default(),
            realm: None,
            metadata_url: None,
            cors: None,
            backend,
            clock: Arc::new(SystemClock),
        }
    }
}
