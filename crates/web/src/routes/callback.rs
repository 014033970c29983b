//! `GET /auth/callback`: back from the authorization server.

use axum::{
    Extension,
    response::{IntoResponse, Redirect, Response},
};
use http::{Uri, header::SET_COOKIE};
use keybound_client::{Ambient as _, ClientError, Tokens, drive, id_token::is_within};
use keybound_crypto::AwsLc;
use keybound_proto::{form::Form, jose::encode_base64url, token::id::IdClaims};

use super::login::flow;
use crate::{auth::Parts, error::WebError, transaction::Transaction, visit::Visit};

pub(super) async fn callback(Extension(visit): Extension<Visit>, uri: Uri) -> Response {
    let parts = visit.auth().parts();
    let query = uri.query().unwrap_or_default();
    let Some(transaction) = transaction(parts, &visit, query) else {
        return parts.fail(WebError::Transaction);
    };
    let mut response = match finish(parts, &visit, (&transaction, query)).await {
        Ok(()) => Redirect::to(&format!("{}{}", parts.options.origin, transaction.return_to)).into_response(),
        Err(error) => parts.fail(error),
    };
    for line in parts.transactions.take(&transaction, visit.sent()) {
        response.headers_mut().append(SET_COOKIE, line);
    }
    response
}

fn transaction(parts: &Parts, visit: &Visit, query: &str) -> Option<Transaction> {
    let query = Form::parse(query.as_bytes()).ok()?;
    parts.transactions.find(query.text("state")?, (visit.sent(), parts.surroundings.now()))
}

async fn finish(
    parts: &Parts,
    visit: &Visit,
    (transaction, query): (&Transaction, &str),
) -> Result<(), WebError> {
    let (client, http, surroundings) = (parts.client().await?, &parts.http, &parts.surroundings);
    let flow = flow(client, parts, transaction)?;
    let tokens = drive(flow.come_back(client, query)?, http, surroundings).await?;
    let now = surroundings.now();
    let check = |keys: &_| flow.check(client, &tokens, (keys, &AwsLc), now);
    let claims = parts.keys.check(client, (http, surroundings), check).await?;
    let claims = claims.ok_or(ClientError::IdTokenMissing)?;
    check_organization(transaction, &claims)?;
    let id = encode_base64url(surroundings.entropy());
    let live = parts.sessions.begin(id, (&claims, tokens.id_token.clone()), now).await?;
    // The ID token is kept beside, once.
    let tokens = Tokens { id_token: None, ..tokens };
    live.tokens(client, (http, surroundings)).keep(&parts.usual(), tokens).await?;
    visit.begin(live).await
}

fn check_organization(transaction: &Transaction, claims: &IdClaims) -> Result<(), WebError> {
    match transaction.organization.as_deref() {
        Some(asked) if !is_within(claims, asked) => Err(WebError::Organization),
        _ => Ok(()),
    }
}
