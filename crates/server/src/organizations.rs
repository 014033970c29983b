//! Organizations, as requests name them and as they stand to people.

use keybound_authority::{
    Refusal,
    authorize::organization::{Named, Ticket, admits, redeemable, usage},
    model::{
        client::Client,
        name::{ConnectionName, OrganizationId},
        organization::{Invitation, Organization, Residence},
    },
};
use keybound_crypto::AwsLc;
use keybound_proto::{
    id::Subject,
    jose::{Digest as _, encode_base64url},
    time::Timestamp,
};
use keybound_store::{
    StoreError,
    documents::{self, Document, Invitations, Organizations, invitation_of_ticket, organization_named},
    ledger::organizations,
    policy,
};

use crate::{app::App, failure::Failure, registered};

/// The organization a client's request names, if it may name one.
pub(crate) async fn asked(
    app: &App,
    client: &Client,
    named: Option<&str>,
) -> Result<Option<Organization>, Failure> {
    let named = match named {
        Some(text) => Some(Named::parse(text, &*registered::tenant(app).await?)),
        None => None,
    };
    // Whether it may be named at all comes before what it is called.
    usage(client.organizations, named.as_ref())?;
    match named.transpose()? {
        Some(named) => Ok(Some(find(app, &named, client).await?)),
        None => Ok(None),
    }
}

/// What an administrator wrote of the organization that a request names, where it names one that is there.
pub(crate) async fn document(
    app: &App,
    named: Option<&str>,
) -> Result<Option<Document<Organizations>>, StoreError> {
    let Some(named) = named else { return Ok(None) };
    match Named::parse(named, &*registered::tenant(app).await?) {
        Ok(named) => read(app, &named).await,
        Err(_) => Ok(None),
    }
}

async fn read(app: &App, named: &Named) -> Result<Option<Document<Organizations>>, StoreError> {
    let (store, tenant) = (&app.store, &app.tenant.id);
    match named {
        Named::Id(id) => documents::find::<Organizations>(store, tenant, id.as_str()).await,
        Named::Name(name) => organization_named(store, tenant, name).await,
    }
}

/// The organization of that id or name, if such a client may name it.
pub(crate) async fn find(app: &App, named: &Named, client: &Client) -> Result<Organization, Failure> {
    let found = read(app, named).await?;
    let found = found.as_ref().map(policy::organization).transpose()?;
    let found = found.ok_or(Refusal::OrganizationUnknown)?;
    admits(&found, client.party)?;
    Ok(found)
}

/// An organization as it stands to a user, where one is named and still there.
pub(crate) async fn residence(
    app: &App,
    organization: Option<&OrganizationId>,
    user: (&Subject, &ConnectionName),
) -> Result<Option<Residence>, StoreError> {
    match organization {
        Some(organization) => organizations::residence(&app.store, &app.tenant.id, organization, user).await,
        None => Ok(None),
    }
}

/// An invitation, still to be accepted.
#[derive(Clone, Debug)]
pub(crate) struct Invited {
    /// As it was read: it can be accepted once.
    pub(crate) document: Document<Invitations>,
    /// For whom it is.
    pub(crate) invitation: Invitation,
}

/// The invitation a ticket opens, to this organization and for this client.
pub(crate) async fn invited(
    app: &App,
    ticket: &str,
    (organization, client): (Option<&Organization>, &Client),
    now: Timestamp,
) -> Result<Invited, Failure> {
    let found = invitation_of_ticket(&app.store, &app.tenant.id, &digest(ticket)).await?;
    let read = found.as_ref().map(policy::invitation).transpose()?;
    let known = read.as_ref().map(|read| Ticket {
        organization: &read.organization,
        client: &read.client,
        expires_at: read.expires_at,
    });
    redeemable(known, (organization, &client.id), now)?;
    let (document, read) = found.zip(read).ok_or(Refusal::InvitationUnknown)?;
    Ok(Invited { document, invitation: read.invitation })
}

/// What is looked for in the place of a ticket.
pub(crate) fn digest(ticket: &str) -> String {
    encode_base64url(AwsLc.sha256(&[ticket.as_bytes()]))
}
