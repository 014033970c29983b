//! Who may come in to which organization, and how it is named.

use keybound_proto::id::ClientId;
use keybound_proto::time::Timestamp;

use crate::Refusal;
use crate::model::client::Party;
use crate::model::name::{OrganizationId, OrganizationName};
use crate::model::organization::{
    Invitation, Joining, Membership, Organization, OrganizationUsage, Residence, ThirdParties,
};
use crate::model::tenant::{OrganizationNames, Tenant};
use crate::model::user::User;

/// How a request names an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By its id.
    Id(OrganizationId),
    /// By its name.
    Name(OrganizationName),
}

impl Named {
    /// Reads `organization`. What begins like an id is one; anything else is a name, where the tenant takes names.
    pub fn parse(text: &str, tenant: &Tenant) -> Result<Self, Refusal> {
        if text.starts_with(ID) {
            return OrganizationId::parse(text).map(Self::Id).map_err(|_| Refusal::OrganizationUnknown);
        }
        if tenant.organization_names == OrganizationNames::Kept {
            return Err(Refusal::OrganizationByName);
        }
        let name = OrganizationName::parse(&text.to_lowercase());
        name.map(Self::Name).map_err(|_| Refusal::OrganizationUnknown)
    }
}

/// Says whether an organization may be named, or left out.
pub const fn usage<N>(usage: OrganizationUsage, named: Option<&N>) -> Result<(), Refusal> {
    match (usage, named) {
        (OrganizationUsage::Deny, Some(_)) => Err(Refusal::OrganizationNotAllowed),
        (OrganizationUsage::Require, None) => Err(Refusal::OrganizationRequired),
        _ => Ok(()),
    }
}

/// Says whether this organization may be named by such a client.
pub fn admits(organization: &Organization, party: Party) -> Result<(), Refusal> {
    match (organization.third_parties, party) {
        (ThirdParties::Blocked, Party::Third) => Err(Refusal::OrganizationNotAllowed),
        _ => Ok(()),
    }
}

/// An invitation that was looked up by its ticket.
#[derive(Clone, Debug)]
pub struct Ticket<'a> {
    /// Where it leads.
    pub organization: &'a OrganizationId,
    /// To which client.
    pub client: &'a ClientId,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Says whether a ticket opens anything for this client, at this organization, now.
pub fn redeemable(
    ticket: Option<Ticket<'_>>,
    (organization, client): (Option<&Organization>, &ClientId),
    now: Timestamp,
) -> Result<(), Refusal> {
    let fits = |ticket: &Ticket<'_>| {
        organization.is_some_and(|own| own.id == *ticket.organization)
            && ticket.client == client
            && now < ticket.expires_at
    };
    if ticket.is_some_and(|ticket| fits(&ticket)) { Ok(()) } else { Err(Refusal::InvitationUnknown) }
}

/// When somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Before this request: in a session that was there already.
    Before,
    /// For this request.
    Here,
}

/// What comes of somebody at an organization's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// They come in, and belong to it from now on.
    Joins,
    /// They belong to it.
    Member,
    /// They must show who they are once more: by a connection it knows, or as the one who was invited.
    SignIn,
}

/// Decides whether somebody who is signed in comes in.
///
/// A session says who somebody is, not where they belong: that is looked at each time. An invitation is for one
/// mailbox, whoever holds its ticket.
pub fn enter(
    user: &User,
    residence: &Residence,
    invitation: Option<&Invitation>,
    shown: Shown,
) -> Result<Entry, Refusal> {
    let again = |refusal: Refusal| match shown {
        Shown::Before => Ok(Entry::SignIn),
        Shown::Here => Err(refusal),
    };
    let Some(entrance) = residence.entrance else {
        return again(Refusal::OrganizationConnection);
    };
    if let Some(invitation) = invitation {
        let email = user.profile.email.as_deref().map(str::to_lowercase);
        return match email.as_deref() == Some(&*invitation.email) {
            true => Ok(Entry::Joins),
            false => again(Refusal::InvitedOther),
        };
    }
    match (residence.membership, entrance.joining) {
        (Membership::Member, _) => Ok(Entry::Member),
        (Membership::Stranger, Joining::OnLogin) => Ok(Entry::Joins),
        (Membership::Stranger, Joining::ByName) => Err(Refusal::NotAMember),
    }
}

/// How every id begins, and no name.
pub const ID: &str = "org_";

#[cfg(test)]
mod tests;
