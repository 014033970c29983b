//! A transport and a clock behind pointers, so that handlers need not name their types.

use std::{fmt, sync::Arc, time::Duration};

use keybound_client::{
    Ambient, Boxed,
    http::{Body, Download, Http, Request, Response, TransportError, Upload},
};
use keybound_proto::time::Timestamp;

/// Any transport.
#[derive(Clone)]
pub struct Transport(Arc<dyn Sends>);

/// [`Http`], as an object.
trait Sends: Send + Sync {
    fn send(&self, request: Request<Body>) -> Boxed<'_, Result<Response<Body>, TransportError>>;

    fn open(&self, request: Request<Upload>) -> Boxed<'_, Result<Response<Download>, TransportError>>;
}

impl<T: Http> Sends for T {
    fn send(&self, request: Request<Body>) -> Boxed<'_, Result<Response<Body>, TransportError>> {
        Box::pin(Http::send(self, request))
    }

    fn open(&self, request: Request<Upload>) -> Boxed<'_, Result<Response<Download>, TransportError>> {
        Box::pin(Http::open(self, request))
    }
}

impl Transport {
    pub(crate) fn over(http: impl Http + 'static) -> Self {
        Self(Arc::new(http))
    }
}

impl Http for Transport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.0.send(request).await
    }

    async fn open(&self, request: Request<Upload>) -> Result<Response<Download>, TransportError> {
        self.0.open(request).await
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

/// Any clock, with its randomness.
#[derive(Clone)]
pub struct Surroundings(Arc<dyn Ambient>);

impl Surroundings {
    pub(crate) fn of(ambient: impl Ambient + 'static) -> Self {
        Self(Arc::new(ambient))
    }
}

impl Ambient for Surroundings {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn entropy(&self) -> [u8; 32] {
        self.0.entropy()
    }

    fn pause(&self, length: Duration) -> Boxed<'_, ()> {
        self.0.pause(length)
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings")
    }
}
