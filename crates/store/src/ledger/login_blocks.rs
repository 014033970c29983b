//! Who is kept out for having failed too often: begun, seen, taken back, forgotten.
//!
//! The count itself is fleeting, and it alone keeps anybody out. A row says which count that is, and of whom.

use keybound_authority::model::name::ConnectionName;
use keybound_proto::id::TenantId;
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::fleeting::Key;
use crate::sql::{Batch, Bind, Sql, Store};

/// A count that reached its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginBlock {
    /// Which count.
    pub key: Key,
    /// What somebody typed, as it is compared.
    pub identifier: Box<str>,
    /// Where they wanted to come in.
    pub connection: ConnectionName,
    /// From which address; none where it does not matter.
    pub address: Option<String>,
    /// How many it takes.
    pub most: u64,
    /// When it is over by itself.
    pub until: Timestamp,
}

/// Notes one, unless it is noted already.
pub fn begin(batch: &mut Batch, tenant: &TenantId, block: &LoginBlock) {
    batch.any(
        &BEGIN,
        [
            tenant.bind(),
            block.key.bind(),
            block.identifier.bind(),
            block.connection.bind(),
            block.address.bind(),
            i64::try_from(block.most).unwrap_or(i64::MAX).bind(),
            block.until.bind(),
        ],
    );
}

/// Those of an identifier that are not over by themselves; whether the count still stands there, only it can say.
///
/// # Errors
/// Where the database cannot say.
pub async fn of(
    store: &Store,
    tenant: &TenantId,
    identifier: &str,
    now: Timestamp,
) -> Result<Vec<LoginBlock>, StoreError> {
    let rows = store.rows(&OF, [tenant.bind(), identifier.bind(), now.bind()]).await?;
    let read = rows.into_iter().map(|mut row| {
        Ok(LoginBlock {
            key: row.take()?,
            identifier: identifier.into(),
            connection: row.take()?,
            address: row.take()?,
            most: row.take::<i64>()?.unsigned_abs(),
            until: row.take()?,
        })
    });
    read.collect()
}

/// Takes those of an identifier back.
pub fn forget(batch: &mut Batch, tenant: &TenantId, identifier: &str) {
    batch.any(&FORGET, [tenant.bind(), identifier.bind()]);
}

pub(crate) const STATEMENTS: &[&Sql] = &[&BEGIN, &OF, &FORGET];

const BEGIN: Sql = Sql::new(
    "INSERT INTO login_blocks (tenant, key, identifier, connection, address, most, until)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant, key) DO UPDATE SET until = excluded.until",
);

const OF: Sql = Sql::new(
    "SELECT key, connection, address, most, until FROM login_blocks
     WHERE tenant = $1 AND identifier = $2 AND until > $3 ORDER BY until, key LIMIT 1000",
);

const FORGET: Sql = Sql::new("DELETE FROM login_blocks WHERE tenant = $1 AND identifier = $2");
