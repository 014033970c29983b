//! A request's parameters, read within limits.

use std::{fmt, sync::Arc};

use axum::{
    body::HttpBody as _,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use keybound_proto::{field::MediaType, form::Form, request::token::TokenRequest};

use crate::{
    app::App,
    failure::{Failure, RequestFailure},
};

/// A body of at most as many bytes as the operator allows, in at most as much time.
pub struct Body(pub Bytes);

impl fmt::Debug for Body {
    /// Tells its length alone: there may be secrets in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

impl FromRequest<Arc<App>> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        Self::up_to(app.config.limits.body_bytes, request, app).await
    }
}

impl Body {
    /// A body of at most that many bytes.
    pub async fn up_to(limit: usize, request: Request, app: &App) -> Result<Self, Failure> {
        // What says itself that it is too long is not waited for.
        if request.body().size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
            return Err(RequestFailure::TooLarge { limit }.into());
        }
        let collected = Limited::new(request.into_body(), limit).collect();
        let Ok(collected) = tokio::time::timeout(app.config.limits.body_time, collected).await else {
            return Err(RequestFailure::Awaited.into());
        };
        match collected {
            Ok(body) => Ok(Self(body.to_bytes())),
            Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
                Err(RequestFailure::TooLarge { limit }.into())
            }
            Err(_) => Err(RequestFailure::Interrupted.into()),
        }
    }
}

impl Body {
    /// The same from somebody known: what says that it is too long is read to its end, up to eight times the limit, since
    /// not every client hears an answer while it sends.
    pub(crate) async fn heard_out(limit: usize, request: Request, app: &App) -> Result<Self, Failure> {
        let most = limit.saturating_mul(8);
        if usize::try_from(request.body().size_hint().lower()).is_ok_and(|said| said <= limit) {
            return Self::up_to(limit, request, app).await;
        }
        let mut rest = Limited::new(request.into_body(), most);
        let heard = async { while let Some(Ok(_)) = rest.frame().await {} };
        // Who takes too long, or sends more, is answered all the same.
        _ = tokio::time::timeout(app.config.limits.body_time, heard).await;
        Err(RequestFailure::TooLarge { limit }.into())
    }
}

/// Parameters of a `POST`: a form, or the JSON object that Auth0's documents ask for.
pub struct Parameters {
    /// Each at most once, but `resource`.
    pub form: Form,
    /// The bytes they were read from.
    pub body: Bytes,
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameters({:?})", self.form)
    }
}

impl FromRequest<Arc<App>> for Parameters {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        Self::without(&[], request, app).await
    }
}

impl Parameters {
    /// All but those members of a JSON body which hold more than a parameter: for the caller to read from it.
    pub(crate) async fn without(others: &[&str], request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let kind = Media::of(request.headers());
        let Body(body) = Body::from_request(request, app).await?;
        let form = match kind {
            Media::Form => Form::parse_repeatable(&body, TokenRequest::REPEATABLE)?,
            Media::Json => Form::from_json_without(&body, others)?,
            Media::None if body.is_empty() => Form::new(),
            Media::None | Media::Other => return Err(RequestFailure::MediaType.into()),
        };
        Ok(Self { form, body })
    }
}

/// What a body is said to be.
enum Media {
    Form,
    Json,
    None,
    Other,
}

impl Media {
    fn of(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let Some(first) = values.next() else { return Self::None };
        if values.next().is_some() {
            return Self::Other;
        }
        match MediaType::parse(first.as_bytes()) {
            Some(form) if form.is("application/x-www-form-urlencoded") => Self::Form,
            Some(json) if json.is("application/json") => Self::Json,
            _ => Self::Other,
        }
    }
}
