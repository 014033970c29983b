//! Who belongs to which organization, by which connections people come in, and which grants hold there.

pub(crate) mod connections;
pub(crate) mod grants;
pub(crate) mod members;
pub(crate) mod roles;

use keybound_authority::model::name::{ConnectionName, OrganizationId};
use keybound_authority::model::organization::{Membership, Residence};
use keybound_proto::id::{Subject, TenantId};

pub use self::connections::{
    CONNECTED, Enabled, connect, connected, connections, disconnect, forget_connection, set,
};
pub use self::grants::{GIVEN, forget_grant, give, grants, is_given, of_grant, take};
pub use self::members::{forget_user, join, leave, members, of_user};
pub use self::roles::{give_role, roles_of, take_role, with_role};
use crate::documents::{Organizations, read};
use crate::error::StoreError;
use crate::policy;
use crate::sql::{Batch, Bind, Sql, Store};

/// An organization as it stands to a user who came by a connection of that name; `None` where there is none.
///
/// # Errors
/// Where the database cannot say.
pub async fn residence(
    store: &Store,
    tenant: &TenantId,
    organization: &OrganizationId,
    (subject, connection): (&Subject, &ConnectionName),
) -> Result<Option<Residence>, StoreError> {
    let values = [tenant.bind(), organization.bind(), subject.bind(), connection.bind()];
    let Some(mut row) = store.optional(&RESIDENCE, values).await? else { return Ok(None) };
    let joined: Option<i64> = row.take()?;
    let entrance = connections::entrance(&mut row)?;
    let organization = policy::organization(&read::<Organizations>(store, tenant, &mut row)?)?;
    let membership = if joined.is_some() { Membership::Member } else { Membership::Stranger };
    Ok(Some(Residence { organization, entrance, membership }))
}

/// Forgets everything about an organization but the organization.
pub fn dissolve(batch: &mut Batch, tenant: &TenantId, organization: &str) {
    for sql in [&NO_MEMBERS, &NO_CONNECTIONS, &NO_GRANTS] {
        batch.any(sql, [tenant.bind(), organization.bind()]);
    }
    roles::dissolve(batch, tenant, organization);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&RESIDENCE, &NO_MEMBERS, &NO_CONNECTIONS, &NO_GRANTS];

const RESIDENCE: Sql = Sql::new(
    "SELECT m.joined_at, c.joins, c.signup, o.id, o.revision, o.doc
     FROM organizations o
     LEFT JOIN organization_members m
       ON m.tenant = o.tenant AND m.organization = o.id AND m.subject = $3
     LEFT JOIN organization_connections c
       ON c.tenant = o.tenant AND c.organization = o.id AND c.name = $4
     WHERE o.tenant = $1 AND o.id = $2",
);

const NO_MEMBERS: Sql = Sql::new("DELETE FROM organization_members WHERE tenant = $1 AND organization = $2");

const NO_CONNECTIONS: Sql =
    Sql::new("DELETE FROM organization_connections WHERE tenant = $1 AND organization = $2");

const NO_GRANTS: Sql = Sql::new("DELETE FROM organization_grants WHERE tenant = $1 AND organization = $2");
