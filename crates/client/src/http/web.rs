//! HTTP over reqwest.

use std::time::Duration;

use reqwest::{Certificate, redirect::Policy};

use super::{Body, Download, Http, Request, Response, TransportError, Upload};

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
        let (parts, download) = self.open(request.map(Upload::from)).await?.into_parts();
        Ok(Response::from_parts(parts, download.collect().await?))
    }

    async fn open(&self, request: Request<Upload>) -> Result<Response<Download>, TransportError> {
        let request = request.map(|upload| match upload.into_whole() {
            Ok(body) => reqwest::Body::from(body.into_bytes()),
            Err(stream) => reqwest::Body::wrap(stream),
        });
        let request = reqwest::Request::try_from(request).map_err(without_url)?;
        let mut answer = self.client.execute(request).await.map_err(without_url)?;
        let mut response = Response::new(());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let chunks = futures_util::stream::try_unfold(answer, |mut answer| async move {
            let chunk = answer.chunk().await.map_err(without_url)?;
            Ok(chunk.map(|chunk| (chunk, answer)))
        });
        Ok(response.map(|()| Download::new(chunks, self.bytes)))
    }
}

/// An address may hold what is not for logs.
fn without_url(error: reqwest::Error) -> TransportError {
    TransportError::new(error.without_url())
}
