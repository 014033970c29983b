//! Who may have what without a user (RFC 6749 §4.4).

use keybound_proto::scope::Scopes;

use super::{Circumstances, Holder, Issue, Refresh};
use crate::Refusal;
use crate::binding::bind;
use crate::model::audience::{ClientGrant, MachineAccess, OnBehalfOf, Target};
use crate::model::client::GrantKind;
use crate::model::name::AudienceName;

/// What a machine asks for.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Which audience: the one named, or the tenant's default.
    pub audience: Option<&'a AudienceName>,
    /// Which scopes; empty for all it was granted.
    pub scopes: &'a Scopes,
    /// What an administrator granted the client there.
    pub grant: Option<&'a ClientGrant>,
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
    let granted = granted(request, &target, name, around)?;
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
        audience: Some(name.clone()),
        asked: request.scopes.clone(),
        scopes,
        binding,
        refresh: Refresh::None,
    })
}

fn granted<'a>(
    request: &Request<'a>,
    target: &Target,
    name: &AudienceName,
    around: &Circumstances<'_>,
) -> Result<&'a Scopes, Refusal> {
    let denied = target.api().is_none_or(|audience| audience.machines == MachineAccess::DenyAll);
    request
        .grant
        .filter(|grant| {
            !denied
                && grant.client == around.client.id
                && grant.audience == *name
                && grant.on_behalf_of == OnBehalfOf::Itself
        })
        .map(|grant| &grant.scopes)
        .ok_or_else(|| Refusal::NoClientGrant { audience: name.clone() })
}

#[cfg(test)]
mod tests;
