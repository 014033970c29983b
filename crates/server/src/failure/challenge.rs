//! The challenges that come with a refusal at one of our own resources, and with a failed client.

use http::{HeaderMap, HeaderValue, header::WWW_AUTHENTICATE};
use keybound_authority::{Refusal, model::factor::MULTI_FACTOR};
use keybound_proto::challenge::{Challenge, Scheme};

use super::{AccessFailure, AccessScheme, Answer, ClientHeader, Failure, Reason};

/// Challenges at a protected resource: DPoP and Bearer, the error in the one that was used (RFC 9449 §7.2).
pub(super) fn at_resource(failure: &Failure, answer: &Answer, headers: &mut HeaderMap) {
    let reason = failure.reason();
    let (named, scheme) = match reason {
        Reason::Access { failure: AccessFailure::Missing, .. } => (false, AccessScheme::None),
        Reason::Access { scheme, .. } => (true, *scheme),
        Reason::Proof(_) => (true, AccessScheme::Dpop),
        Reason::Refusal(Refusal::StepUpNeeded) => (true, AccessScheme::None),
        _ => return,
    };
    let worded = |challenge: Challenge| challenge.error(answer.code).description(&answer.description);
    let downgraded = matches!(reason, Reason::Access { failure: AccessFailure::Downgraded, .. });
    let mut dpop = Challenge::new(Scheme::DPoP);
    let mut bearer = Challenge::new(Scheme::Bearer);
    // A bound token sent as Bearer: whoever holds the key must learn that DPoP is the way.
    if named && (scheme != AccessScheme::Bearer || downgraded) {
        dpop = worded(dpop);
    }
    if named && scheme == AccessScheme::Bearer {
        bearer = worded(bearer);
    }
    if let Reason::Access { failure: AccessFailure::Scope { needed }, .. } = reason {
        dpop = dpop.scope(needed);
        bearer = if scheme == AccessScheme::Bearer { bearer.scope(needed) } else { bearer };
    }
    if matches!(reason, Reason::Refusal(Refusal::StepUpNeeded)) {
        // RFC 9470 §3: the same in both schemes, since either may have been used.
        dpop = dpop.with("acr_values", MULTI_FACTOR);
        bearer = worded(bearer).with("acr_values", MULTI_FACTOR);
    }
    write(&dpop.algs(failure.algs()), headers);
    write(&bearer, headers);
}

/// The scheme a client tried to authenticate with (RFC 6749 §5.2).
pub(super) fn for_client(reason: &Reason, realm: &str, headers: &mut HeaderMap) {
    if let Reason::Client { sent: ClientHeader::Used, .. } = reason {
        write(&Challenge::new(Scheme::Basic).realm(realm), headers);
    }
}

fn write(challenge: &Challenge, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::try_from(challenge.to_string()) {
        headers.append(WWW_AUTHENTICATE, value);
    }
}
