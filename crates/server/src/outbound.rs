//! The one place from which the server calls others over HTTP.
//!
//! Administrators name the addresses: `https`, or the machine itself. Those that strangers name are guarded
//! ([`Strangers`]). No redirect is followed, no proxy of the environment is asked, and nobody can make us wait or read
//! for long.

mod reach;
mod strangers;

use std::{error::Error as _, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use keybound_proto::{form::Form, uri::Origin};
use keybound_resource::{Fetch, FetchError, Fetched};

pub(crate) use self::strangers::{Strangers, reached};

/// Calls others.
#[derive(Clone, Debug)]
pub(crate) struct Outbound(reqwest::Client);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// The address is neither `https` nor the machine itself.
    #[error("the address is not https")]
    Insecure,
    /// A stranger named an address that is not everybody's.
    #[error("the address is not one of the public internet")]
    Inside,
    /// Nobody answered, or not in time.
    #[error("the call failed: {0}")]
    Failed(String),
    /// The answer was no success.
    #[error("the answer was {0}")]
    Status(u16),
    /// The answer is longer than anything that is read.
    #[error("the answer is longer than {most} bytes")]
    TooLong {
        /// What would have been read.
        most: usize,
    },
}

/// What was found at an address.
#[derive(Debug)]
pub(crate) struct Found {
    /// How it was told.
    pub(crate) headers: HeaderMap,
    /// What it is.
    pub(crate) body: Vec<u8>,
}

impl Outbound {
    pub(crate) fn new() -> Result<Self, String> {
        builder().build().map(Self).map_err(|error| error.to_string())
    }

    /// Posts a form, and is content with any success.
    pub(crate) async fn post(&self, url: &str, form: &Form) -> Result<(), OutboundError> {
        check(url)?;
        let request = self.0.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = request.body(form.encode()).send().await.map_err(failed)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(OutboundError::Status(status.as_u16())),
        }
    }

    /// Sends what was written, and is content with any success.
    pub(crate) async fn send(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<(), OutboundError> {
        check(url)?;
        send(&self.0, url, headers, body).await
    }

    /// Reads a JSON document, which is no longer than so many bytes.
    async fn find(&self, url: &str, most: usize) -> Result<Found, OutboundError> {
        check(url)?;
        get(&self.0, url, most).await
    }
}

/// What finds keys calls others in this way, too.
impl Fetch for Outbound {
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move { Ok(self.find(url, LONGEST).await?.body.into()) })
    }
}

impl From<OutboundError> for FetchError {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Status(status) => Self::Status(status),
            other => Self::Failed(other.to_string()),
        }
    }
}

async fn send(
    client: &reqwest::Client,
    url: &str,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<(), OutboundError> {
    let answer = client.post(url).headers(headers).body(body).send().await.map_err(failed)?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(OutboundError::Status(status.as_u16())),
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("keybound/", env!("CARGO_PKG_VERSION")))
}

async fn get(client: &reqwest::Client, url: &str, most: usize) -> Result<Found, OutboundError> {
    let mut answer = client.get(url).header(ACCEPT, "application/json").send().await.map_err(failed)?;
    if answer.status() != StatusCode::OK {
        return Err(OutboundError::Status(answer.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most {
            return Err(OutboundError::TooLong { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Found { headers: std::mem::take(answer.headers_mut()), body })
}

fn check(url: &str) -> Result<(), OutboundError> {
    let is_private = Origin::of_url(url).is_ok_and(|origin| origin.is_private());
    is_private.then_some(()).ok_or(OutboundError::Insecure)
}

/// What the error says of the address is known; what else it says is kept without.
fn failed(error: reqwest::Error) -> OutboundError {
    let error = error.without_url();
    let (mut said, mut cause) = (error.to_string(), error.source());
    while let Some(deeper) = cause {
        said = format!("{said}: {deeper}");
        cause = deeper.source();
    }
    OutboundError::Failed(said)
}

/// Most bytes that are read of an answer of which nothing else is said.
const LONGEST: usize = 64 * 1024;

/// How long a whole call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
