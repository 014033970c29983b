//! The one place from which the server calls others over HTTP.
//!
//! Administrators name the addresses: `https`, or the machine itself. No redirect is followed, no proxy of the
//! environment is asked, and nobody can make us wait or read for long.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use keybound_proto::{form::Form, uri::Origin};

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
        if !Origin::of_url(url).is_ok_and(|origin| origin.is_private()) {
            return Err(OutboundError::Insecure);
        }
        let request = self.0.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        // What the error says of the address is known; what else it says is kept without.
        let failed = |error: reqwest::Error| OutboundError::Failed(error.without_url().to_string());
        let answer = request.body(form.encode()).send().await.map_err(failed)?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(OutboundError::Status(status.as_u16())),
        }
    }
}

/// How long a whole call may take.
const TIMEOUT: Duration = Duration::from_secs(5);
