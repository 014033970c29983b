//! Extractors for axum handlers behind a [`crate::GuardLayer`].

use std::{fmt, marker::PhantomData, ops::Deref};

use axum::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use keybound_proto::scope::Scopes;

use crate::{Principal, Rejection};

/// A handler asks whom a request speaks for, and no guard stands before it. That is a mistake of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no guard stands before this handler")]
pub struct Unguarded;

/// Scopes a handler needs, as a type.
///
/// ```
/// use keybound_resource::{Granted, Scoped};
///
/// struct ReadOrders;
///
/// impl Scoped for ReadOrders {
///     const SCOPES: &'static str = "read:orders";
/// }
///
/// async fn orders(who: Granted<ReadOrders>) -> String {
///     who.subject().to_string()
/// }
/// ```
pub trait Scoped {
    /// One scope or several, separated by blanks; all of them are needed.
    const SCOPES: &'static str;
}

/// A principal whose token permits what `S` needs. Anybody else is answered 403 with the scopes it takes.
pub struct Granted<S> {
    principal: Principal,
    scoped: PhantomData<S>,
}

/// Why there is no [`Granted`].
#[derive(Debug)]
#[non_exhaustive]
pub enum NotGranted {
    /// No guard stands before the handler.
    Unguarded(Unguarded),
    /// The token does not permit it.
    Scope(Rejection),
}

impl<T: Send + Sync> FromRequestParts<T> for Principal {
    type Rejection = Unguarded;

    async fn from_request_parts(parts: &mut Parts, _state: &T) -> Result<Self, Unguarded> {
        parts.extensions.get::<Self>().cloned().ok_or(Unguarded)
    }
}

impl<T: Send + Sync, S: Scoped> FromRequestParts<T> for Granted<S> {
    type Rejection = NotGranted;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Result<Self, NotGranted> {
        let principal = Principal::from_request_parts(parts, state).await.map_err(NotGranted::Unguarded)?;
        let Ok(scopes) = Scopes::parse(S::SCOPES) else { return Err(NotGranted::Unguarded(Unguarded)) };
        principal.require(&scopes).map_err(NotGranted::Scope)?;
        Ok(Self { principal, scoped: PhantomData })
    }
}

impl<S> Deref for Granted<S> {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.principal
    }
}

impl<S> fmt::Debug for Granted<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Granted").field(&self.principal).finish()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Self::into_response::<Body>(self)
    }
}

impl IntoResponse for Unguarded {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl IntoResponse for NotGranted {
    fn into_response(self) -> Response {
        match self {
            Self::Unguarded(why) => why.into_response(),
            Self::Scope(rejection) => IntoResponse::into_response(rejection),
        }
    }
}
