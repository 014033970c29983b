//! One request and its session: looked up when somebody asks, told to the browser when the answer goes out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{extract::Request, middleware::Next, response::Response};
use http::{
    HeaderMap, HeaderValue,
    header::{CACHE_CONTROL, COOKIE, SET_COOKIE},
};
use keybound_client::Ambient as _;
use tokio::sync::OnceCell;

use crate::{
    auth::WebAuth,
    error::WebError,
    session::{Found, Live},
};

/// What a request brought, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Visit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: WebAuth,
    path: String,
    sent: HeaderMap,
    found: OnceCell<Option<Found>>,
    outcome: Mutex<Outcome>,
}

#[derive(Debug, Default)]
enum Outcome {
    #[default]
    AsItWas,
    Began(Arc<Live>),
    Ended,
}

impl Visit {
    /// The layer: every request becomes a visit, every answer tells the browser what has changed.
    pub(crate) async fn around(auth: WebAuth, mut request: Request, next: Next) -> Response {
        let sent = request.headers().get_all(COOKIE).iter().map(|line| (COOKIE, line.clone())).collect();
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let (found, outcome) = (OnceCell::new(), Mutex::default());
        let visit = Self(Arc::new(Inner { auth, path, sent, found, outcome }));
        request.extensions_mut().insert(visit.clone());
        let response = next.run(request).await;
        visit.tell(response).await
    }

    pub(crate) fn auth(&self) -> &WebAuth {
        &self.0.auth
    }

    /// What was asked for: path and query, before any nested router took a part away.
    pub(crate) fn path(&self) -> &str {
        &self.0.path
    }

    /// The cookies that came.
    pub(crate) fn sent(&self) -> &HeaderMap {
        &self.0.sent
    }

    /// The session as it is now.
    pub(crate) async fn live(&self) -> Result<Option<Arc<Live>>, WebError> {
        match &*self.outcome() {
            Outcome::AsItWas => {}
            Outcome::Began(live) => return Ok(Some(Arc::clone(live))),
            Outcome::Ended => return Ok(None),
        }
        let parts = self.auth().parts();
        let found = self
            .0
            .found
            .get_or_try_init(|| parts.sessions.find(self.sent(), parts.surroundings.now()))
            .await?;
        Ok(found.as_ref().map(|found| Arc::clone(&found.live)))
    }

    /// Puts another session in the place of the one there was, which ends.
    pub(crate) async fn begin(&self, live: Arc<Live>) -> Result<(), WebError> {
        if let Some(before) = self.live().await? {
            self.auth().parts().sessions.end(&before).await?;
        }
        *self.outcome() = Outcome::Began(live);
        Ok(())
    }

    /// Ends the session there is.
    pub(crate) async fn end(&self) -> Result<Option<Arc<Live>>, WebError> {
        let before = self.live().await?;
        *self.outcome() = Outcome::Ended;
        if let Some(before) = &before {
            self.auth().parts().sessions.end(before).await?;
        }
        Ok(before)
    }

    async fn tell(&self, mut response: Response) -> Response {
        let lines = match self.lines().await {
            Ok(lines) => lines,
            Err(error) => {
                let began = matches!(*self.outcome(), Outcome::Began(_));
                tracing::error!(code = error.code(), %error, "a session could not be kept");
                if began {
                    return self.auth().parts().fail(error);
                }
                Vec::new()
            }
        };
        if !lines.is_empty() {
            // A cache that stores this answer would hand one user's session to another.
            let private = HeaderValue::from_static("private, no-store");
            response.headers_mut().insert(CACHE_CONTROL, private);
        }
        for line in lines {
            response.headers_mut().append(SET_COOKIE, line);
        }
        response
    }

    async fn lines(&self) -> Result<Vec<HeaderValue>, WebError> {
        let parts = self.auth().parts();
        let found = self.0.found.get().and_then(Option::as_ref);
        let (live, before) = match &*self.outcome() {
            Outcome::Began(live) => (Arc::clone(live), None),
            Outcome::Ended => return Ok(parts.sessions.take(self.sent())),
            Outcome::AsItWas => match found {
                Some(found) => (Arc::clone(&found.live), Some(found)),
                None => return Ok(Vec::new()),
            },
        };
        parts.sessions.keep(&live, (before, self.sent()), parts.surroundings.now()).await
    }

    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.0.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
