//! `/.well-known/webfinger`: who issues tokens about somebody (OpenID Connect Discovery §2).

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keybound_proto::{form::Form, request::webfinger::WebfingerRequest};

use crate::{
    app::App,
    failure::{Failure, RequestFailure},
};

/// We do, for every account at this host, be there one or not.
///
/// Of anybody else we know nothing (404), nor of domains whose people an enterprise's own server signs in: Auth0's SDKs
/// ask for `urn:auth0:discovery:domain:…` and take 404 as just that.
pub(crate) async fn webfinger(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let form = Form::parse_repeatable(query.as_bytes(), WebfingerRequest::REPEATABLE)?;
    let asked = WebfingerRequest::parse(&form)?;
    if !asked.is_at(&app.tenant.issuer) {
        return Err(RequestFailure::NoSuchPath.into());
    }
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/jrd+json")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    Ok((headers, asked.answer(&app.tenant.issuer)).into_response())
}
