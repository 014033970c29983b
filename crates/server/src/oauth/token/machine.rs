//! The shell around [`keybound_authority::grant::client_credentials`]: read, decide, apply.

use keybound_authority::{
    authorize::audience::{Named, resolve},
    grant::client_credentials::{self, Request},
    model::{audience::OnBehalfOf, client::GrantKind},
};
use keybound_proto::{request::token::MachineRequest, response::token::TokenResponse};
use keybound_store::Batch;

use super::redeeming::{Read, Redeeming, Refused};
use crate::registered;

const GRANT: GrantKind = GrantKind::ClientCredentials;

/// Gives a machine tokens of its own.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &MachineRequest) -> Result<TokenResponse, Refused> {
    let named = Named { audience: request.audience.as_deref(), resources: &request.resources };
    let name = resolve(&named, &by.app.tenant).map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let found = registered::audience_if_named(by.app, name.as_ref()).await?;
    let (read, mut grant) = (Read { audience: found, user: None }, None);
    if let Some(audience) = &read.audience {
        grant = registered::client_grant(by.app, &by.client.id, audience, OnBehalfOf::Itself).await?;
    }
    let scopes = request.scopes.clone().unwrap_or_default();
    let asked = Request { audience: name.as_ref(), scopes: &scopes, grant: grant.as_ref() };
    let issue = client_credentials::issue(&asked, &by.around(&read))
        .map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let tokens = by.mint(&issue, &read, None).await?;
    let mut batch = Batch::new();
    by.record_issue(&mut batch, &issue);
    by.app.store.apply(batch).await?;
    Ok(tokens)
}
