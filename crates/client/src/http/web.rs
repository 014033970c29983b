//! HTTP over reqwest.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, redirect::Policy};

use super::{Body, Http, Request, Response, TransportError};

/// How long to wait, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the whole answer.
    pub total: Duration,
    /// Most bytes of an answer.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let (connect, total) = (Duration::from_secs(5), Duration::from_secs(30));
        Self { connect, total, bytes: 8 * 1024 * 1024 }
    }
}

/// HTTP/1.1 and HTTP/2 with rustls: no redirects, no retries, everything limited.
#[derive(Clone, Debug)]
pub struct Web {
    client: reqwest::Client,
    bytes: usize,
}

impl Web {
    /// One that trusts what the system trusts.
    pub fn new(limits: Limits) -> Result<Self, TransportError> {
        Self::build(limits, Vec::new())
    }

    /// One that also trusts these certificates, in PEM: a private authority, or that of `keybound dev --tls`.
    pub fn trusting(limits: Limits, pem: &[u8]) -> Result<Self, TransportError> {
        Self::build(limits, Certificate::from_pem_bundle(pem).map_err(TransportError::new)?)
    }

    /// One over a client made elsewhere, which must not follow redirects.
    pub const fn over_a_client_that_follows_no_redirects(client: reqwest::Client, limits: Limits) -> Self {
        Self { client, bytes: limits.bytes }
    }

    fn build(limits: Limits, roots: Vec<Certificate>) -> Result<Self, TransportError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .tls_certs_merge(roots)
            .build()
            .map_err(TransportError::new)?;
        Ok(Self { client, bytes: limits.bytes })
    }
}

impl Http for Web {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let request = reqwest::Request::try_from(request.map(Body::into_bytes)).map_err(without_url)?;
        let mut answer = self.client.execute(request).await.map_err(without_url)?;
        let mut response = Response::new(Body::default());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let mut bytes = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(without_url)? {
            if bytes.len() + chunk.len() > self.bytes {
                return Err(TransportError::new(format!("the answer has more than {} bytes", self.bytes)));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(response.map(|_| Body::from(Bytes::from(bytes))))
    }
}

/// An address may hold what is not for logs.
fn without_url(error: reqwest::Error) -> TransportError {
    TransportError::new(error.without_url())
}
