//! The one place from which the server calls others over HTTP.
//!
//! Administrators name the addresses: `https`, or the machine itself. No redirect is followed, no proxy of the
//! environment is asked, and nobody can make us wait or read for long.

use std::time::Duration;

use http::{
    StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use keybound_proto::{form::Form, uri::Origin};
use keybound_resource::{Fetch, FetchError, Fetched};

/// Calls others.
#[derive(Clone, Debug)]
pub(crate) struct Outbound(reqwest::Client);

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// The address is neither `https` nor the machine itself.
    #[error("the address is not https")]
    Insecure,
    /// Nobody answered, or not in time.
    #[error("the call failed: {0}")]
    Failed(String),
    /// The answer was no success.
    #[error("the answer was {0}")]
    Status(u16),
    /// The answer is longer than anything that is read.
    #[error("the answer is longer than {LONGEST} bytes")]
    TooLong,
}

impl Outbound {
    pub(crate) fn new() -> Result<Self, String> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("keybound/", env!("CARGO_PKG_VERSION")));
        client.build().map(Self).map_err(|error| error.to_string())
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

    /// Reads a JSON document, which is no longer than any that is worth reading.
    pub(crate) async fn read(&self, url: &str) -> Result<Vec<u8>, OutboundError> {
        check(url)?;
        let mut answer = self.0.get(url).header(ACCEPT, "application/json").send().await.map_err(failed)?;
        if answer.status() != StatusCode::OK {
            return Err(OutboundError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// What finds keys calls others in this way, too.
impl Fetch for Outbound {
    fn fetch<'a>(&'a self, url: &'a str) -> Fetched<'a> {
        Box::pin(async move {
            self.read(url).await.map(Into::into).map_err(|error| match error {
                OutboundError::Status(status) => FetchError::Status(status),
                other => FetchError::Failed(other.to_string()),
            })
        })
    }
}

fn check(url: &str) -> Result<(), OutboundError> {
    let is_private = Origin::of_url(url).is_ok_and(|origin| origin.is_private());
    is_private.then_some(()).ok_or(OutboundError::Insecure)
}

/// What the error says of the address is known; what else it says is kept without.
fn failed(error: reqwest::Error) -> OutboundError {
    OutboundError::Failed(error.without_url().to_string())
}

/// Most bytes of an answer that are read.
const LONGEST: usize = 64 * 1024;

/// How long a whole call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
