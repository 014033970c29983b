//! What people may do at APIs: by roles, and each by itself.

use keybound_authority::model::name::{AudienceName, OrganizationId};
use keybound_proto::id::{Subject, TenantId};
use keybound_proto::scope::{Scope, Scopes};

use super::organizations;
use super::slice::{Slice, page};
use crate::documents::{Document, Roles, Users, read};
use crate::error::StoreError;
use crate::sql::{Batch, Bind, Row, Sql, Store};

/// One thing that may be done at one API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// Where: the identifier of the API.
    pub audience: String,
    /// What: one of its scopes.
    pub name: String,
}

/// What somebody may do, and by which role; by none where it was given to them alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What they may do.
    pub permission: Permission,
    /// The role's id and its name.
    pub role: Option<(String, String)>,
}

/// Who has permissions: a role or a person.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// The role of that id.
    Role(&'a str),
    /// That person, for themselves alone.
    User(&'a str),
}

/// Lets a role or a person do something; they may already.
pub fn permit(batch: &mut Batch, tenant: &TenantId, holder: Holder<'_>, permission: &Permission) {
    let (sql, whose) = match holder {
        Holder::Role(role) => (&PERMIT_ROLE, role),
        Holder::User(subject) => (&PERMIT_USER, subject),
    };
    batch.any(sql, [tenant.bind(), whose.bind(), permission.audience.bind(), permission.name.bind()]);
}

/// They may not any more.
pub fn forbid(batch: &mut Batch, tenant: &TenantId, holder: Holder<'_>, permission: &Permission) {
    let (sql, whose) = match holder {
        Holder::Role(role) => (&FORBID_ROLE, role),
        Holder::User(subject) => (&FORBID_USER, subject),
    };
    batch.any(sql, [tenant.bind(), whose.bind(), permission.audience.bind(), permission.name.bind()]);
}

/// Gives a person a role, which they may have already.
pub fn assign(batch: &mut Batch, tenant: &TenantId, (subject, role): (&str, &str)) {
    batch.any(&ASSIGN, [tenant.bind(), subject.bind(), role.bind()]);
}

/// Takes a role from a person.
pub fn remove(batch: &mut Batch, tenant: &TenantId, (subject, role): (&str, &str)) {
    batch.any(&REMOVE, [tenant.bind(), subject.bind(), role.bind()]);
}

/// Nobody has that role any more, within an organization or not, and it lets nobody do anything.
pub fn dissolve(batch: &mut Batch, tenant: &TenantId, role: &str) {
    organizations::roles::forget_role(batch, tenant, role);
    for sql in [&NO_PERMISSIONS, &NO_USERS] {
        batch.any(sql, [tenant.bind(), role.bind()]);
    }
}

/// A person has no roles and no permissions any more.
pub fn forget_user(batch: &mut Batch, tenant: &TenantId, subject: &Subject) {
    for sql in [&FORGET_ROLES, &FORGET_PERMISSIONS] {
        batch.any(sql, [tenant.bind(), subject.bind()]);
    }
}

/// Nobody may do anything at an API any more.
pub fn forget_audience(batch: &mut Batch, tenant: &TenantId, audience: &AudienceName) {
    for sql in [&FORGET_AT_ROLES, &FORGET_AT_USERS] {
        batch.any(sql, [tenant.bind(), audience.bind()]);
    }
}

/// What a role lets its users do, in the order of APIs and names, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn permissions(
    store: &Store,
    tenant: &TenantId,
    role: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Permission>, i64), StoreError> {
    page(store, (&PERMISSIONS, &COUNT_PERMISSIONS), (tenant, role), slice, permission).await
}

/// Who has a role, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn users(
    store: &Store,
    tenant: &TenantId,
    role: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<Users>>, i64), StoreError> {
    page(store, (&USERS, &COUNT_USERS), (tenant, role), slice, |row| read(store, tenant, row)).await
}

/// The roles of a person, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn of_user(
    store: &Store,
    tenant: &TenantId,
    subject: &str,
    slice: Slice<'_>,
) -> Result<(Vec<Document<Roles>>, i64), StoreError> {
    page(store, (&OF_USER, &COUNT_OF_USER), (tenant, subject), slice, |row| read(store, tenant, row)).await
}

/// Everything a person may do and why, in the order of APIs and names.
///
/// # Errors
/// Where the database cannot say.
pub async fn sources(store: &Store, tenant: &TenantId, subject: &str) -> Result<Vec<Source>, StoreError> {
    let rows = store.rows(&SOURCES, [tenant.bind(), subject.bind()]).await?;
    let source = |mut row: Row| {
        let permission = permission(&mut row)?;
        let (id, name): (String, String) = (row.take()?, row.take()?);
        Ok(Source { permission, role: (!id.is_empty()).then_some((id, name)) })
    };
    rows.into_iter().map(source).collect()
}

/// What a person may do at one API: within an organization by their roles there alone, as at Auth0, and elsewhere by their
/// own roles and permissions.
///
/// Source: Auth0, "Organization Roles" (role model).
///
/// # Errors
/// Where the database cannot say.
pub async fn held(
    store: &Store,
    tenant: &TenantId,
    (subject, audience): (&Subject, &AudienceName),
    organization: Option<&OrganizationId>,
) -> Result<Scopes, StoreError> {
    let rows = match organization {
        Some(organization) => {
            let place = [tenant.bind(), subject.bind(), audience.bind(), organization.bind()];
            store.rows(&HELD_WITHIN, place).await?
        }
        None => store.rows(&HELD, [tenant.bind(), subject.bind(), audience.bind()]).await?,
    };
    let names = rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<String>, _>>()?;
    Ok(names.iter().filter_map(|name| Scope::parse(name).ok()).collect())
}

