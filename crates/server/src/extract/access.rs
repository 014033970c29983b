//! The access token at one of our own resources: ours, live, meant for us, and in the hands of its owner.

use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{NonceRule, TokenHash},
    jose::{AlgSet, Claims, JwtError, Unverified},
    time::{Lifetime, Timestamp},
    token::access::AccessClaims,
};

use super::possession::{self, Asked};
use crate::{
    app::App,
    failure::{AccessFailure, AccessScheme, Failure, Reason},
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
    let shown = Shown::read(parts)?;
    let judged = judge(app, &shown, audience, now);
    match shown.scheme {
        AccessScheme::Bearer => {
            let claims = judged.map_err(|failure| refused(failure, shown.scheme))?;
            match claims.key {
                None => Ok(Access { claims, nonce: None }),
                Some(_) => Err(refused(AccessFailure::Downgraded, shown.scheme)),
            }
        }
        _ => by_proof(app, parts, &shown, judged, now)
            .await
            .map_err(|failure| possession::with_nonce(failure, || app.nonce(now))),
    }
}

async fn by_proof(
    app: &App,
    parts: &Parts,
    shown: &Shown<'_>,
    judged: Result<AccessClaims, AccessFailure>,
    now: Timestamp,
) -> Result<Access, Failure> {
    let hash = TokenHash::of(shown.token, &AwsLc);
    let asked = Asked {
        method: &parts.method,
        path: parts.uri.path(),
        nonce: NonceRule::Optional(&app.nonces),
        token: Some(&hash),
    };
    let checked = possession::check(app, &parts.headers, &asked, now)?;
    let checked = checked.ok_or(keybound_proto::dpop::ProofError::Missing)?;
    let claims = judged.map_err(|failure| refused(failure, shown.scheme))?;
    match &claims.key {
        None => return Err(refused(AccessFailure::Unbound, shown.scheme)),
        Some(key) if key != checked.thumbprint() => {
            return Err(refused(AccessFailure::KeyMismatch, shown.scheme));
        }
        Some(_) => {}
    }
    let held = possession::claim(app, checked, now).await?;
    let nonce = held.nonce_due().then(|| app.nonce(now));
    Ok(Access { claims, nonce })
}

/// The token as it was sent.
struct Shown<'a> {
    scheme: AccessScheme,
    token: &'a str,
}

impl<'a> Shown<'a> {
    fn read(parts: &'a Parts) -> Result<Self, Failure> {
        if in_query(parts) {
            return Err(AccessFailure::Several.into());
        }
        let (scheme, token) = header(&parts.headers)?;
        let scheme = match scheme {
            dpop if dpop.eq_ignore_ascii_case("dpop") => AccessScheme::Dpop,
            bearer if bearer.eq_ignore_ascii_case("bearer") => AccessScheme::Bearer,
            _ => return Err(AccessFailure::Missing.into()),
        };
        // RFC 9110 §11.2, token68: what else stands there is not one credential.
        let proper = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if token.is_empty() || token.len() > LONGEST || !token.bytes().all(proper) {
            return Err(AccessFailure::Malformed.into());
        }
        Ok(Self { scheme, token })
    }
}

fn header(headers: &HeaderMap) -> Result<(&str, &str), AccessFailure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(AccessFailure::Missing)?;
    if values.next().is_some() {
        return Err(AccessFailure::Several);
    }
    let text = value.to_str().map_err(|_| AccessFailure::Malformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(AccessFailure::Malformed)?;
    Ok((scheme, token.trim_matches(' ')))
}

/// RFC 6750 §2.3, which OAuth 2.1 forbids: addresses are written down everywhere.
fn in_query(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    query.split('&').any(|pair| pair == "access_token" || pair.starts_with("access_token="))
}

/// Whether it is a token of ours, for this audience, still good.
fn judge(
    app: &App,
    shown: &Shown<'_>,
    audience: &str,
    now: Timestamp,
) -> Result<AccessClaims, AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    let token =
        Unverified::parse(shown.token.as_bytes()).map_err(|_| untrusted("it is not a signed token"))?;
    let keys = app.keys.now();
    let verified = token
        .verify_with(&AwsLc, keys.published(), AlgSet::ALL)
        .map_err(|_| untrusted("it was not signed by us"))?;
    let claims = verified.claims();
    check(claims, app.tenant.issuer.as_str(), audience, now)?;
    AccessClaims::read(verified.typ(), claims).map_err(|_| untrusted("it is not an access token"))
}

fn check(claims: &Claims, issuer: &str, audience: &str, now: Timestamp) -> Result<(), AccessFailure> {
    let untrusted = |why| AccessFailure::Untrusted { why };
    claims.check_issuer(issuer).map_err(|_| untrusted("it was not issued by us"))?;
    claims.check_audience(audience).map_err(|_| untrusted("it is meant for somebody else"))?;
    claims.check_time(now, Lifetime::ZERO).map_err(|error| match error {
        JwtError::Expired { .. } => AccessFailure::Expired,
        _ => untrusted("it is not valid yet"),
    })
}

fn refused(failure: AccessFailure, scheme: AccessScheme) -> Failure {
    Reason::Access { failure, scheme }.into()
}

/// Most bytes of a token: none of ours is longer.
const LONGEST: usize = 16 * 1024;
