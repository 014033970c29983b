//! What was asked, with everything looked up that decides whether it may be had.

use keybound_authority::{
    authorize::request::{Asked, target},
    model::{
        audience::{ClientGrant, Target},
        organization::Organization,
    },
};
use keybound_proto::{form::Form, id::Subject, request::authorization::AuthorizationRequest};

use super::Asker;
use crate::{
    app::App,
    failure::Failure,
    oauth::id_token_hint,
    organizations::{self, Invited},
    registered,
};

/// A request this client may make.
#[derive(Clone, Debug)]
pub(crate) struct Matter {
    /// As it came.
    pub(crate) request: AuthorizationRequest,
    /// What of it counts.
    pub(crate) asked: Asked,
    /// For whom the tokens would be.
    pub(crate) target: Target,
    /// What an administrator allowed the client there on behalf of users.
    pub(crate) grant: Option<ClientGrant>,
    /// Whom the client expects (`id_token_hint`).
    pub(crate) expected: Option<Subject>,
    /// Within which organization.
    pub(crate) organization: Option<Organization>,
    /// By which invitation to it.
    pub(crate) invited: Option<Invited>,
}

impl Matter {
    /// Reads a request whose asker is known.
    pub(crate) async fn read(app: &App, asker: &Asker, form: &Form) -> Result<Self, Failure> {
        let request = AuthorizationRequest::parse(form)?;
        let asked = asker.approach.judge(&*registered::tenant(app).await?, asker, &request)?;
        let found = registered::audience_if_named(app, asked.audience.as_ref()).await?;
        let target = target(asked.audience.as_ref(), found)?;
        let grant = registered::grant_for_users(app, &asker.client.id, target.api()).await?;
        let expected = match &request.id_token_hint {
            Some(hint) => Some(id_token_hint::read(app, hint.reveal())?.subject),
            None => asker.approach.expected().or_else(|| asked.subject.clone()),
        };
        let client = &asker.client;
        let organization = organizations::asked(app, client, request.organization.as_deref()).await?;
        let invited = match request.invitation.as_deref() {
            Some(ticket) => {
                let to = (organization.as_ref(), client);
                Some(organizations::invited(app, ticket, to, app.clock.now()).await?)
            }
            None => None,
        };
        Ok(Self { request, asked, target, grant, expected, organization, invited })
    }
}
