//! The access token at one of our own resources: ours, live, meant for us, and in the hands of its owner.

use http::{HeaderValue, header::AUTHORIZATION, request::Parts};
use keybound_authority::{atproto, grant::Tie};
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{NonceRule, TokenHash},
    jose::{AlgSet, Claims, JwtError, Unverified},
    request::resource::{InvalidCredentials, PresentedToken, TokenScheme},
    time::{Lifetime, Timestamp},
    token::access::AccessClaims,
};

use keybound_store::{StoreError, ledger::ties};

use super::possession::{self, Asked};
use crate::{
    app::App,
    failure::{AccessFailure, AccessScheme, Failure, Reason},
    record::Noted,
};

/// What the bearer or holder of a token may do here.
#[derive(Clone, Debug)]
pub struct Access {
    /// What the token claims.
    pub claims: AccessClaims,
    /// A fresh nonce for the answer, where one is due.
    pub nonce: Option<keybound_proto::dpop::DpopNonce>,
}

/// Checks the token that came with a request for an audience of ours (RFC 9449 §7.1, §7.2; RFC 6750 §2.1).
///
/// The proof is judged before the token is spoken of: whoever has no key learns nothing about a token.
pub async fn access(app: &App, parts: &Parts, audience: &str) -> Result<Access, Failure> {
    admitted(app, parts, audience).await.map_err(|failure| failure.with_algs(app.config.proof.algs))
}

async fn admitted(app: &App, parts: &Parts, audience: &str) -> Result<Access, Failure> {
    let now = app.clock.now();
    let shown = shown(parts)?;
    let judged = judge(app, shown.token, audience, now).await?;
    if let (Ok(claims), Some(noted)) = (&judged, parts.extensions.get::<Noted>()) {
        noted.client(&claims.client_id);
        noted.subject(&claims.subject);
    }
    match shown.scheme {
        TokenScheme::Bearer => {
            let claims = judged.map_err(|failure| refused(failure, AccessScheme::Bearer))?;
            match claims.key {
                None => Ok(Access { claims, nonce: None }),
                Some(_) => Err(refused(AccessFailure::Downgraded, AccessScheme::Bearer)),
            }
        }
        TokenScheme::DPoP => by_proof(app, parts, shown.token, judged, now)
            .await
            .map_err(|failure| possession::with_nonce(failure, || app.nonce(now))),
    }
}

async fn by_proof(
    app: &App,
    parts: &Parts,
    token: &str,
    judged: Result<AccessClaims, AccessFailure>,
    now: Timestamp,
) -> Result<Access, Failure> {
    let hash = TokenHash::of(token, &AwsLc);
    let asked = Asked {
        method: &parts.method,
        path: parts.uri.path(),
        nonce: NonceRule::Optional(&app.nonces),
        token: Some(&hash),
    };
    let checked = possession::check(app, &parts.headers, &asked, now)?;
    let checked = checked.ok_or(keybound_proto::dpop::ProofError::Missing)?;
    let claims = judged.map_err(|failure| refused(failure, AccessScheme::Dpop))?;
    match &claims.key {
        None => return Err(refused(AccessFailure::Unbound, AccessScheme::Dpop)),
        Some(key) if key != checked.thumbprint() => {
            return Err(refused(AccessFailure::KeyMismatch, AccessScheme::Dpop));
        }
        Some(_) => {}
    }
    let held = possession::claim(app, checked, now).await?;
    let nonce = held.nonce_due().then(|| app.nonce(now));
    Ok(Access { claims, nonce })
}

/// The token as it was sent. Whoever shows none of a kind we know hears of no error (RFC 6750 §3.1).
fn shown(parts: &Parts) -> Result<PresentedToken<'_>, AccessFailure> {
    let headers = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    match PresentedToken::read(headers, parts.uri.query()) {
        Ok(presented) => presented.ok_or(AccessFailure::Missing),
        Err(InvalidCredentials::InQuery | InvalidCredentials::Several) => Err(AccessFailure::Several),
        Err(_) => Err(AccessFailure::Malformed),
    }
}

/// An access token of ours, for whatever audience, that is still good.
#[derive(Debug)]
pub(crate) struct Live {
    /// What it says.
    pub(crate) claims: AccessClaims,
    /// All it claims.
    pub(crate) all: Claims,
    /// What it ends with.
    pub(crate) tie: Tie,
}

/// Whether it is a token of ours, for this audience, still good.
async fn judge(
    app: &App,
    token: &str,
    audience: &str,
    now: Timestamp,
) -> Result<Result<AccessClaims, AccessFailure>, StoreError> {
    let meant = |live: Live| match live.all.check_audience(audience) {
        Ok(()) => Ok(live.claims),
        Err(_) => Err(AccessFailure::Untrusted { why: "it is meant for somebody else" }),
    };
    Ok(live(app, token, now).await?.and_then(meant))
}

/// What an access token of ours says while it is good, or why it is not.
pub(crate) async fn live(
    app: &App,
    token: &str,
    now: Timestamp,
) -> Result<Result<Live, AccessFailure>, StoreError> {
    match Live::read(app, token, now) {
        Ok(live) if live.stands(app, now).await? => Ok(Ok(live)),
        Ok(_) => {
            Ok(Err(AccessFailure::Untrusted { why: "what it came with was revoked, or its session is over" }))
        }
        Err(failure) => Ok(Err(failure)),
    }
}

impl Live {
    /// What the token itself says, without asking anybody.
    pub(crate) fn read(app: &App, token: &str, now: Timestamp) -> Result<Self, AccessFailure> {
        let untrusted = |why| AccessFailure::Untrusted { why };
        let keys = app.keys.now();
        let (typ, all, tie) = if let Some(opened) = app.opaque.open(keys.published(), token) {
            let (all, tie) = opened.map_err(untrusted)?;
            (None, all, Some(tie))
        } else {
            let signed =
                Unverified::parse(token.as_bytes()).map_err(|_| untrusted("it is not a token of ours"))?;
            let signed = signed.verify_with(&AwsLc, keys.published(), AlgSet::ALL);
            let signed = signed.map_err(|_| untrusted("it was not signed by us"))?;
            (signed.typ().map(str::to_owned), signed.into_claims(), None)
        };
        check(&all, app.tenant.issuer.as_str(), now)?;
        let claims = AccessClaims::read(typ.as_deref(), &all);
        let claims = claims.map_err(|_| untrusted("it is not an access token"))?;
        let tie = tie.unwrap_or_else(|| atproto::tie(&claims));
        Ok(Self { claims, all, tie })
    }

    /// Whether what it ends with goes on.
    pub(crate) async fn stands(&self, app: &App, now: Timestamp) -> Result<bool, StoreError> {
        ties::hold(&app.store, &app.tenant.id, (&self.tie, &self.claims.subject), now).await
    }
}

fn check(claims: &Claims, issuer: &str, now: Timestamp) -> Result<(), AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    claims.check_issuer(issuer).map_err(|_| untrusted("it was not issued by us"))?;
    claims.check_time(now, Lifetime::ZERO).map_err(|error| match error {
        JwtError::Expired { .. } => AccessFailure::Expired,
        _ => untrusted("it is not valid yet"),
    })
}

fn refused(failure: AccessFailure, scheme: AccessScheme) -> Failure {
    Reason::Access { failure, scheme }.into()
}
