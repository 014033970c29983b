//! Who may have what without a user (RFC 6749 §4.4).

use keybound_proto::scope::Scopes;

use super::{Circumstances, Holder, Issue, Refresh, Tie};
use crate::Refusal;
use crate::authorize::organization::usage;
use crate::binding::bind;
use crate::model::audience::{ClientGrant, MachineAccess, OnBehalfOf, Target, WhichOrganizations};
use crate::model::client::GrantKind;
use crate::model::name::AudienceName;
use crate::model::organization::Organization;

/// What a machine asks for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Which audience: the one named, or the tenant's default.
    pub audience: Option<&'a AudienceName>,
    /// Which scopes; empty for all it was granted.
    pub scopes: &'a Scopes,
    /// What an administrator granted the client there.
    pub grant: Option<&'a ClientGrant>,
    /// Within which organization.
    pub within: Option<Within<'a>>,
}

/// An organization a machine asks to work within.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Which.
    pub organization: &'a Organization,
    /// Whether an administrator gave the machine's grant to it.
    pub given: Given,
}

/// Whether a grant was given to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// It was not.
    No,
    /// It was.
    Yes,
}

/// Decides what a machine gets.
pub fn issue(request: &Request<'_>, around: &Circumstances<'_>) -> Result<Issue, Refusal> {
    around.may(GrantKind::ClientCredentials)?;
    // RFC 6749 §4.4: only a client that can keep a secret.
    if around.client.is_public() {
        return Err(Refusal::GrantNotAllowed { grant: GrantKind::ClientCredentials });
    }
    let name = request.audience.ok_or(Refusal::AudienceMissing)?;
    let target = around.target(Some(name))?;
    let grant = granted(request, &target, name, around)?;
    let organization = within(request.within.as_ref(), grant)?;
    let granted = &grant.scopes;
    let scopes = if request.scopes.is_empty() {
        granted.clone()
    } else if request.scopes.is_subset(granted) {
        request.scopes.clone()
    } else {
        return Err(Refusal::ScopeNotGranted { scopes: request.scopes.without(granted) });
    };
    let binding = bind(around.client, &target, around.held)?;
    Ok(Issue {
        grant: GrantKind::ClientCredentials,
        client: around.client.id.clone(),
        holder: Holder::Machine,
        organization,
        audience: Some(name.clone()),
        asked: request.scopes.clone(),
        scopes,
        binding,
        refresh: Refresh::None,
        tie: Tie::default(),
    })
}

fn granted<'a>(
    request: &Request<'a>,
    target: &Target,
    name: &AudienceName,
    around: &Circumstances<'_>,
) -> Result<&'a ClientGrant, Refusal> {
    let denied = target.api().is_none_or(|audience| audience.machines == MachineAccess::DenyAll);
    request
        .grant
        .filter(|grant| {
            !denied
                && grant.client == around.client.id
                && grant.audience == *name
                && grant.on_behalf_of == OnBehalfOf::Itself
        })
        .ok_or_else(|| Refusal::NoClientGrant { audience: name.clone() })
}

/// The organization a machine may work within: one its grant was given to, unless the grant holds for every one.
fn within(asked: Option<&Within<'_>>, grant: &ClientGrant) -> Result<Option<Organization>, Refusal> {
    usage(grant.organizations.usage, asked)?;
    match (asked, grant.organizations.which) {
        (Some(Within { given: Given::No, .. }), WhichOrganizations::Chosen) => {
            Err(Refusal::OrganizationNotGranted)
        }
        (asked, _) => Ok(asked.map(|within| within.organization.clone())),
    }
}

#[cfg(test)]
mod tests;
