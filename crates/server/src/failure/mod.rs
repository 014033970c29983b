//! Everything that can go wrong, said once and told in the dialect of the route.
//!
//! Handlers return [`Failure`] and never build an error body. A failure travels in the response's extensions to
//! the layer of its route, which knows the [`Dialect`]; the log line reads the same value, so what an operator
//! sees and what a client sees cannot disagree.

mod access;
mod answer;
mod authentication;
mod challenge;
mod dialect;
mod management;
mod oauth;
mod page;
mod reason;
mod request;
mod texts;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use keybound_proto::{dpop::DpopNonce, jose::AlgSet, response::mfa::MfaRequirements, secret::Secret};

pub use access::AccessFailure;
pub use answer::Answer;
pub use dialect::Dialect;
pub(crate) use dialect::{offer_nonce, tell};
pub use management::ManagementFailure;
pub use reason::{AccessScheme, ClientHeader, Reason};
pub use request::RequestFailure;

/// What went wrong, and what must be said along with it.
#[derive(Clone, Debug)]
pub struct Failure(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    reason: Reason,
    nonce: Option<DpopNonce>,
    echo: Option<Secret<String>>,
    second: Option<Second>,
    algs: AlgSet,
    logged: bool,
}

/// How a sign-in goes on that was stopped for its second factor (Auth0's `mfa_required`).
#[derive(Clone, Debug)]
pub(crate) struct Second {
    /// What names the sign-in.
    pub(crate) token: Secret<String>,
    /// What can be shown, or must be enrolled first.
    pub(crate) requirements: MfaRequirements,
}

impl Failure {
    /// Why.
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The row of the answer table.
    pub fn answer(&self) -> Answer {
        answer::answer(&self.0.reason)
    }

    /// Sends a nonce along (RFC 9449 §8.2).
    #[must_use]
    pub fn with_nonce(mut self, nonce: DpopNonce) -> Self {
        self.0.nonce = Some(nonce);
        self
    }

    /// Gives the refresh token back that came with the request, if trying again can help.
    ///
    /// auth0-spa-js forgets the refresh token whenever an answer in JSON does not hold one. Only the client that
    /// has just sent this very token hears it.
    #[must_use]
    pub fn echoing(mut self, refresh_token: Option<Secret<String>>) -> Self {
        if self.0.reason.may_be_tried_again() {
            self.0.echo = refresh_token;
        }
        self
    }

    /// Says how to go on with a second factor.
    #[must_use]
    pub(crate) fn going_on(mut self, second: Second) -> Self {
        self.0.second = Some(second);
        self
    }

    /// Says which algorithms a proof may use (RFC 9449 §7.1).
    #[must_use]
    pub fn with_algs(mut self, algs: AlgSet) -> Self {
        self.0.algs = algs;
        self
    }

    /// Says that the tenant log has it, if it is of the kind that belongs there.
    #[must_use]
    pub fn logged(mut self) -> Self {
        self.0.logged = true;
        self
    }

    /// Puts the failure into a response that already says it, for the log line.
    pub fn noted_in(self, mut response: Response) -> Response {
        response.extensions_mut().insert(Told(Arc::new(self)));
        response
    }

    pub(crate) fn nonce(&self) -> Option<&DpopNonce> {
        self.0.nonce.as_ref()
    }

    pub(crate) fn is_logged(&self) -> bool {
        self.0.logged
    }

    fn algs(&self) -> AlgSet {
        self.0.algs
    }

    fn second(&self) -> Option<&Second> {
        self.0.second.as_ref()
    }

    fn echo(&self) -> Option<&Secret<String>> {
        self.0.echo.as_ref()
    }
}

impl<R: Into<Reason>> From<R> for Failure {
    fn from(reason: R) -> Self {
        Self(Box::new(Parts {
            reason: reason.into(),
            nonce: None,
            echo: None,
            second: None,
            algs: AlgSet::ES256,
            logged: false,
        }))
    }
}

/// A failure on its way to the layer that words it, and then to the log.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) Arc<Failure>);

/// A failure not yet worded: removed by the route's layer.
#[derive(Clone, Debug)]
struct Untold(Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Untold(Arc::new(self)));
        response
    }
}
