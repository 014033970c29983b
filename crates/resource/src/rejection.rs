//! What a refused request is answered: status, challenges and nonce, never one without the others.

use std::sync::Arc;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use keybound_proto::{
    challenge::{Challenge, Scheme},
    code::ErrorCode,
    dpop::DpopNonce,
    jose::AlgSet,
    request::resource::TokenScheme,
};

use crate::{Authentication, Refused};

/// What a guard asks for, the same in every challenge.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) bearer: bool,
    pub(crate) algs: AlgSet,
    pub(crate) realm: Option<Box<str>>,
    pub(crate) metadata_url: Option<Box<str>>,
}

/// A refused request's answer.
#[derive(Clone, Debug)]
pub struct Rejection {
    refused: Box<Refused>,
    presented: Option<TokenScheme>,
    nonce: Option<DpopNonce>,
    offer: Arc<Offer>,
}

impl Rejection {
    pub(crate) fn new(
        refused: Refused,
        presented: Option<TokenScheme>,
        nonce: Option<DpopNonce>,
        offer: &Arc<Offer>,
    ) -> Self {
        Self { refused: Box::new(refused), presented, nonce, offer: Arc::clone(offer) }
    }

    /// Why.
    pub const fn refused(&self) -> &Refused {
        &self.refused
    }

    /// Of the answer. A bad proof gets 401, where others answer 400: RFC 9449 fixes only the error's name.
    pub fn status(&self) -> StatusCode {
        match self.refused.error() {
            Some(ErrorCode::InvalidRequest) => StatusCode::BAD_REQUEST,
            Some(ErrorCode::InsufficientScope) => StatusCode::FORBIDDEN,
            None if !matches!(*self.refused, Refused::NoCredentials) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The nonce the next proof should carry, when that is what is asked for.
    pub const fn nonce(&self) -> Option<&DpopNonce> {
        self.nonce.as_ref()
    }

    /// One challenge for each scheme on offer. The error stands in the one that was used, and that one is first
    /// (RFC 9449 §7.2).
    pub fn challenges(&self) -> Vec<Challenge> {
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            return Vec::new();
        }
        let dpop = self.tell(TokenScheme::DPoP, self.common(Scheme::DPoP)).algs(self.offer.algs);
        if !self.offer.bearer {
            return vec![dpop];
        }
        let bearer = self.tell(TokenScheme::Bearer, self.common(Scheme::Bearer));
        if self.presented == Some(TokenScheme::Bearer) { vec![bearer, dpop] } else { vec![dpop, bearer] }
    }

    /// The answer's header fields. It is never to be kept by a cache.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for challenge in self.challenges() {
            if let Ok(value) = HeaderValue::try_from(challenge.to_string()) {
                headers.append(WWW_AUTHENTICATE, value);
            }
        }
        if let Some(nonce) = &self.nonce {
            insert_nonce(&mut headers, nonce);
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }

    /// The whole answer.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let error = match self.refused.error() {
            Some(error) => error.as_str(),
            None if self.status() == StatusCode::UNAUTHORIZED => "unauthorized",
            None => ErrorCode::TemporarilyUnavailable.as_str(),
        };
        let body = serde_json::json!({ "error": error, "error_description": self.description() });
        let mut response = Response::new(B::from(Bytes::from(body.to_string())));
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers();
        response
    }

    /// The reason in words, and its code, for the client's developer.
    pub fn description(&self) -> String {
        format!("{} ({})", self.refused, self.refused.code())
    }

    fn common(&self, scheme: Scheme) -> Challenge {
        match &self.offer.realm {
            Some(realm) => Challenge::new(scheme).realm(realm),
            None => Challenge::new(scheme),
        }
    }

    fn tell(&self, of: TokenScheme, challenge: Challenge) -> Challenge {
        let used =
            if self.offer.bearer { self.presented.unwrap_or(TokenScheme::DPoP) } else { TokenScheme::DPoP };
        let mut challenge = challenge;
        if used == of
            && let Some(error) = self.refused.error()
        {
            challenge = challenge.error(error).description(&self.description());
            match &*self.refused {
                Refused::Scope(scopes) => challenge = challenge.scope(scopes),
                Refused::Authentication(needed) => challenge = demanding(challenge, needed),
                _ => {}
            }
        }
        match &self.offer.metadata_url {
            Some(url) => challenge.resource_metadata(url),
            None => challenge,
        }
    }
}

/// RFC 9470 §3.
fn demanding(challenge: Challenge, needed: &Authentication) -> Challenge {
    let challenge = match needed.acr_values() {
        [] => challenge,
        values => challenge.with("acr_values", &values.join(" ")),
    };
    match needed.max_age() {
        Some(max_age) => challenge.with("max_age", &max_age.as_secs().to_string()),
        None => challenge,
    }
}

/// Sets the one `DPoP-Nonce` an answer may have (RFC 9449 §8.1).
pub(crate) fn insert_nonce(headers: &mut HeaderMap, nonce: &DpopNonce) {
    if let Ok(value) = HeaderValue::from_str(nonce.as_str()) {
        headers.insert(DPOP_NONCE, value);
    }
}

/// `DPoP-Nonce`
pub(crate) const DPOP_NONCE: http::HeaderName = http::HeaderName::from_static("dpop-nonce");
