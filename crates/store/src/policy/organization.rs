//! Organizations, and invitations to them.

use keybound_authority::model::name::{OrganizationId, OrganizationName};
use keybound_authority::model::organization::{Invitation, Organization, OrganizationUsage, ThirdParties};
use keybound_proto::id::{ClientId, reorders};
use keybound_proto::time::Timestamp;
use serde::Deserialize;

use super::{corrupt, read};
use crate::documents::{Document, Invitations, Organizations};
use crate::error::StoreError;

/// What the protocol obeys about an organization.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn organization(document: &Document<Organizations>) -> Result<Organization, StoreError> {
    let corrupt = |reason: String| corrupt::<Organizations>(&document.id, reason);
    let wrote: Wrote<'_> = read(document)?;
    let shown = wrote.display_name.unwrap_or(wrote.name);
    Ok(Organization {
        id: OrganizationId::parse(&document.id).map_err(|reason| corrupt(reason.to_string()))?,
        name: OrganizationName::parse(wrote.name).map_err(|reason| corrupt(reason.to_string()))?,
        // People decide by it where they type their password.
        display_name: shown.chars().filter(|&c| !c.is_control() && !reorders(c)).collect(),
        third_parties: match wrote.third_party_client_access {
            Some("block") => ThirdParties::Blocked,
            _ => ThirdParties::Allowed,
        },
    })
}

/// An invitation, and what its ticket is good for.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Where it leads.
    pub organization: OrganizationId,
    /// To which client.
    pub client: ClientId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// For whom it is.
    pub invitation: Invitation,
}

/// What the protocol obeys about an invitation.
///
/// # Errors
/// [`StoreError::Corrupt`] where the document says what it cannot mean.
pub fn invitation(document: &Document<Invitations>) -> Result<Invited, StoreError> {
    let corrupt = |reason: String| corrupt::<Invitations>(&document.id, reason);
    let wrote: WroteInvitation<'_> = read(document)?;
    Ok(Invited {
        organization: OrganizationId::parse(wrote.organization_id).map_err(|e| corrupt(e.to_string()))?,
        client: ClientId::parse(wrote.client_id).map_err(|reason| corrupt(reason.to_string()))?,
        expires_at: Timestamp::parse_rfc3339(wrote.expires_at)
            .ok_or_else(|| corrupt(format!("no time {}", wrote.expires_at)))?,
        invitation: Invitation {
            email: wrote.invitee.email.to_lowercase().into(),
            connection: wrote.connection_id.map(Into::into),
        },
    })
}

/// Auth0's `organization_usage`; where nobody said, there are none.
pub(super) fn usage(wrote: Option<&str>) -> OrganizationUsage {
    match wrote {
        Some("allow") => OrganizationUsage::Allow,
        Some("require") => OrganizationUsage::Require,
        _ => OrganizationUsage::Deny,
    }
}

#[derive(Deserialize)]
struct Wrote<'d> {
    name: &'d str,
    display_name: Option<&'d str>,
    third_party_client_access: Option<&'d str>,
}

#[derive(Deserialize)]
struct WroteInvitation<'d> {
    organization_id: &'d str,
    client_id: &'d str,
    connection_id: Option<&'d str>,
    expires_at: &'d str,
    #[serde(borrow)]
    invitee: WroteInvitee<'d>,
}

#[derive(Deserialize)]
struct WroteInvitee<'d> {
    email: &'d str,
}
