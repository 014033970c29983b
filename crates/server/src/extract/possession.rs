//! Whether the sender holds a key: the proof parsed, checked, and claimed (RFC 9449 §4.3, §11.1).

use http::{HeaderMap, HeaderName, Method};
use keybound_authority::model::client::{Client, NonceDemand};
use keybound_crypto::AwsLc;
use keybound_proto::{
    dpop::{Checked, Claim, DpopNonce, Expect, HeldBy, NonceRule, Possession, Proof, TokenHash, Window},
    time::Timestamp,
};
use keybound_store::{Claimed, FleetingKey, StoreError};

use crate::{
    app::App,
    failure::{Failure, Reason, RequestFailure},
};

/// What a request must have been proved for.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) nonce: NonceRule<'a>,
    pub(crate) token: Option<&'a TokenHash>,
}

impl<'a> Asked<'a> {
    /// What a client posts to an endpoint of ours for clients. Of one whose bad proofs are passed over no nonce is
    /// demanded: it would not hear of it.
    pub(super) fn of_client(app: &'a App, client: &Client, path: &'a str) -> Self {
        let nonce = match client.nonces {
            NonceDemand::Off => NonceRule::Off,
            NonceDemand::Required if !client.adoption.passes_over_bad_proofs() => {
                NonceRule::Required(&app.nonces)
            }
            NonceDemand::Optional | NonceDemand::Required => NonceRule::Optional(&app.nonces),
        };
        Self { method: &Method::POST, path, nonce, token: None }
    }
}

/// The proof, checked in everything that needs no memory; `None` when there is none.
pub(crate) fn check(
    app: &App,
    headers: &HeaderMap,
    asked: &Asked<'_>,
    now: Timestamp,
) -> Result<Option<Checked>, Failure> {
    let values = headers.get_all(DPOP).iter().map(http::HeaderValue::as_bytes);
    let Some(proof) = Proof::parse(values)? else { return Ok(None) };
    let url = app.places.htu(asked.path).ok_or(RequestFailure::NoSuchPath)?;
    let expect = Expect {
        algs: app.config.proof.algs,
        window: Window { past: app.config.proof.past, future: app.config.proof.future },
        token: asked.token,
        nonce: asked.nonce,
        remembered_since: app.remembered_since,
        ..Expect::new(asked.method.as_str(), std::slice::from_ref(&url), HeldBy::Anyone)
    };
    Ok(Some(proof.check(&expect, &AwsLc, now)?))
}

/// Whether a proof was used before, remembering that it now was.
///
/// The last check there is: what is refused before it leaves the proof unused.
pub(crate) async fn claim(app: &App, checked: Checked, now: Timestamp) -> Result<Possession, Failure> {
    let (key, until) = checked.replay_key();
    let answer = remembered(app, &FleetingKey::of_hash(*key.as_bytes()), until, now).await?;
    Ok(checked.claimed(answer)?)
}

/// What our memory says of something that serves once.
pub(super) async fn remembered(
    app: &App,
    key: &FleetingKey,
    until: Timestamp,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    Ok(match app.fleeting.claim(key, until, now).await? {
        Claimed::First => Claim::First,
        Claimed::Again => Claim::Again,
        Claimed::Full => Claim::Full,
    })
}

/// The failure as it is told, with a fresh nonce where one would help.
pub(crate) fn with_nonce(failure: Failure, fresh: impl FnOnce() -> DpopNonce) -> Failure {
    match failure.reason() {
        Reason::Proof(error) if error.asks_for_nonce() => failure.with_nonce(fresh()),
        _ => failure,
    }
}

/// RFC 9449 §4.1.
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");
