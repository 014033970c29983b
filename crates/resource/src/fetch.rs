//! Reading documents of the issuer: one small trait, and reqwest behind it.

use std::{fmt::Debug, future::Future, pin::Pin, time::Duration};

use bytes::Bytes;

/// What comes back from [`Fetch::fetch`].
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send + 'a>>;

/// Whoever can read a document over the network.
pub trait Fetch: Debug + Send + Sync {
    /// Reads the document at `url`, if it is answered with 200, without following redirects.
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a>;
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The connection failed, or took too long.
    #[error("the request failed: {0}")]
    Failed(String),
    /// Something else than 200.
    #[error("the answer was {0}")]
    Status(u16),
    /// Larger than any document we read.
    #[error("the answer is larger than {LIMIT} bytes")]
    TooLarge,
}

/// HTTP by reqwest: five seconds, no redirects, half a mebibyte.
#[derive(Clone, Debug)]
pub struct HttpFetch(reqwest::Client);

impl HttpFetch {
    /// A client of its own. `roots` are certificates to trust beside the system's, in PEM.
    pub fn new(roots: &[&[u8]]) -> Result<Self, FetchError> {
        let failed = |why: reqwest::Error| FetchError::Failed(why.to_string());
        let mut builder = reqwest::Client::builder()
            .connect_timeout(TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        for pem in roots {
            for root in reqwest::Certificate::from_pem_bundle(pem).map_err(failed)? {
                builder = builder.add_root_certificate(root);
            }
        }
        builder.build().map(Self).map_err(failed)
    }

    /// A client that was built elsewhere; it should not follow redirects.
    pub const fn with(client: reqwest::Client) -> Self {
        Self(client)
    }
}

impl Fetch for HttpFetch {
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move {
            let failed = |why: reqwest::Error| FetchError::Failed(why.without_url().to_string());
            let request = self.0.get(url).header(http::header::ACCEPT, "application/json");
            let mut answer = request.send().await.map_err(failed)?;
            if answer.status() != http::StatusCode::OK {
                return Err(FetchError::Status(answer.status().as_u16()));
            }
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                if body.len() + chunk.len() > LIMIT {
                    return Err(FetchError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body.into())
        })
    }
}

const TIMEOUT: Duration = Duration::from_secs(5);
const LIMIT: usize = 512 * 1024;
