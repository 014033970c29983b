//! By which connections people come in to an organization.

use keybound_authority::model::connection::Signup;
use keybound_authority::model::name::ConnectionName;
use keybound_authority::model::organization::{Entrance, Joining};
use keybound_proto::id::TenantId;

use crate::documents::{Connections, Document, read};
use crate::error::StoreError;
use crate::ledger::slice::{Slice, page};
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// The connection was not one of the organization's yet.
pub const CONNECTED: Guard = Guard::new("organization_connections.new");

/// A connection of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enabled {
    /// Its document's id.
    pub connection: Box<str>,
    /// Its name.
    pub name: ConnectionName,
    /// How it takes people in.
    pub entrance: Entrance,
    /// Whether its button is shown, where connections have buttons.
    pub button: bool,
}

/// Gives an organization a connection. The batch fails by [`CONNECTED`] if it has it already.
pub fn connect(batch: &mut Batch, tenant: &TenantId, organization: &str, enabled: &Enabled) {
    batch.one(CONNECTED, &CONNECT, values(tenant, organization, enabled));
}

/// Changes how a connection takes people in; nothing happens where the organization does not have it.
pub fn set(batch: &mut Batch, tenant: &TenantId, organization: &str, enabled: &Enabled) {
    batch.any(&SET, values(tenant, organization, enabled));
}

/// Takes a connection from an organization.
pub fn disconnect(batch: &mut Batch, tenant: &TenantId, (organization, connection): (&str, &str)) {
    batch.any(&DISCONNECT, [tenant.bind(), organization.bind(), connection.bind()]);
}

/// Takes a connection from every organization.
pub fn forget_connection(batch: &mut Batch, tenant: &TenantId, connection: &str) {
    batch.any(&FORGET, [tenant.bind(), connection.bind()]);
}

/// One connection of an organization, with its document.
///
/// # Errors
/// Where the database cannot say.
pub async fn connected(
    store: &Store,
    tenant: &TenantId,
    (organization, connection): (&str, &str),
) -> Result<Option<(Enabled, Document<Connections>)>, StoreError> {
    let values = [tenant.bind(), organization.bind(), connection.bind()];
    match store.optional(&FIND, values).await? {
        Some(mut row) => one(store, tenant, &mut row).map(Some),
        None => Ok(None),
    }
}

/// The connections of an organization, in the order of their ids, and how many there are in all.
///
/// # Errors
/// Where the database cannot say.
pub async fn connections(
    store: &Store,
    tenant: &TenantId,
    organization: &str,
    slice: Slice<'_>,
) -> Result<(Vec<(Enabled, Document<Connections>)>, i64), StoreError> {
    page(store, (&PAGE, &COUNT), (tenant, organization), slice, |row| one(store, tenant, row)).await
}

/// What stands in the columns `joins` and `signup`, both null where there is no such connection.
pub(super) fn entrance(row: &mut Row) -> Result<Option<Entrance>, StoreError> {
    let (joins, signup): (Option<bool>, Option<bool>) = (row.take()?, row.take()?);
    Ok(joins.zip(signup).map(|(joins, signup)| Entrance {
        joining: if joins { Joining::OnLogin } else { Joining::ByName },
        signup: if signup { Signup::Open } else { Signup::Closed },
    }))
}

fn one(
    store: &Store,
    tenant: &TenantId,
    row: &mut Row,
) -> Result<(Enabled, Document<Connections>), StoreError> {
    let (connection, name) = (row.take::<String>()?.into(), row.take()?);
    let entrance = entrance(row)?.ok_or_else(|| row.corrupt("a connection without an entrance"))?;
    let enabled = Enabled { connection, name, entrance, button: row.take()? };
    Ok((enabled, read(store, tenant, row)?))
}

fn values(tenant: &TenantId, organization: &str, enabled: &Enabled) -> [crate::sql::Value; 7] {
    [
        tenant.bind(),
        organization.bind(),
        enabled.connection.bind(),
        enabled.name.bind(),
        (enabled.entrance.joining == Joining::OnLogin).bind(),
        (enabled.entrance.signup == Signup::Open).bind(),
        enabled.button.bind(),
    ]
}

pub(crate) const STATEMENTS: &[&Sql] = &[&CONNECT, &SET, &DISCONNECT, &FORGET, &FIND, &PAGE, &COUNT];

const CONNECT: Sql = Sql::new(
    "INSERT INTO organization_connections (tenant, organization, connection, name, joins, signup, button)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
);

const SET: Sql = Sql::new(
    "UPDATE organization_connections SET name = $4, joins = $5, signup = $6, button = $7
     WHERE tenant = $1 AND organization = $2 AND connection = $3",
);

const DISCONNECT: Sql = Sql::new(
    "DELETE FROM organization_connections WHERE tenant = $1 AND organization = $2 AND connection = $3",
);

const FORGET: Sql = Sql::new("DELETE FROM organization_connections WHERE tenant = $1 AND connection = $2");

const FIND: Sql = Sql::new(
    "SELECT e.connection, e.name, e.joins, e.signup, e.button, c.id, c.revision, c.doc
     FROM organization_connections e JOIN connections c ON c.tenant = e.tenant AND c.id = e.connection
     WHERE e.tenant = $1 AND e.organization = $2 AND e.connection = $3",
);

const PAGE: Sql = Sql::new(
    "SELECT e.connection, e.name, e.joins, e.signup, e.button, c.id, c.revision, c.doc
     FROM organization_connections e JOIN connections c ON c.tenant = e.tenant AND c.id = e.connection
     WHERE e.tenant = $1 AND e.organization = $2 AND e.connection > $3
     ORDER BY e.connection LIMIT $4 OFFSET $5",
);

const COUNT: Sql =
    Sql::new("SELECT count(*) FROM organization_connections WHERE tenant = $1 AND organization = $2");
