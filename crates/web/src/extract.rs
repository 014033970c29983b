//! What handlers ask for.

use std::{fmt, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, request::Parts};
use keybound_client::{
    ClientError, Fetcher, Tokens,
    session::{Renew, Session, Want},
};

use crate::{
    error::WebError,
    session::Live,
    transport::{Surroundings, Transport},
    user::User,
    visit::Visit,
};

/// A session: its user, and tokens to call APIs with.
///
/// As an extractor it answers 401 where nobody is signed in; `Option<WebSession>` and
/// [`OrLogin<WebSession>`](OrLogin) do as with [`User`].
#[derive(Clone)]
pub struct WebSession {
    visit: Visit,
    live: Arc<Live>,
}

impl WebSession {
    /// Who is signed in.
    pub fn user(&self) -> &User {
        &self.live.record.user
    }

    /// An access token for the API that `Config` names, or for none in particular.
    pub async fn token(&self) -> Result<Arc<Tokens>, ClientError> {
        self.access_token(&self.usual()).await
    }

    /// An access token that serves: refreshed before it ends, by one request however many parallel requests of
    /// this session ask. The rotated refresh token goes to the cookie, with this answer or with the next one, or
    /// to the store. With a store it is refreshed in the background: one that is good for a while yet is not waited
    /// for. With cookies the answer waits, since it is the answer that carries the cookie.
    pub async fn access_token(&self, want: &Want) -> Result<Arc<Tokens>, ClientError> {
        self.access_token_when(want, Renew::WhenDue).await
    }

    /// The same, new if told so.
    pub async fn access_token_when(&self, want: &Want, renew: Renew) -> Result<Arc<Tokens>, ClientError> {
        self.tokens().await?.token_when(want, renew).await
    }

    /// Calls the API at `base` with this session's tokens and proofs by the app's key.
    pub async fn fetcher(&self, base: &str) -> Result<Fetcher, ClientError> {
        Ok(self.tokens().await?.fetcher(base)?.wanting(self.usual()))
    }

    pub(crate) fn usual(&self) -> Want {
        self.visit.auth().parts().usual()
    }

    /// The tokens as the client library has them.
    pub async fn tokens(&self) -> Result<&Session<Transport, Surroundings>, ClientError> {
        let parts = self.visit.auth().parts();
        Ok(self.live.tokens(parts.client().await?, (&parts.http, &parts.surroundings)))
    }
}

impl fmt::Debug for WebSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSession").field("user", &self.user().subject()).finish_non_exhaustive()
    }
}

/// Whoever is not signed in is sent to the login and comes back to this page; what is no page answers 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrLogin<T>(pub T);

/// Nobody is signed in, or it cannot be found out.
pub struct Rejection(Box<dyn FnOnce() -> Response + Send>);

impl Rejection {
    fn of(visit: &Visit, error: WebError) -> Self {
        let visit = visit.clone();
        Self(Box::new(move || visit.auth().parts().fail(error)))
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        (self.0)()
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rejection")
    }
}

/// The visit that the layer made of this request.
pub(crate) fn visit(parts: &Parts) -> Result<Visit, Rejection> {
    let visit = parts.extensions.get::<Visit>().cloned();
    visit.ok_or_else(|| Rejection(Box::new(|| WebError::LayerMissing.into_response())))
}

async fn session(parts: &Parts) -> Result<Option<WebSession>, Rejection> {
    let visit = visit(parts)?;
    match visit.live().await {
        Ok(live) => Ok(live.map(|live| WebSession { visit, live })),
        Err(error) => Err(Rejection::of(&visit, error)),
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for WebSession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        session(parts).await
    }
}

impl<S: Sync> FromRequestParts<S> for WebSession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let visit = visit(parts)?;
        session(parts).await?.ok_or_else(|| Rejection::of(&visit, WebError::NotSignedIn))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        Ok(session(parts).await?.map(|session| session.user().clone()))
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let session = <WebSession as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(session.user().clone())
    }
}

impl<S, T> FromRequestParts<S> for OrLogin<T>
where
    S: Send + Sync,
    T: OptionalFromRequestParts<S, Rejection = Rejection>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let visit = visit(parts)?;
        if let Some(found) = T::from_request_parts(parts, state).await? {
            return Ok(Self(found));
        }
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(Rejection::of(&visit, WebError::NotSignedIn));
        }
        let login = visit.auth().login_path(visit.path());
        Err(Rejection(Box::new(move || Redirect::to(&login).into_response())))
    }
}
