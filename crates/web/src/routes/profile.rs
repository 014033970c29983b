//! `GET /auth/profile`: who is signed in.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};

use crate::{error::WebError, options::Nobody, visit::Visit};

pub(super) async fn profile(Extension(visit): Extension<Visit>) -> Response {
    let parts = visit.auth().parts();
    match visit.live().await {
        Ok(Some(live)) => {
            let json = live.record.user.to_json().to_string();
            ([(CONTENT_TYPE, "application/json")], json).into_response()
        }
        Ok(None) => match parts.options.nobody {
            Nobody::NoContent => StatusCode::NO_CONTENT.into_response(),
            Nobody::Unauthorized => WebError::NotSignedIn.into_response(),
        },
        Err(error) => parts.fail(error),
    }
}
