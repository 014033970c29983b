//! The shell: one trait, and reqwest behind a feature.

use std::{fmt, future::Future};

use bytes::Bytes;
pub use http::{Method, Request, Response};

use crate::both::{Both, Movable};

#[cfg(feature = "web")]
mod observe;
#[cfg(feature = "web")]
mod stream;
#[cfg(feature = "web")]
mod web;

#[cfg(feature = "web")]
pub use observe::{Answered, Observed, Observer, Sent};
#[cfg(feature = "web")]
pub use stream::{Download, Upload};
#[cfg(feature = "web")]
pub use web::{Limits, Web};

/// Bytes of a message, complete. They are not printed: some are tokens, codes and passwords.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Body(Bytes);

impl Body {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, shared.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// Nothing came back, or not all of it. Printed, it names every cause, down to the certificate refused.
#[derive(Debug, thiserror::Error)]
#[error("the request got no answer: {}", Causes(.0.as_ref()))]
pub struct TransportError(Box<dyn std::error::Error + Send + Sync>);

impl TransportError {
    /// What the transport said.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// An error and what caused it, as one line.
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        std::iter::successors(self.0.source(), |cause| cause.source())
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

/// Sends a request and waits for the whole answer.
///
/// An implementation never follows redirects, or a token could end up where it must not, and never sends a
/// request twice by itself, since a proof is good for one request (RFC 9449 §7.3).
pub trait Http: Both {
    /// Sends it.
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Movable;

    /// Sends it, and hands the answer over as soon as its head is there.
    ///
    /// What an implementation does not say otherwise waits for all of both.
    #[cfg(feature = "web")]
    fn open(
        &self,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Download>, TransportError>> + Movable {
        async move {
            let (parts, upload) = request.into_parts();
            let body = upload.collect().await?;
            Ok(self.send(Request::from_parts(parts, body)).await?.map(Download::from))
        }
    }
}

impl<T: Http + Both> Http for std::sync::Arc<T> {
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Movable {
        T::send(self, request)
    }

    #[cfg(feature = "web")]
    fn open(
        &self,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Download>, TransportError>> + Movable {
        T::open(self, request)
    }
}
