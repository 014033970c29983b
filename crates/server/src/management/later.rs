//! What Auth0 has and this server does not, and what nobody has: told to who may ask, and never as a bare 404.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    response::Response,
};
use http::{StatusCode, request::Parts};
use keybound_api::{
    Fault, Invalid,
    later::{self, Answer},
    page::PER_PAGE,
};
use keybound_proto::form::Form;
use serde_json::{Value, json};

use super::{
    answer::told,
    body::refused,
    permit::{self, Caller},
    query::flag,
};
use crate::{
    app::App,
    failure::{Failure, ManagementFailure, RequestFailure},
};

/// Whatever has no route below `/api/v2`.
pub(super) async fn answer(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    let caller = permit::caller(&app, &mut parts, &[]).await?;
    let path = parts.uri.path();
    let Some((scopes, answer)) = later::find(parts.method.as_str(), path) else {
        let message = format!("This server does not offer {} {}.", parts.method, shortened(path));
        return Err(ManagementFailure::NotOffered { message }.into());
    };
    caller.must(scopes)?;
    told_as(&caller, answer, &parts)
}

/// A method that a route does not have: perhaps Auth0's does.
pub(super) async fn other_method(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let (mut parts, _) = request.into_parts();
    let Some((scopes, answer)) = later::find(parts.method.as_str(), parts.uri.path()) else {
        return Err(RequestFailure::Method.into());
    };
    let caller = permit::caller(&app, &mut parts, &[]).await?;
    caller.must(scopes)?;
    told_as(&caller, answer, &parts)
}

fn told_as(caller: &Caller, answer: Answer, parts: &Parts) -> Result<Response, Failure> {
    match answer {
        Answer::Empty("") => Ok(told(caller, StatusCode::OK, &json!([]))),
        Answer::Empty(name) => Ok(told(caller, StatusCode::OK, &json!({ name: [] }))),
        Answer::Paged(name) => {
            let query = parts.uri.query().unwrap_or_default();
            let query = Form::parse_repeatable(query.as_bytes(), &[])
                .map_err(|error| refused(Invalid::query("", Fault::Other(format!("{error}.")))))?;
            Ok(told(caller, StatusCode::OK, &paged(name, &query)?))
        }
        Answer::Missing => {
            let message = "This server does not provision users for connections.".to_owned();
            Err(ManagementFailure::NoSuch { message, code: Some("not_found") }.into())
        }
        Answer::Refused => {
            let message =
                format!("This server does not offer {} {}.", parts.method, shortened(parts.uri.path()));
            Err(ManagementFailure::NotOffered { message }.into())
        }
    }
}

/// A page of nothing, in the way it was asked for.
fn paged(name: &str, query: &Form) -> Result<Value, Failure> {
    if flag(query, "include_totals")? == Some(true) {
        return Ok(json!({ "start": 0, "limit": PER_PAGE, "total": 0, name: [] }));
    }
    match query.text("take").or(query.text("from")) {
        Some(_) => Ok(json!({ name: [] })),
        None => Ok(json!([])),
    }
}

/// As much of a path as anybody reads.
fn shortened(path: &str) -> String {
    path.chars().take(200).collect()
}