fn permission(row: &mut Row) -> Result<Permission, StoreError> {
    Ok(Permission { audience: row.take()?, name: row.take()? })
}

pub(crate) const STATEMENTS: &[&Sql] = &[
    &PERMIT_ROLE,
    &PERMIT_USER,
    &FORBID_ROLE,
    &FORBID_USER,
    &ASSIGN,
    &REMOVE,
    &NO_PERMISSIONS,
    &NO_USERS,
    &FORGET_ROLES,
    &FORGET_PERMISSIONS,
    &FORGET_AT_ROLES,
    &FORGET_AT_USERS,
    &PERMISSIONS,
    &COUNT_PERMISSIONS,
    &USERS,
    &COUNT_USERS,
    &OF_USER,
    &COUNT_OF_USER,
    &SOURCES,
    &HELD,
    &HELD_WITHIN,
];

const PERMIT_ROLE: Sql = Sql::new(
    "INSERT INTO role_permissions (tenant, role, audience, permission) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING",
);

const PERMIT_USER: Sql = Sql::new(
    "INSERT INTO user_permissions (tenant, subject, audience, permission) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING",
);

const FORBID_ROLE: Sql = Sql::new(
    "DELETE FROM role_permissions WHERE tenant = $1 AND role = $2 AND audience = $3 AND permission = $4",
);

const FORBID_USER: Sql = Sql::new(
    "DELETE FROM user_permissions WHERE tenant = $1 AND subject = $2 AND audience = $3 AND permission = $4",
);

const ASSIGN: Sql =
    Sql::new("INSERT INTO user_roles (tenant, subject, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");

const REMOVE: Sql = Sql::new("DELETE FROM user_roles WHERE tenant = $1 AND subject = $2 AND role = $3");

const NO_PERMISSIONS: Sql = Sql::new("DELETE FROM role_permissions WHERE tenant = $1 AND role = $2");

const NO_USERS: Sql = Sql::new("DELETE FROM user_roles WHERE tenant = $1 AND role = $2");

const FORGET_ROLES: Sql = Sql::new("DELETE FROM user_roles WHERE tenant = $1 AND subject = $2");

const FORGET_PERMISSIONS: Sql = Sql::new("DELETE FROM user_permissions WHERE tenant = $1 AND subject = $2");

const FORGET_AT_ROLES: Sql = Sql::new("DELETE FROM role_permissions WHERE tenant = $1 AND audience = $2");

const FORGET_AT_USERS: Sql = Sql::new("DELETE FROM user_permissions WHERE tenant = $1 AND audience = $2");

const PERMISSIONS: Sql = Sql::new(
    "SELECT audience, permission FROM role_permissions
     WHERE tenant = $1 AND role = $2 AND audience > $3
     ORDER BY audience, permission LIMIT $4 OFFSET $5",
);

const COUNT_PERMISSIONS: Sql =
    Sql::new("SELECT count(*) FROM role_permissions WHERE tenant = $1 AND role = $2");

const USERS: Sql = Sql::new(
    "SELECT u.id, u.revision, u.doc FROM user_roles r
     JOIN users u ON u.tenant = r.tenant AND u.id = r.subject
     WHERE r.tenant = $1 AND r.role = $2 AND r.subject > $3
     ORDER BY r.subject LIMIT $4 OFFSET $5",
);

const COUNT_USERS: Sql = Sql::new("SELECT count(*) FROM user_roles WHERE tenant = $1 AND role = $2");

const OF_USER: Sql = Sql::new(
    "SELECT o.id, o.revision, o.doc FROM user_roles r
     JOIN roles o ON o.tenant = r.tenant AND o.id = r.role
     WHERE r.tenant = $1 AND r.subject = $2 AND r.role > $3
     ORDER BY r.role LIMIT $4 OFFSET $5",
);

const COUNT_OF_USER: Sql = Sql::new("SELECT count(*) FROM user_roles WHERE tenant = $1 AND subject = $2");

const SOURCES: Sql = Sql::new(
    "SELECT p.audience AS audience, p.permission AS permission, o.id AS role, o.doc ->> 'name' AS name
     FROM user_roles r
     JOIN role_permissions p ON p.tenant = r.tenant AND p.role = r.role
     JOIN roles o ON o.tenant = r.tenant AND o.id = r.role
     WHERE r.tenant = $1 AND r.subject = $2
     UNION ALL
     SELECT audience, permission, '', '' FROM user_permissions WHERE tenant = $1 AND subject = $2
     ORDER BY audience, permission, role",
);

const HELD: Sql = Sql::new(
    "SELECT p.permission FROM user_roles r
     JOIN role_permissions p ON p.tenant = r.tenant AND p.role = r.role
     WHERE r.tenant = $1 AND r.subject = $2 AND p.audience = $3
     UNION
     SELECT permission FROM user_permissions WHERE tenant = $1 AND subject = $2 AND audience = $3",
);

/// Whoever leaves an organization has no roles there any more.
const HELD_WITHIN: Sql = Sql::new(
    "SELECT DISTINCT p.permission FROM organization_member_roles r
     JOIN role_permissions p ON p.tenant = r.tenant AND p.role = r.role
     WHERE r.tenant = $1 AND r.subject = $2 AND p.audience = $3 AND r.organization = $4",
);
