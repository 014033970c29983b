//! The endpoint itself: a request comes in, and a person is sent on.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use keybound_authority::{Refusal, authorize::object::open};
use keybound_proto::{
    form::Form,
    request::authorization::{AuthorizationRequest, ReturnAddress},
    time::Timestamp,
};

use super::{Approach, Asker, turn::turn};
use crate::{
    app::App,
    extract::{Parameters, Visitor, client::expected},
    failure::{Failure, RequestFailure},
    login::{place::Place, shown},
    oauth::pushed::{Opened, opened},
    published_keys::with_keys,
    registered,
};

/// `GET /authorize`
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Response {
    let query = query.unwrap_or_default();
    match Form::parse_repeatable(query.as_bytes(), AuthorizationRequest::REPEATABLE) {
        Ok(form) => begin(&app, form, visitor).await,
        Err(error) => shown::refused(error.into()),
    }
}

/// `POST /authorize` (OIDC Core §3.1.2.1)
pub(crate) async fn post(State(app): State<Arc<App>>, visitor: Visitor, parameters: Parameters) -> Response {
    begin(&app, parameters.form, visitor).await
}

/// `GET /authorize/resume`: a person comes back from one of our own pages.
pub(crate) async fn resume(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Response {
    let now = app.clock.now();
    match Place::resumed(&app, query.as_deref(), &visitor, now).await {
        Ok(mut place) => {
            let (asker, form) = (place.asker.clone(), std::mem::take(&mut place.form));
            turn(&app, (&asker, &form), visitor, Some(place), now).await
        }
        Err(lost) => lost.into_response(),
    }
}

async fn begin(app: &App, said: Form, visitor: Visitor) -> Response {
    let now = app.clock.now();
    match asked(app, said, now).await {
        Ok((asker, form)) => turn(app, (&asker, &form), visitor, None, now).await,
        Err(failure) => shown::refused(failure),
    }
}

/// What is asked: what the browser says, or what was pushed under the name it says.
async fn asked(app: &App, said: Form, now: Timestamp) -> Result<(Asker, Form), Failure> {
    let pushed = opened(app, &said, now).await?;
    let object = said.text("request").map(str::to_owned);
    let (approach, form) = match (pushed, object) {
        (Some(_), Some(_)) => {
            return Err(RequestFailure::Parameter { parameter: "request", problem: TWICE }.into());
        }
        (Some(Opened { name, form }), None) => (Approach::Pushed(name), form),
        (None, Some(object)) => (Approach::Signed, signed(app, &said, &object, now).await?),
        (None, None) => (Approach::Plain, said),
    };
    Ok((Asker::find(app, &form, approach).await?, form))
}

/// What is asked in a request that is signed; of what stands beside it only the client counts (RFC 9101 §6.3).
async fn signed(app: &App, said: &Form, object: &str, now: Timestamp) -> Result<Form, Failure> {
    let id = ReturnAddress::parse(said)?.client_id;
    let client = registered::client(app, &id).await?.ok_or(Refusal::UnknownClient)?;
    let client = with_keys(app, client, object, now).await;
    Ok(open(&client, object, &expected(app, now))?)
}

const TWICE: &str = "is there, and so is request_uri";
