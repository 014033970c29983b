//! The directory of a login page: where its people are kept, and what they come in to.

use keybound_authority::{
    Refusal,
    model::{
        client::Client,
        connection::{Connection, Signup},
        name::OrganizationId,
        organization::{Invitation, Organization},
    },
};
use keybound_store::{
    ledger::{Slice, organizations as ledger},
    policy,
};

use super::{
    connection::{connection, keeps_passwords},
    place::Place,
};
use crate::{app::App, failure::Failure, organizations};

/// Where the people of a page are kept, and what they come in to.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// Their connection, as open as the organization lets it be.
    pub(crate) connection: Connection,
    /// Which organization they come in to.
    pub(crate) organization: Option<Organization>,
    /// By which invitation.
    pub(crate) invitation: Option<Invitation>,
}

impl Directory {
    /// What people call the organization.
    pub(crate) fn organization_name(&self) -> Option<&str> {
        self.organization.as_ref().map(|organization| &*organization.display_name)
    }

    /// What the organization is called by programs.
    pub(crate) fn organization_id(&self) -> Option<&OrganizationId> {
        self.organization.as_ref().map(|organization| &organization.id)
    }

    /// Who is probably in front of the page.
    pub(crate) fn hint<'a>(&'a self, place: &'a Place) -> &'a str {
        let invited = self.invitation.as_ref().map(|invitation| &*invitation.email);
        invited.or_else(|| place.form.text("login_hint")).unwrap_or_default()
    }

    /// Whether an account may be made for that address: who is invited makes their own, or none.
    pub(crate) fn takes(&self, email: &str) -> Result<(), Refusal> {
        match &self.invitation {
            Some(invitation) if *email.trim().to_lowercase() != *invitation.email => {
                Err(Refusal::InvitedOther)
            }
            _ => Ok(()),
        }
    }
}

/// The directory of a login page: the organization's, where one is asked for.
pub(crate) async fn directory(app: &App, place: &Place) -> Result<Directory, Failure> {
    let (client, named) = (&place.asker.client, place.form.text("connection"));
    let organization = organizations::asked(app, client, place.form.text("organization")).await?;
    let invitation = match place.form.text("invitation") {
        Some(ticket) => {
            let to = (organization.as_ref(), client);
            Some(organizations::invited(app, ticket, to, app.clock.now()).await?.invitation)
        }
        None => None,
    };
    let connection = match &organization {
        Some(organization) => within(app, client, organization, (named, invitation.as_ref())).await?,
        None => connection(app, client, named).await?,
    };
    Ok(Directory { connection, organization, invitation })
}

/// The connection that is named, or the one of the invitation, or the first of those that both the organization and
/// the client have. Strangers make an account where connection and organization let them, or an invitation does.
async fn within(
    app: &App,
    client: &Client,
    organization: &Organization,
    (named, invitation): (Option<&str>, Option<&Invitation>),
) -> Result<Connection, Failure> {
    let wanted = invitation.and_then(|invitation| invitation.connection.as_deref());
    let slice = Slice { after: "", skip: 0, take: PAGE };
    let id = organization.id.as_str();
    let (enabled, _) = ledger::connections(&app.store, &app.tenant.id, id, slice).await?;
    for (enabled, document) in enabled.iter().filter(|(_, document)| keeps_passwords(document)) {
        let mut connection = policy::connection(document)?;
        let fits = named.is_none_or(|name| name == connection.name.as_str())
            && wanted.is_none_or(|wanted| wanted == &*connection.id);
        if fits && connection.enabled_for.serves(client) {
            if enabled.entrance.signup == Signup::Closed && invitation.is_none() {
                connection.signup = Signup::Closed;
            }
            return Ok(connection);
        }
    }
    Err(Refusal::OrganizationConnection.into())
}

/// As many connections as an organization has at Auth0, and more.
const PAGE: u32 = 100;
