//! Documents found by what is unique about them beside their id.

use keybound_authority::model::audience::OnBehalfOf;
use keybound_authority::model::name::{AudienceName, ConnectionName, OrganizationName};
use keybound_proto::id::{ClientId, TenantId};

use super::{
    ClientGrants, Connections, Document, Invitations, Kind, Organizations, ResourceServers, Users, read,
};
use crate::error::StoreError;
use crate::sql::{Bind, Row, Sql, Store};

/// The resource server of that identifier.
///
/// # Errors
/// Where the database cannot say.
pub async fn resource_server_identified(
    store: &Store,
    tenant: &TenantId,
    identifier: &AudienceName,
) -> Result<Option<Document<ResourceServers>>, StoreError> {
    only(store, tenant, store.optional(&RESOURCE_SERVER, [tenant.bind(), identifier.bind()]).await?)
}

/// What a client may ask for at an audience, on its own behalf or a user's.
///
/// # Errors
/// Where the database cannot say.
pub async fn client_grant_between(
    store: &Store,
    tenant: &TenantId,
    (client, audience): (&ClientId, &AudienceName),
    on_behalf_of: OnBehalfOf,
) -> Result<Option<Document<ClientGrants>>, StoreError> {
    let subject_type = match on_behalf_of {
        OnBehalfOf::Itself => "client",
        OnBehalfOf::User => "user",
    };
    let values = [tenant.bind(), client.bind(), audience.bind(), subject_type.bind()];
    only(store, tenant, store.optional(&CLIENT_GRANT, values).await?)
}

/// The connection of that name.
///
/// # Errors
/// Where the database cannot say.
pub async fn connection_named(
    store: &Store,
    tenant: &TenantId,
    name: &ConnectionName,
) -> Result<Option<Document<Connections>>, StoreError> {
    only(store, tenant, store.optional(&CONNECTION, [tenant.bind(), name.bind()]).await?)
}

/// The user of that email in a connection, however it is capitalised.
///
/// # Errors
/// Where the database cannot say.
pub async fn user_by_email(
    store: &Store,
    tenant: &TenantId,
    connection: &ConnectionName,
    email: &str,
) -> Result<Option<Document<Users>>, StoreError> {
    let values = [tenant.bind(), email.trim().to_lowercase().bind(), connection.bind()];
    only(store, tenant, store.optional(&USER_BY_EMAIL, values).await?)
}

/// The user of that name in a connection, however it is capitalised.
///
/// # Errors
/// Where the database cannot say.
pub async fn user_by_username(
    store: &Store,
    tenant: &TenantId,
    connection: &ConnectionName,
    username: &str,
) -> Result<Option<Document<Users>>, StoreError> {
    let values = [tenant.bind(), username.trim().to_lowercase().bind(), connection.bind()];
    only(store, tenant, store.optional(&USER_BY_USERNAME, values).await?)
}

/// The organization of that name.
///
/// # Errors
/// Where the database cannot say.
pub async fn organization_named(
    store: &Store,
    tenant: &TenantId,
    name: &OrganizationName,
) -> Result<Option<Document<Organizations>>, StoreError> {
    only(store, tenant, store.optional(&ORGANIZATION, [tenant.bind(), name.bind()]).await?)
}

/// The invitation whose ticket has that digest.
///
/// # Errors
/// Where the database cannot say.
pub async fn invitation_of_ticket(
    store: &Store,
    tenant: &TenantId,
    digest: &str,
) -> Result<Option<Document<Invitations>>, StoreError> {
    only(store, tenant, store.optional(&INVITATION, [tenant.bind(), digest.bind()]).await?)
}

fn only<K: Kind>(
    store: &Store,
    tenant: &TenantId,
    row: Option<Row>,
) -> Result<Option<Document<K>>, StoreError> {
    row.map(|mut row| read(store, tenant, &mut row)).transpose()
}

pub(crate) const STATEMENTS: &[&Sql] = &[
    &RESOURCE_SERVER,
    &CLIENT_GRANT,
    &CONNECTION,
    &USER_BY_EMAIL,
    &USER_BY_USERNAME,
    &ORGANIZATION,
    &INVITATION,
];

const RESOURCE_SERVER: Sql = Sql::new(
    "SELECT id, revision, doc FROM resource_servers WHERE tenant = $1 AND (doc ->> 'identifier') = $2",
);

const CLIENT_GRANT: Sql = Sql::new(
    "SELECT id, revision, doc FROM client_grants
     WHERE tenant = $1 AND (doc ->> 'client_id') = $2 AND (doc ->> 'audience') = $3
       AND (coalesce(doc ->> 'subject_type', 'client')) = $4",
);

const CONNECTION: Sql =
    Sql::new("SELECT id, revision, doc FROM connections WHERE tenant = $1 AND (doc ->> 'name') = $2");

const USER_BY_EMAIL: Sql = Sql::new(
    "SELECT id, revision, doc FROM users
     WHERE tenant = $1 AND (doc ->> 'email') COLLATE \"C\" = $2 AND (doc -> 'identities' -> 0 ->> 'connection') = $3",
);

const USER_BY_USERNAME: Sql = Sql::new(
    "SELECT id, revision, doc FROM users
     WHERE tenant = $1 AND (doc ->> 'username') COLLATE \"C\" = $2 AND (doc -> 'identities' -> 0 ->> 'connection') = $3",
);

const ORGANIZATION: Sql =
    Sql::new("SELECT id, revision, doc FROM organizations WHERE tenant = $1 AND (doc ->> 'name') = $2");

const INVITATION: Sql = Sql::new(
    "SELECT id, revision, doc FROM invitations WHERE tenant = $1 AND (doc ->> 'ticket_digest') = $2",
);
