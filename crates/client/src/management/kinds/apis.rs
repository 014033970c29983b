//! APIs, which the API calls resource servers, and who may ask tokens for them.

use super::super::{
    Collection, Members, Pages, Paging,
    collection::{collections, kind},
    document::document,
};

document! {
    /// An API that tokens are for. It is named by its id or by its identifier.
    ResourceServer {
        /// Its id.
        id: String,
        /// For people.
        name: String,
        /// The audience of its tokens.
        identifier: String,
        /// What may be done there.
        scopes: Vec<Scope>,
        /// What its tokens are signed with.
        signing_alg: String,
        /// Seconds a token lives.
        token_lifetime: u64,
        /// Seconds a token of a browser's flow lives.
        token_lifetime_for_web: u64,
        /// `access_token`, `access_token_authz`, `rfc9068_profile`, `rfc9068_profile_authz`.
        token_dialect: String,
        /// Whether users get no more scopes than their permissions.
        enforce_policies: bool,
        /// Whether refresh tokens are given.
        allow_offline_access: bool,
        /// Whether people need not agree to first-party applications.
        skip_consent_for_verifiable_first_party_clients: bool,
        /// Whether its tokens are bound to a key: `mechanism`, `required`, `required_for`.
        proof_of_possession: Members,
        /// Whether it is the Management API itself.
        is_system: bool,
    }
}

document! {
    /// What may be done at an API.
    Scope {
        /// Its name.
        value: String,
        /// For people.
        description: String,
    }
}

document! {
    /// A scope of an API, as it is given to roles and users.
    Permission {
        /// The scope.
        permission_name: String,
        /// The API.
        resource_server_identifier: String,
        /// For people.
        description: String,
        /// What people call the API.
        resource_server_name: String,
    }
}

impl Permission {
    /// This scope of that API.
    pub fn of(api: impl Into<String>, scope: impl Into<String>) -> Self {
        Self {
            permission_name: Some(scope.into()),
            resource_server_identifier: Some(api.into()),
            ..Self::default()
        }
    }
}

document! {
    /// Which scopes of an API an application may have on its own behalf.
    ClientGrant {
        /// Its id.
        id: String,
        /// The application.
        client_id: String,
        /// The API.
        audience: String,
        /// The scopes.
        scope: Vec<String>,
        /// Whether organizations count: `deny`, `allow`, `require`.
        organization_usage: String,
        /// Whether any organization will do.
        allow_any_organization: bool,
        /// `client` or `user`.
        subject_type: String,
    }
}

kind!(ResourceServer at ["resource-servers"], by id, listed Offset: Readable Creatable Updatable Deletable);
kind!(ClientGrant at ["client-grants"], by id, listed Checkpoint: Readable Creatable Updatable Deletable);

collections! {
    /// APIs.
    resource_servers: ResourceServer,
    /// What applications may ask of APIs on their own behalf.
    client_grants: ClientGrant,
}

impl Collection<ClientGrant> {
    /// The organizations within which it counts.
    pub fn organizations(&self, grant: &str) -> Pages<Members> {
        self.pages(&[grant, "organizations"], Paging::Checkpoint)
    }
}
