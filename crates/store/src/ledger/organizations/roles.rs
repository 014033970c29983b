//! Which roles members have within an organization: felt in tokens that are issued for it, and nowhere else.

use keybound_proto::id::{Subject, TenantId};
use serde_json::Value as Json;

use crate::documents::{Document, Roles, Users, read};
use crate::error::StoreError;
use crate::ledger::slice::{Slice, counted};
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// Gives somebody a role within an organization, which they may have there already.
pub fn give_role(batch: &mut Batch, tenant: &TenantId, (organization, subject): (&str, &str), role: &str) {
    batch.any(&GIVE, [tenant.bind(), organization.bind(), subject.bind(), role.bind()]);
}

/// Takes a role within an organization from somebody.
pub fn take_role(batch: &mut Batch, tenant: &TenantId, (organization, subject): (&str, &str), role: &str) {
    batch.any(&TAKE, [tenant.bind(), organization.bind(), subject.bind(), role.bind()]);
}

/// The roles of somebody within an organization, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn roles_of(
    store: &Store,
    tenant: &TenantId,
    (organization, subject): (&str, &str),
    slice: Slice<'_>,
) -> Result<(Vec<Document<Roles>>, i64), StoreError> {
    let pair = [organization, subject];
    rows(store, (&OF_MEMBER, &COUNT_OF_MEMBER), (tenant, pair), slice, |row| read(store, tenant, row)).await
}

/// Who has a role within an organization, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn with_role(
    store: &Store,
    tenant: &TenantId,
    (organization, role): (&str, &str),
    slice: Slice<'_>,
) -> Result<(Vec<Document<Users>>, i64), StoreError> {
    let pair = [organization, role];
    rows(store, (&HOLDERS, &COUNT_HOLDERS), (tenant, pair), slice, |row| read(store, tenant, row)).await
}

/// Somebody has no roles within an organization any more.
pub(super) fn leave(batch: &mut Batch, tenant: &TenantId, organization: &str, subject: &Subject) {
    batch.any(&LEAVE, [tenant.bind(), organization.bind(), subject.bind()]);
}

/// Somebody has no roles within any organization any more.
pub(super) fn forget_user(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    batch.any(&FORGET_USER, [tenant.bind(), subject.bind()]);
}

/// Nobody has that role within any organization any more.
pub(crate) fn forget_role(batch: &mut Batch, tenant: &TenantId, role: &str) {
    batch.any(&FORGET_ROLE, [tenant.bind(), role.bind()]);
}

/// Nobody has roles within that organization any more.
pub(super) fn dissolve(batch: &mut Batch, tenant: &TenantId, organization: &str) {
    batch.any(&DISSOLVE, [tenant.bind(), organization.bind()]);
}

/// Takes over what was kept as documents, a part at a time; what was done stands.
///
/// # Errors
/// Where the database refuses.
pub(crate) async fn finish(store: &Store) -> Result<(), StoreError> {
    while store.optional(&IS_LEFT, []).await?.is_some() {
        let mut batch = Batch::new();
        let rows = store.rows(&KEPT, []).await?;
        if rows.is_empty() {
            batch.any(&END, []);
        }
        for mut row in rows {
            let (tenant, organization) = (row.take::<String>()?, row.take::<String>()?);
            let (subject, doc) = (row.take::<String>()?, row.take::<Json>()?);
            let roles = doc.get("roles").and_then(Json::as_array).into_iter().flatten();
            for role in roles.filter_map(Json::as_str) {
                batch.any(&MOVE, [tenant.bind(), organization.bind(), subject.bind(), role.bind()]);
            }
            batch.any(&FORGET_KEPT, [tenant.bind(), organization.bind(), subject.bind()]);
        }
        store.apply(batch).await?;
    }
    Ok(())
}

