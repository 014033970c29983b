//! `GET /auth/login`: away to the authorization server.

use axum::{
    Extension,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, Uri, header::SET_COOKIE};
use keybound_client::{
    Ambient as _, ClientError,
    flow::{Ask, CodeFlow},
};
use keybound_crypto::AwsLc;
use keybound_proto::form::Form;

use super::place::{local, refuse_prefetch};
use crate::{auth::Parts, error::WebError, transaction::Transaction, visit::Visit};

pub(super) async fn login(Extension(visit): Extension<Visit>, uri: Uri, headers: HeaderMap) -> Response {
    let parts = visit.auth().parts();
    match begin(parts, &visit, (&uri, &headers)).await {
        Ok(response) => response,
        Err(error) => parts.fail(error),
    }
}

/// The path that begins a login and comes back.
pub(crate) fn path(login: &str, return_to: &str) -> String {
    format!("{login}?{}", Form::new().with("returnTo", return_to).encode())
}

async fn begin(
    parts: &Parts,
    visit: &Visit,
    (uri, headers): (&Uri, &HeaderMap),
) -> Result<Response, WebError> {
    refuse_prefetch(headers)?;
    let query = Form::parse(uri.query().unwrap_or_default().as_bytes()).map_err(|_| WebError::ReturnTo)?;
    let return_to = local(query.text("returnTo"), &parts.options.origin)?;
    let organization = query.text("organization").map(str::to_owned);
    let transaction = Transaction::begin(&parts.surroundings, return_to, organization);
    let client = parts.client().await?;
    let mut ask = ask(parts)?;
    let passed = PASSED.iter().filter_map(|name| Some(((*name).to_owned(), query.text(name)?.to_owned())));
    ask.extra.extend(passed);
    let flow = CodeFlow::begin(client, &ask, &transaction.chance, &AwsLc)?;
    let url = flow.depart(client, (&parts.http, &parts.surroundings)).await?;
    let mut response = Redirect::to(&url).into_response();
    let now = parts.surroundings.now();
    for line in parts.transactions.keep(&transaction, (visit.sent(), now)) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    Ok(response)
}

/// The flow of a transaction, as it was when the user left: it follows from what was drawn for it.
pub(super) fn flow(
    client: &keybound_client::Client,
    parts: &Parts,
    transaction: &Transaction,
) -> Result<CodeFlow, WebError> {
    let flow: Result<_, ClientError> = CodeFlow::begin(client, &ask(parts)?, &transaction.chance, &AwsLc);
    Ok(flow?)
}

fn ask(parts: &Parts) -> Result<Ask, WebError> {
    let ask = Ask::new(parts.redirect_uri.clone(), parts.scopes()?);
    Ok(Ask { audience: parts.config.audience.clone(), ..ask })
}

/// What a link of the app may add to the request. Whoever writes the link is not the app: nothing here widens what
/// is asked for.
const PASSED: [&str; 6] =
    ["connection", "invitation", "login_hint", "organization", "screen_hint", "ui_locales"];
