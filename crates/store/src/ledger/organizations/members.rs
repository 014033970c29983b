//! Who belongs to which organization.

use keybound_authority::model::name::OrganizationId;
use keybound_proto::id::{Subject, TenantId};
use keybound_proto::time::Timestamp;

use super::roles;
use crate::documents::{Document, Organizations, Users, read};
use crate::error::StoreError;
use crate::ledger::slice::{Slice, page};
use crate::sql::{Batch, Bind, Sql, Store};

/// Makes a user a member, who may be one already.
pub fn join(
    batch: &mut Batch,
    tenant: &TenantId,
    (organization, subject): (&OrganizationId, &Subject),
    now: Timestamp,
) {
    batch.any(&JOIN, [tenant.bind(), organization.bind(), subject.bind(), now.bind()]);
}

/// A user is a member no more, and has no roles there.
pub fn leave(batch: &mut Batch, tenant: &TenantId, (organization, subject): (&OrganizationId, &Subject)) {
    batch.any(&LEAVE, [tenant.bind(), organization.bind(), subject.bind()]);
    roles::leave(batch, tenant, organization.as_str(), subject);
}

/// A user is a member of none any more.
pub fn forget_user(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET, [tenant.bind(), subject.bind()]);
    roles::forget_user(batch, tenant, subject);
}

/// Members, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn members(
    store: &Store,
    tenant: &TenantId,
    organization: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<Users>>, i64), StoreError> {
    page(store, (&PAGE, &COUNT), (tenant, organization), slice, |row| read(store, tenant, row)).await
}

/// The organizations a user belongs to, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_user(
    store: &Store,
    tenant: &TenantId,
    subject: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<Organizations>>, i64), StoreError> {
    page(store, (&OF_USER, &COUNT_OF_USER), (tenant, subject), slice, |row| read(store, tenant, row)).await
}

pub(crate) const STATEMENTS: &[&Sql] = &[&JOIN, &LEAVE, &FORGET, &PAGE, &COUNT, &OF_USER, &COUNT_OF_USER];

const JOIN: Sql = Sql::new(
    "INSERT INTO organization_members (tenant, organization, subject, joined_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING",
);

const LEAVE: Sql =
    Sql::new("DELETE FROM organization_members WHERE tenant = $1 AND organization = $2 AND subject = $3");

const FORGET: Sql = Sql::new("DELETE FROM organization_members WHERE tenant = $1 AND subject = $2");

const PAGE: Sql = Sql::new(
    "SELECT u.id, u.revision, u.doc FROM organization_members m
     JOIN users u ON u.tenant = m.tenant AND u.id = m.subject
     WHERE m.tenant = $1 AND m.organization = $2 AND m.subject > $3
     ORDER BY m.subject LIMIT $4 OFFSET $5",
);

const COUNT: Sql =
    Sql::new("SELECT count(*) FROM organization_members WHERE tenant = $1 AND organization = $2");

const OF_USER: Sql = Sql::new(
    "SELECT o.id, o.revision, o.doc FROM organization_members m
     JOIN organizations o ON o.tenant = m.tenant AND o.id = m.organization
     WHERE m.tenant = $1 AND m.subject = $2 AND m.organization > $3
     ORDER BY m.organization LIMIT $4 OFFSET $5",
);

const COUNT_OF_USER: Sql =
    Sql::new("SELECT count(*) FROM organization_members WHERE tenant = $1 AND subject = $2");
