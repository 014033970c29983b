//! Who belongs to which organization, by which connections people come in, and which grants hold there.

pub(crate) mod connections;
pub(crate) mod grants;
pub(crate) mod members;

use keybound_authority::model::name::{ConnectionName, OrganizationId};
use keybound_authority::model::organization::{Membership, Residence};
use keybound_proto::id::{Subject, TenantId};

pub use self::connections::{
    CONNECTED, Enabled, connect, connected, connections, disconnect, forget_connection, set,
};
pub use self::grants::{GIVEN, forget_grant, give, grants, is_given, of_grant, take};
pub use self::members::{forget_user, join, leave, members, of_user};
use crate::documents::{Organizations, read};
use crate::error::StoreError;
use crate::policy;
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// A few rows of many, and how many there are in all.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// Only those after this one.
    pub after: &'a str,
    /// How many to leave out.
    pub skip: u32,
    /// How many at most.
    pub take: u32,
}

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
}

/// A few rows of many that belong to one, and how many there are in all.
async fn page<T>(
    store: &Store,
    (page, count): (&'static Sql, &'static Sql),
    (tenant, one): (&TenantId, &str),
    slice: Slice<'_>,
    read: impl Fn(&mut Row) -> Result<T, StoreError>,
) -> Result<(Vec<T>, i64), StoreError> {
    let values = [tenant.bind(), one.bind(), slice.after.bind(), slice.take.bind(), slice.skip.bind()];
    let rows = store.rows(page, values).await?;
    let found = rows.into_iter().map(|mut row| read(&mut row)).collect::<Result<Vec<T>, _>>()?;
    let mut total = store.rows(count, [tenant.bind(), one.bind()]).await?;
    Ok((found, total.first_mut().map_or(Ok(0), Row::take)?))
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
