//! The guard as a tower layer.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Guard, cors::is_preflight, rejection::insert_nonce};

/// Lets through what the guard admits, with its [`crate::Principal`] among the request's extensions.
#[derive(Clone, Debug)]
pub struct GuardLayer {
    guard: Arc<Guard>,
}

/// A service behind a guard.
#[derive(Clone, Debug)]
pub struct Guarded<S> {
    guard: Arc<Guard>,
    inner: S,
}

impl GuardLayer {
    /// A layer of this guard.
    pub fn new(guard: impl Into<Arc<Guard>>) -> Self {
        Self { guard: guard.into() }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { guard: Arc::clone(&self.guard), inner }
    }
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes> + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that was found ready goes along; its copy stays behind.
        let copy = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, copy);
        Box::pin(pass(Arc::clone(&self.guard), inner, request))
    }
}

async fn pass<S, B, R>(
    guard: Arc<Guard>,
    mut inner: S,
    mut request: Request<B>,
) -> Result<Response<R>, S::Error>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    if is_preflight(request.method(), request.headers()) {
        let Some(cors) = guard.cors() else { return inner.call(request).await };
        let mut response = Response::new(R::from(Bytes::new()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        *response.headers_mut() = cors.preflight(request.headers());
        return Ok(response);
    }
    let shared = guard.cors().map(|cors| cors.answer(request.headers()));
    let admitted = guard.admit(request.method(), wanted(&request), request.headers()).await;
    let mut response = match admitted {
        Ok(admission) => {
            request.extensions_mut().insert(admission.principal);
            let mut response = inner.call(request).await?;
            if let Some(nonce) = &admission.nonce {
                insert_nonce(response.headers_mut(), nonce);
            }
            response
        }
        Err(rejection) => rejection.into_response(),
    };
    if let Some(shared) = shared {
        share(response.headers_mut(), shared);
    }
    Ok(response)
}

/// What the client asked for. A router that nests others cuts the path, and keeps the whole one aside.
#[cfg(feature = "axum")]
fn wanted<B>(request: &Request<B>) -> &Uri {
    request.extensions().get::<axum::extract::OriginalUri>().map_or(request.uri(), |original| &original.0)
}

#[cfg(not(feature = "axum"))]
fn wanted<B>(request: &Request<B>) -> &Uri {
    request.uri()
}

/// `Vary` is a list that others add to; of everything else ours is the only one.
fn share(headers: &mut HeaderMap, ours: HeaderMap) {
    for (name, value) in &ours {
        if *name == http::header::VARY {
            headers.append(name, value.clone());
        } else {
            headers.insert(name, value.clone());
        }
    }
}
