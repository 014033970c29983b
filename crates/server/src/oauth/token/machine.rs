//! The shell around [`keybound_authority::grant::client_credentials`]: read, decide, apply.

use keybound_authority::{
    authorize::{
        audience::{Named, resolve},
        organization,
    },
    grant::client_credentials::{self, Given, Request, Within},
    model::{
        audience::{ClientGrant, OnBehalfOf},
        client::GrantKind,
        organization::Organization,
    },
};
use keybound_proto::{request::token::MachineRequest, response::token::TokenResponse};
use keybound_store::{Batch, ledger::organizations as given};

use super::redeeming::{Read, Redeeming, Refused};
use crate::{failure::Reason, organizations, registered};

const GRANT: GrantKind = GrantKind::ClientCredentials;

/// Gives a machine tokens of its own.
pub(super) async fn redeem(by: &Redeeming<'_>, request: &MachineRequest) -> Result<TokenResponse, Refused> {
    let named = Named { audience: request.audience.as_deref(), resources: &request.resources };
    let name = resolve(&named, by.tenant).map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let found = registered::audience_if_named(by.app, name.as_ref()).await?;
    let (read, mut grant) = (Read { audience: found, ..Read::default() }, None);
    if let Some(audience) = &read.audience {
        grant = registered::client_grant(by.app, &by.client.id, audience, OnBehalfOf::Itself).await?;
    }
    let scopes = request.scopes.clone().unwrap_or_default();
    let organization = organization(by, request).await?;
    let within = match &organization {
        Some(organization) => Some(within(by, organization, grant.as_ref()).await?),
        None => None,
    };
    let asked = Request { audience: name.as_ref(), scopes: &scopes, grant: grant.as_ref(), within };
    let issue = client_credentials::issue(&asked, &by.around(&read))
        .map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let tokens = by.mint(&issue, &read, None).await?;
    let mut batch = Batch::new();
    by.record_issue(&mut batch, &issue);
    by.app.store.apply(batch).await?;
    Ok(tokens)
}

/// The organization that is named.
async fn organization(by: &Redeeming<'_>, request: &MachineRequest) -> Result<Option<Organization>, Refused> {
    let Some(text) = request.organization.as_deref() else { return Ok(None) };
    let named = organization::Named::parse(text, by.tenant);
    let named = named.map_err(|refusal| Refused::grant(GRANT, refusal))?;
    let found = organizations::find(by.app, &named, by.client).await;
    found.map(Some).map_err(|failure| match failure.reason() {
        Reason::Refusal(refusal) => Refused::grant(GRANT, refusal.clone()),
        _ => failure.into(),
    })
}

/// Whether the client's grant was given to it.
async fn within<'a>(
    by: &Redeeming<'_>,
    organization: &'a Organization,
    grant: Option<&ClientGrant>,
) -> Result<Within<'a>, Refused> {
    let given = match grant {
        Some(grant) => {
            let pair = (organization.id.as_str(), &*grant.id);
            given::is_given(&by.app.store, &by.app.tenant.id, pair).await?
        }
        None => false,
    };
    Ok(Within { organization, given: if given { Given::Yes } else { Given::No } })
}
