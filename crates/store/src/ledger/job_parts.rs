//! What a job has before it and what it has made, a part at a time: so that none is held whole, and one that was cut off
//! goes on where it was.

use keybound_proto::id::TenantId;
use keybound_proto::time::Timestamp;

use crate::error::StoreError;
use crate::sql::{Batch, Bind, Guard, Row, Sql, Store};

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// That the job is to be done; the data says what it is.
    Due,
    /// What went wrong.
    Errors,
    /// What is to be worked off.
    Input,
    /// What was made.
    Output,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Errors => "errors",
            Self::Input => "input",
            Self::Output => "output",
        }
    }
}

/// Nobody worked this part off before.
pub const TAKEN: Guard = Guard::new("job_parts.taken");

/// Puts a part there, which is forgotten then, if ever.
pub fn put(
    batch: &mut Batch,
    tenant: &TenantId,
    (job, kind, part): (&str, Kind, i64),
    (data, expires_at): (&str, Option<Timestamp>),
) {
    let expires_at = expires_at.map(Timestamp::as_unix);
    batch.one(
        TAKEN,
        &PUT,
        [tenant.bind(), job.bind(), kind.name().bind(), part.bind(), data.bind(), expires_at.bind()],
    );
}

/// Takes a part away; the batch fails by [`TAKEN`] where somebody else did.
pub fn take(batch: &mut Batch, tenant: &TenantId, (job, kind, part): (&str, Kind, i64)) {
    batch.one(TAKEN, &TAKE, [tenant.bind(), job.bind(), kind.name().bind(), part.bind()]);
}

/// Nothing of that kind is there any more.
pub fn forget(batch: &mut Batch, tenant: &TenantId, (job, kind): (&str, Kind)) {
    batch.any(&FORGET, [tenant.bind(), job.bind(), kind.name().bind()]);
}

/// The first part after that one.
///
/// # Errors
/// Where the database cannot say.
pub async fn next(
    store: &Store,
    tenant: &TenantId,
    (job, kind, after): (&str, Kind, i64),
) -> Result<Option<(i64, String)>, StoreError> {
    let row = store.optional(&NEXT, [tenant.bind(), job.bind(), kind.name().bind(), after.bind()]).await?;
    row.map(|mut row| Ok((row.take()?, row.take()?))).transpose()
}

/// Jobs that are to be done, and what each is, in the order of their ids.
///
/// # Errors
/// Where the database cannot say.
pub async fn due(store: &Store, tenant: &TenantId) -> Result<Vec<(String, String)>, StoreError> {
    let rows = store.rows(&DUE, [tenant.bind()]).await?;
    rows.into_iter().map(|mut row: Row| Ok((row.take()?, row.take()?))).collect()
}

pub(crate) const STATEMENTS: &[&Sql] = &[&PUT, &TAKE, &FORGET, &NEXT, &DUE];

const PUT: Sql = Sql::new(
    "INSERT INTO job_parts (tenant, job, kind, part, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING",
);

const TAKE: Sql =
    Sql::new("DELETE FROM job_parts WHERE tenant = $1 AND job = $2 AND kind = $3 AND part = $4");

const FORGET: Sql = Sql::new("DELETE FROM job_parts WHERE tenant = $1 AND job = $2 AND kind = $3");

const NEXT: Sql = Sql::new(
    "SELECT part, data FROM job_parts WHERE tenant = $1 AND job = $2 AND kind = $3 AND part > $4
     ORDER BY part LIMIT 1",
);

const DUE: Sql =
    Sql::new("SELECT job, data FROM job_parts WHERE tenant = $1 AND kind = 'due' ORDER BY job LIMIT 1000");
