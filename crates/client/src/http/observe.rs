//! A look at what goes over the wire, without what must stay between the two ends.

use std::{
    fmt,
    future::Future,
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::{Body, Download, Http, Request, Response, TransportError, Upload};
use crate::both::{Both, Movable};

/// A request on its way. Its query, its body and whatever in its headers is secret are left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The address up to the query.
    pub url: String,
    /// The headers; secrets read `redacted`.
    pub headers: HeaderMap,
}

/// The head of an answer. Whatever in its headers is secret is left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answered {
    /// The status.
    pub status: StatusCode,
    /// The headers; secrets read `redacted`.
    pub headers: HeaderMap,
    /// How long it took until the head was there.
    pub took: Duration,
}

/// Sees requests and answers with their secrets redacted: for logs, metrics and `-v`.
pub trait Observer: Both {
    /// A request is about to be sent, each attempt again.
    fn sent(&self, request: &Sent) {
        let _ = request;
    }

    /// It was answered.
    fn answered(&self, request: &Sent, answer: &Answered) {
        let _ = (request, answer);
    }

    /// It was not.
    fn failed(&self, request: &Sent, error: &TransportError) {
        let _ = (request, error);
    }
}

/// A transport that is observed: whatever sends over it is, token requests and calls alike.
///
/// ```
/// use keybound_client::http::{Answered, Limits, Observed, Observer, Sent, Web};
///
/// struct Lines;
/// impl Observer for Lines {
///     fn answered(&self, request: &Sent, answer: &Answered) {
///         eprintln!("{} {} {} in {:?}", request.method, request.url, answer.status, answer.took);
///     }
/// }
/// let http = Observed::new(Web::new(Limits::default())?, Lines);
/// # Ok::<(), keybound_client::http::TransportError>(())
/// ```
pub struct Observed<H, O> {
    http: H,
    observer: O,
}

impl<H: Http, O: Observer> Observed<H, O> {
    /// That transport, seen by that observer.
    pub const fn new(http: H, observer: O) -> Self {
        Self { http, observer }
    }

    async fn watch<B>(
        &self,
        sent: Sent,
        answer: impl Future<Output = Result<Response<B>, TransportError>>,
    ) -> Result<Response<B>, TransportError> {
        self.observer.sent(&sent);
        let began = Instant::now();
        let answer = answer.await;
        match &answer {
            Ok(response) => {
                let (status, headers) = (response.status(), redacted(response.headers()));
                self.observer.answered(&sent, &Answered { status, headers, took: began.elapsed() });
            }
            Err(error) => self.observer.failed(&sent, error),
        }
        answer
    }
}

impl<H: Http, O: Observer> Http for Observed<H, O> {
    fn send(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<Response<Body>, TransportError>> + Movable {
        self.watch(Sent::of(&request), self.http.send(request))
    }

    fn open(
        &self,
        request: Request<Upload>,
    ) -> impl Future<Output = Result<Response<Download>, TransportError>> + Movable {
        self.watch(Sent::of(&request), self.http.open(request))
    }
}

impl<H, O> fmt::Debug for Observed<H, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}

impl Sent {
    fn of<B>(request: &Request<B>) -> Self {
        let url = request.uri().to_string();
        let url = url.split_once('?').map_or(url.as_str(), |(before, _)| before).to_owned();
        Self { method: request.method().clone(), url, headers: redacted(request.headers()) }
    }
}

/// Everything but what opens something. An address keeps what stands before its query.
fn redacted(headers: &HeaderMap) -> HeaderMap {
    let shown = headers.iter().map(|(name, value)| {
        let value = if value.is_sensitive() || SECRET.contains(name) {
            HeaderValue::from_static("redacted")
        } else if *name == header::LOCATION || *name == header::REFERER {
            let until = value.as_bytes().split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
            HeaderValue::from_bytes(until).unwrap_or_else(|_| HeaderValue::from_static("redacted"))
        } else {
            value.clone()
        };
        (name.clone(), value)
    });
    let mut all = HeaderMap::with_capacity(headers.len());
    shown.for_each(|(name, value)| {
        all.append(name, value);
    });
    all
}

const SECRET: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::PROXY_AUTHORIZATION,
    header::COOKIE,
    header::SET_COOKIE,
    HeaderName::from_static("dpop"),
    HeaderName::from_static("x-api-key"),
];
