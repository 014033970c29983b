//! A request that may have to be made twice: once to learn what the server wants of a proof.

use http::{HeaderMap, HeaderName, header::WWW_AUTHENTICATE};
use keybound_proto::{
    challenge::{Challenge, Scheme},
    code::ErrorCode,
    dpop::{Draft, TokenHash},
    id::Jti,
    response::token::TokenRefusal,
    time::Timestamp,
    uri::{Htu, Origin},
};

use crate::{
    ClientError, DpopKey, Origins, Outgoing, Retry, Role,
    http::{Body, Response},
};

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the request may have to be made again"]
pub enum Step<T> {
    /// Make the request again: the server wanted something of the proof, and now it is known.
    Again,
    /// That was it.
    Done(T),
}

/// Something that is asked in one or two requests.
pub trait Steps {
    /// What comes of it.
    type Output;

    /// The request to sign and send now. `jti` was never used before: every attempt is another proof
    /// (RFC 9449 §7.3).
    fn request(&mut self, now: Timestamp, jti: &Jti) -> Result<Outgoing, ClientError>;

    /// What to do after this answer.
    fn receive(&mut self, response: &Response<Body>) -> Result<Step<Self::Output>, ClientError>;

    /// How long to wait before the request is made again.
    fn retry(&self) -> Retry {
        Retry::NONE
    }
}

/// Where a request goes, and how often it went.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) origin: Origin,
    pub(crate) url: Htu,
    pub(crate) role: Role,
    pub(crate) sent_at: Timestamp,
    again: bool,
    by_its_clock: bool,
}

impl Attempt {
    pub(crate) fn to(url: &str, role: Role) -> Result<Self, ClientError> {
        let (origin, url) = Htu::with_origin(url)?;
        Ok(Self { origin, url, role, sent_at: Timestamp::default(), again: false, by_its_clock: false })
    }

    /// The request with a proof for this attempt, by the server's clock and with its newest nonce.
    pub(crate) fn proven(
        &self,
        outgoing: Outgoing,
        (key, origins): (&DpopKey, &Origins),
        about: (&str, Option<&TokenHash>),
        (now, jti): (Timestamp, &Jti),
    ) -> Outgoing {
        let (method, token) = about;
        let (nonce, now) = origins.at(&self.origin, self.role, now);
        let proof = key.write(&Draft { jti, method, url: &self.url, now, token, nonce: nonce.as_ref() });
        outgoing.with_signed_header(DPOP, key.signer(), proof)
    }

    /// Learns from an answer, and says whether the request is to be made again: at most once, whatever for.
    pub(crate) fn again(
        &mut self,
        origins: &Origins,
        headers: &HeaderMap,
        refusal: Option<ErrorCode>,
    ) -> Result<bool, ClientError> {
        let learnt = origins.learn(&self.origin, self.role, headers, self.sent_at);
        match refusal {
            Some(ErrorCode::UseDpopNonce) if !learnt.nonce => Err(ClientError::Nonce("gave none")),
            Some(ErrorCode::UseDpopNonce) if self.again => {
                Err(ClientError::NonceRetrySpent { origin: self.origin.to_string() })
            }
            Some(ErrorCode::UseDpopNonce) => {
                self.again = true;
                Ok(true)
            }
            Some(ErrorCode::InvalidDpopProof) if learnt.clock && !self.again => {
                (self.again, self.by_its_clock) = (true, true);
                Ok(true)
            }
            Some(ErrorCode::InvalidDpopProof) if self.by_its_clock => {
                Err(ClientError::Clock { offset: origins.offset(&self.origin, self.role) })
            }
            _ => Ok(false),
        }
    }
}

/// What the challenge for our scheme says was wrong, whatever the status and however the scheme is written.
pub(crate) fn challenged(headers: &HeaderMap) -> Option<ErrorCode> {
    challenged_as(headers, &Scheme::DPoP)
}

/// What the challenge for that scheme says was wrong.
pub(crate) fn challenged_as(headers: &HeaderMap, scheme: &Scheme) -> Option<ErrorCode> {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter().map(http::HeaderValue::as_bytes);
    let challenges = Challenge::read(lines);
    challenges.iter().filter(|challenge| challenge.scheme() == scheme).find_map(|challenge| {
        challenge.param("error").and_then(|error| match error {
            // As some servers spell it, and `auth0-spa-js` reads it.
            "invalid_dpop_nonce" => Some(ErrorCode::UseDpopNonce),
            error => ErrorCode::parse(error),
        })
    })
}

/// What is wrong by the body: some resources answer as a token endpoint does (RFC 9449 §8).
pub(crate) fn refused(body: &[u8]) -> Option<ErrorCode> {
    match TokenRefusal::parse(body).ok()?.error.as_str() {
        "invalid_dpop_nonce" => Some(ErrorCode::UseDpopNonce),
        error => ErrorCode::parse(error),
    }
}

/// The header proofs come in (RFC 9449 §4.1).
pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");
