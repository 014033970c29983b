//! What a trace shows of an exchange or a call: method, origin, path, status, attempts and time. Never a query,
//! a body or a header: those hold tokens, proofs and codes.

#[cfg(feature = "web")]
pub(crate) use self::seen::Watch;
#[cfg(not(feature = "web"))]
pub(crate) use self::unseen::Watch;

#[cfg(feature = "web")]
mod seen {
    use std::{future::Future, time::Instant};

    use http::{Request, StatusCode};
    use tracing::{Instrument as _, Span, field::Empty};

    use crate::http::TransportError;

    /// A span, from the first request to the last answer.
    #[derive(Clone, Debug)]
    pub(crate) struct Watch {
        span: Span,
        began: Option<Instant>,
    }

    impl Watch {
        pub(crate) fn exchange() -> Self {
            Self::over_span(tracing::info_span!(
                "exchange",
                method = Empty,
                origin = Empty,
                path = Empty,
                status = Empty,
                attempt = Empty,
                duration_us = Empty
            ))
        }

        pub(crate) fn call() -> Self {
            Self::over_span(tracing::info_span!(
                "call",
                method = Empty,
                origin = Empty,
                path = Empty,
                status = Empty,
                attempt = Empty,
                duration_us = Empty
            ))
        }

        fn over_span(span: Span) -> Self {
            let began = (!span.is_disabled()).then(Instant::now);
            Self { span, began }
        }

        pub(crate) async fn over<F: Future>(&self, work: F) -> F::Output {
            work.instrument(self.span.clone()).await
        }

        pub(crate) fn sending<B>(&self, request: &Request<B>, attempt: u32) {
            if self.began.is_none() {
                return;
            }
            let uri = request.uri();
            let (scheme, host) = (uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
            let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
            self.span.record("method", request.method().as_str());
            self.span.record("origin", format!("{scheme}://{host}{port}"));
            self.span.record("path", uri.path());
            self.span.record("attempt", attempt);
        }

        pub(crate) fn answered(&self, status: StatusCode) {
            let Some(began) = self.began else { return };
            let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.span.record("status", status.as_u16());
            self.span.record("duration_us", took);
            tracing::debug!(status = status.as_u16(), "answered");
        }

        #[expect(clippy::unused_self, reason = "the event belongs to the span that is entered")]
        pub(crate) fn broke_off(&self, error: &TransportError) {
            tracing::warn!(%error, "no answer");
        }
    }
}

#[cfg(not(feature = "web"))]
mod unseen {
    use std::future::Future;

    use http::{Request, StatusCode};

    /// Nothing: there is nobody to tell.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Watch;

    impl Watch {
        pub(crate) const fn exchange() -> Self {
            Self
        }

        pub(crate) async fn over<F: Future>(self, work: F) -> F::Output {
            work.await
        }

        pub(crate) const fn sending<B>(self, _: &Request<B>, _: u32) {}

        pub(crate) const fn answered(self, _: StatusCode) {}
    }
}
