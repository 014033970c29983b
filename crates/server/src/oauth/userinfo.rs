//! `/userinfo`: what may be told of the user of an access token (OIDC Core §5.3).

use std::sync::Arc;

use axum::{Extension, extract::State, http::request::Parts, response::Response};
use keybound_authority::{mint, model::user::Standing};
use keybound_proto::{
    dpop::DpopNonce,
    scope::{Scope, Scopes},
};

use super::answer;
use crate::{
    app::App,
    config::Limited,
    extract::access,
    failure::{AccessFailure, Failure},
    rate,
    record::Noted,
    registered,
};

/// `GET` and `POST /userinfo`.
pub(crate) async fn userinfo(
    State(app): State<Arc<App>>,
    Extension(noted): Extension<Noted>,
    parts: Parts,
) -> Result<Response, Failure> {
    let access = access(&app, &parts, &app.places.userinfo()).await?;
    rate::count(&app, Limited::Userinfo, access.claims.subject.as_str(), &noted).await?;
    if !access.claims.scopes.contains("openid") {
        let needed: Scopes = Scope::parse("openid").into_iter().collect();
        return Err(AccessFailure::Scope { needed }.into());
    }
    let user = registered::user(&app, &access.claims.subject).await?;
    let user = user.filter(|user| user.standing == Standing::Active).ok_or(AccessFailure::UserGone)?;
    let told = mint::userinfo(&user, &access.claims.scopes).to_json();
    Ok(answer::json(told, access.nonce.as_ref().map(DpopNonce::as_str)))
}
