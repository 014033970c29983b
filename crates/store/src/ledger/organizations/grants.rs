//! Which client grants hold within an organization.

use keybound_proto::id::TenantId;

use crate::documents::{ClientGrants, Document, Organizations, read};
use crate::error::StoreError;
use crate::ledger::slice::{Slice, page};
use crate::sql::{Batch, Bind, Guard, Sql, Store};

/// The grant was not given to the organization yet.
pub const GIVEN: Guard = Guard::new("organization_grants.new");

/// Gives a grant to an organization. The batch fails by [`GIVEN`] if it was given already.
pub fn give(batch: &mut Batch, tenant: &TenantId, (organization, grant): (&str, &str)) {
    batch.one(GIVEN, &GIVE, [tenant.bind(), organization.bind(), grant.bind()]);
}

/// Takes a grant from an organization.
pub fn take(batch: &mut Batch, tenant: &TenantId, (organization, grant): (&str, &str)) {
    batch.any(&TAKE, [tenant.bind(), organization.bind(), grant.bind()]);
}

/// Takes a grant from every organization.
pub fn forget_grant(batch: &mut Batch, tenant: &TenantId, grant: &str) {
    batch.any(&FORGET, [tenant.bind(), grant.bind()]);
}

/// Whether a grant was given to an organization.
///
/// # Errors
/// Where the database cannot say.
pub async fn is_given(
    store: &Store,
    tenant: &TenantId,
    (organization, grant): (&str, &str),
) -> Result<bool, StoreError> {
    Ok(store.optional(&IS_GIVEN, [tenant.bind(), organization.bind(), grant.bind()]).await?.is_some())
}

/// The grants of an organization, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn grants(
    store: &Store,
    tenant: &TenantId,
    organization: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<ClientGrants>>, i64), StoreError> {
    page(store, (&PAGE, &COUNT), (tenant, organization), slice, |row| read(store, tenant, row)).await
}

/// The organizations a grant was given to, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_grant(
    store: &Store,
    tenant: &TenantId,
    grant: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<Organizations>>, i64), StoreError> {
    page(store, (&OF_GRANT, &COUNT_OF_GRANT), (tenant, grant), slice, |row| read(store, tenant, row)).await
}

pub(crate) const STATEMENTS: &[&Sql] =
    &[&GIVE, &TAKE, &FORGET, &IS_GIVEN, &PAGE, &COUNT, &OF_GRANT, &COUNT_OF_GRANT];

const GIVE: Sql = Sql::new(
    "INSERT INTO organization_grants (tenant, organization, client_grant) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING",
);

const TAKE: Sql =
    Sql::new("DELETE FROM organization_grants WHERE tenant = $1 AND organization = $2 AND client_grant = $3");

const FORGET: Sql = Sql::new("DELETE FROM organization_grants WHERE tenant = $1 AND client_grant = $2");

const IS_GIVEN: Sql = Sql::new(
    "SELECT client_grant FROM organization_grants
     WHERE tenant = $1 AND organization = $2 AND client_grant = $3",
);

const PAGE: Sql = Sql::new(
    "SELECT g.id, g.revision, g.doc FROM organization_grants o
     JOIN client_grants g ON g.tenant = o.tenant AND g.id = o.client_grant
     WHERE o.tenant = $1 AND o.organization = $2 AND o.client_grant > $3
     ORDER BY o.client_grant LIMIT $4 OFFSET $5",
);

const COUNT: Sql =
    Sql::new("SELECT count(*) FROM organization_grants WHERE tenant = $1 AND organization = $2");

const OF_GRANT: Sql = Sql::new(
    "SELECT o.id, o.revision, o.doc FROM organization_grants g
     JOIN organizations o ON o.tenant = g.tenant AND o.id = g.organization
     WHERE g.tenant = $1 AND g.client_grant = $2 AND g.organization > $3
     ORDER BY g.organization LIMIT $4 OFFSET $5",
);

const COUNT_OF_GRANT: Sql =
    Sql::new("SELECT count(*) FROM organization_grants WHERE tenant = $1 AND client_grant = $2");
