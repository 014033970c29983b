//! The access token at one of our own resources: ours, live, meant for us, and in the hands of its owner.

use http::{HeaderValue, header::AUTHORIZATION, request::Parts};
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{NonceRule, TokenHash},
    jose::{AlgSet, Claims, JwtError, Unverified, Verified},
    request::resource::{InvalidCredentials, PresentedToken, TokenScheme},
    time::{Lifetime, Timestamp},
    token::access::AccessClaims,
};

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
    let judged = judge(app, shown.token, audience, now);
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

/// Whether it is a token of ours, for this audience, still good.
fn judge(app: &App, token: &str, audience: &str, now: Timestamp) -> Result<AccessClaims, AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    let verified = signed(app, token)?;
    let claims = verified.claims();
    check(claims, app.tenant.issuer.as_str(), now)?;
    claims.check_audience(audience).map_err(|_| untrusted("it is meant for somebody else"))?;
    AccessClaims::read(verified.typ(), claims).map_err(|_| untrusted("it is not an access token"))
}

/// An access token of ours for whatever audience, still good: what it says, and all it claims.
pub(crate) fn live(app: &App, token: &str, now: Timestamp) -> Result<(AccessClaims, Claims), AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    let verified = signed(app, token)?;
    check(verified.claims(), app.tenant.issuer.as_str(), now)?;
    let read = AccessClaims::read(verified.typ(), verified.claims());
    Ok((read.map_err(|_| untrusted("it is not an access token"))?, verified.into_claims()))
}

fn signed(app: &App, token: &str) -> Result<Verified, AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    let token = Unverified::parse(token.as_bytes()).map_err(|_| untrusted("it is not a signed token"))?;
    let keys = app.keys.now();
    let verified = token.verify_with(&AwsLc, keys.published(), AlgSet::ALL);
    verified.map_err(|_| untrusted("it was not signed by us"))
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