async fn rows<T>(
    store: &Store,
    (page, count): (&'static Sql, &'static Sql),
    (tenant, [one, other]): (&TenantId, [&str; 2]),
    slice: Slice<'_>,
    read: impl Fn(&mut Row) -> Result<T, StoreError>,
) -> Result<(Vec<T>, i64), StoreError> {
    let (after, take, skip) = (slice.after.bind(), slice.take.bind(), slice.skip.bind());
    let rows = store.rows(page, [tenant.bind(), one.bind(), other.bind(), after, take, skip]).await?;
    counted(rows, store.rows(count, [tenant.bind(), one.bind(), other.bind()]).await?, read)
}

pub(crate) const STATEMENTS: &[&Sql] = &[
    &GIVE,
    &TAKE,
    &LEAVE,
    &FORGET_USER,
    &FORGET_ROLE,
    &DISSOLVE,
    &OF_MEMBER,
    &COUNT_OF_MEMBER,
    &HOLDERS,
    &COUNT_HOLDERS,
    &IS_LEFT,
    &KEPT,
    &FORGET_KEPT,
    &MOVE,
    &END,
];

const GIVE: Sql = Sql::new(
    "INSERT INTO organization_member_roles (tenant, organization, subject, role) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING",
);

const TAKE: Sql = Sql::new(
    "DELETE FROM organization_member_roles
     WHERE tenant = $1 AND organization = $2 AND subject = $3 AND role = $4",
);

const LEAVE: Sql = Sql::new(
    "DELETE FROM organization_member_roles WHERE tenant = $1 AND organization = $2 AND subject = $3",
);

const FORGET_USER: Sql = Sql::new("DELETE FROM organization_member_roles WHERE tenant = $1 AND subject = $2");

const FORGET_ROLE: Sql = Sql::new("DELETE FROM organization_member_roles WHERE tenant = $1 AND role = $2");

const DISSOLVE: Sql =
    Sql::new("DELETE FROM organization_member_roles WHERE tenant = $1 AND organization = $2");

const OF_MEMBER: Sql = Sql::new(
    "SELECT o.id, o.revision, o.doc FROM organization_member_roles r
     JOIN roles o ON o.tenant = r.tenant AND o.id = r.role
     WHERE r.tenant = $1 AND r.organization = $2 AND r.subject = $3 AND r.role > $4
     ORDER BY r.role LIMIT $5 OFFSET $6",
);

const COUNT_OF_MEMBER: Sql = Sql::new(
    "SELECT count(*) FROM organization_member_roles WHERE tenant = $1 AND organization = $2 AND subject = $3",
);

const HOLDERS: Sql = Sql::new(
    "SELECT u.id, u.revision, u.doc FROM organization_member_roles r
     JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
     WHERE r.tenant = $1 AND r.organization = $2 AND r.role = $3 AND r.subject > $4
     ORDER BY r.subject LIMIT $5 OFFSET $6",
);

const COUNT_HOLDERS: Sql = Sql::new(
    "SELECT count(*) FROM organization_member_roles WHERE tenant = $1 AND organization = $2 AND role = $3",
);

const IS_LEFT: Sql = Sql::new("SELECT 1 FROM unfinished WHERE name = 'organization_member_roles'");

const KEPT: Sql = Sql::new(
    "SELECT tenant, owner, id, doc FROM kept WHERE kind = 'organization_member_roles'
     ORDER BY tenant, kind, owner, id LIMIT 10",
);

const FORGET_KEPT: Sql = Sql::new(
    "DELETE FROM kept WHERE tenant = $1 AND kind = 'organization_member_roles' AND owner = $2 AND id = $3",
);

/// Those that were kept outlived their roles; and what another process took over may have changed since.
const MOVE: Sql = Sql::new(
    "INSERT INTO organization_member_roles (tenant, organization, subject, role)
     SELECT k.tenant, k.owner, k.id, o.id FROM kept k JOIN roles o ON o.tenant = k.tenant AND o.id = $4
     WHERE k.tenant = $1 AND k.kind = 'organization_member_roles' AND k.owner = $2 AND k.id = $3
     ON CONFLICT DO NOTHING",
);

const END: Sql = Sql::new("DELETE FROM unfinished WHERE name = 'organization_member_roles'");
