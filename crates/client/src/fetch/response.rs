//! What an API answered.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response::Parts};
use keybound_proto::{challenge::Challenge, code::ErrorCode, response::token::TokenRefusal};
use serde::de::DeserializeOwned;

use crate::{
    ClientError,
    http::{Download, TransportError},
    protected::Demand,
};

/// What an API answered. Its body is still arriving.
pub struct Response {
    head: Parts,
    body: Download,
    url: String,
    attempts: u32,
}

impl Response {
    pub(super) fn new((head, body): (Parts, Download), url: String, attempts: u32) -> Self {
        Self { head, body, url, attempts }
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.head.status
    }

    /// The headers.
    pub const fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Where it came from, after redirects.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests it took.
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The next piece of the body; `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        Ok(self.body.chunk().await.transpose()?)
    }

    /// The whole body, as far as the transport's limit allows.
    pub async fn bytes(self) -> Result<Bytes, ClientError> {
        Ok(self.body.collect().await?.into_bytes())
    }

    /// The whole body as text; what is not UTF-8 is replaced.
    pub async fn text(self) -> Result<String, ClientError> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }

    /// The whole body, read as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let bytes = self.bytes().await?;
        serde_json::from_slice(&bytes).map_err(|error| {
            TransportError::new(format!("the body is not the JSON expected: {error}")).into()
        })
    }

    /// The same one, or what the API had against the request, with its code and text.
    pub async fn error_for_status(self) -> Result<Self, ClientError> {
        let code = self.status();
        if !code.is_client_error() && !code.is_server_error() {
            return Ok(self);
        }
        let demand = Demand::read(code, self.headers());
        let status = code.as_u16();
        let lines = self.head.headers.get_all(http::header::WWW_AUTHENTICATE).iter();
        let challenges = Challenge::read(lines.map(http::HeaderValue::as_bytes));
        let named = challenges.iter().find_map(|challenge| {
            let description = challenge.param("error_description").map(str::to_owned);
            Some((challenge.param("error")?.to_owned(), description))
        });
        let (error, description) = match named {
            Some(named) => named,
            None => match TokenRefusal::parse(self.body.collect().await?.as_bytes()) {
                Ok(TokenRefusal { error, description, .. }) => (error, description),
                Err(_) => return Err(ClientError::Status { status }),
            },
        };
        let is_about_login = |demand: &Demand| {
            demand.error.as_deref() == Some(ErrorCode::InsufficientUserAuthentication.as_str())
        };
        match demand.filter(is_about_login) {
            Some(demand) => Err(ClientError::StepUp { demand: Box::new(demand), description }),
            None => Err(ClientError::Refused { status, error, description }),
        }
    }

    /// Its head and what is to come of its body.
    pub fn into_parts(self) -> (Parts, Download) {
        (self.head, self.body)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status()).finish_non_exhaustive()
    }
}
