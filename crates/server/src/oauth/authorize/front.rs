//! Tokens that come by the browser, for clients that opted in (RFC 6749 §4.2, OIDC Core §3.2).

use keybound_authority::{
    authorize::response::{Agreement, tokens},
    mint::scope_to_tell,
    model::user::User,
};
use keybound_proto::{
    response::authorization::{FrontAccess, FrontTokens},
    time::Timestamp,
};

use super::Matter;
use crate::{app::App, failure::Failure, oauth::token::ToSign, registered};

/// Signs what was agreed.
pub(super) async fn signed(
    app: &App,
    (agreed, matter): (&Agreement<'_>, &Matter),
    user: &User,
    now: Timestamp,
) -> Result<FrontTokens, Failure> {
    let issue = tokens(agreed, &matter.target)?;
    let read = (matter.target.api(), Some(user));
    let tenant = registered::tenant(app).await?;
    let to_sign = ToSign { app, tenant: &tenant, client: agreed.client, issue: &issue, read };
    let kind = matter.asked.response_type;
    let access = match kind.brings_access_token() {
        true => Some(to_sign.access_token(now).await?),
        false => None,
    };
    let id_token = match kind.brings_id_token() {
        true => to_sign.id_token(access.as_ref(), now).await?,
        false => None,
    };
    let expires_in = to_sign.minting(now).lifetime(&issue).as_secs().to_string();
    let scope = scope_to_tell(&issue).map(ToString::to_string);
    let access = access.map(|token| FrontAccess { token, expires_in, scope });
    Ok(FrontTokens { access, id_token })
}
