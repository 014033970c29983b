//! A few rows of many that belong to one thing.

use keybound_proto::id::TenantId;

use crate::error::StoreError;
use crate::sql::{Bind, Row, Sql, Store};

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

/// A few rows of many that belong to one, and how many there are in all.
pub(super) async fn page<T>(
    store: &Store,
    (page, count): (&'static Sql, &'static Sql),
    (tenant, one): (&TenantId, &str),
    slice: Slice<'_>,
    read: impl Fn(&mut Row) -> Result<T, StoreError>,
) -> Result<(Vec<T>, i64), StoreError> {
    let values = [tenant.bind(), one.bind(), slice.after.bind(), slice.take.bind(), slice.skip.bind()];
    let rows = store.rows(page, values).await?;
    counted(rows, store.rows(count, [tenant.bind(), one.bind()]).await?, read)
}

/// What a page and its count say.
pub(super) fn counted<T>(
    rows: Vec<Row>,
    mut total: Vec<Row>,
    read: impl Fn(&mut Row) -> Result<T, StoreError>,
) -> Result<(Vec<T>, i64), StoreError> {
    let found = rows.into_iter().map(|mut row| read(&mut row)).collect::<Result<Vec<T>, _>>()?;
    Ok((found, total.first_mut().map_or(Ok(0), Row::take)?))
}
