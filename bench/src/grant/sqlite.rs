//! On SQLite with `synchronous=full`, against a bare connection that commits as many at a time as there are callers.

use std::path::Path;

use anyhow::{Context as _, Result};
use keybound_proto::secret::Secret;
use keybound_store::{Database, Durability, Store, StoreConfig, Value};
use rusqlite::{
    Connection, Statement, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{CALLERS, GRANTS, ROUNDS, Statements, through_the_store, waiting};
use crate::{
    table::{Bar, Table, Unit},
    timer::{median, rate},
};

/// Measures durable token issues on SQLite.
pub(crate) fn measure(table: &mut Table, folder: &Path) -> Result<()> {
    let folder = tempfile::tempdir_in(folder)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let (ours, theirs) = (folder.path().join("ours.db"), folder.path().join("theirs.db"));
    let store = runtime.block_on(open(&ours))?;
    // The bare connection's tables are the store's, made by its migrations.
    let beside = runtime.block_on(open(&theirs))?;
    let connection = bare(&theirs)?;
    let (mut ratios, mut stores, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let through = || {
            let grants = runtime.block_on(waiting(&store))?;
            rate(GRANTS, || runtime.block_on(through_the_store(&grants, &store)))
        };
        let past = || {
            let grants = runtime.block_on(waiting(&beside))?;
            let values: Vec<_> =
                grants.iter().enumerate().map(|(n, grant)| grant.values(round * GRANTS + n)).collect();
            rate(GRANTS, || past_the_store(&connection, &values))
        };
        let (through, past) = if round % 2 == 0 {
            let through = through()?;
            (through, past()?)
        } else {
            let past = past()?;
            (through()?, past)
        };
        ratios.push(through / past * 100.0);
        stores.push(through);
        bares.push(past);
    }
    table.row(
        "durable token issues on SQLite, `synchronous=full`, 32 callers",
        median(ratios),
        Bar::AtLeast(70.0, Unit::Percent),
        format!(
            "{:.0}/s; bare rusqlite committing {CALLERS} at a time: {:.0}/s",
            median(stores),
            median(bares)
        ),
    );
    Ok(())
}

async fn open(path: &Path) -> Result<Store> {
    let database = Database::Sqlite { path: path.to_owned(), durability: Durability::Full };
    Ok(Store::open(StoreConfig { database, master: Secret::new([7; 32]) }).await?)
}

fn bare(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    for (pragma, value) in [("journal_mode", "WAL"), ("synchronous", "FULL"), ("temp_store", "MEMORY")] {
        connection.pragma_update(None, pragma, value)?;
    }
    connection.set_prepared_statement_cache_capacity(16);
    Ok(connection)
}

/// The same statements with the same values, and nobody to answer to.
fn past_the_store(connection: &Connection, grants: &[[Vec<Value>; 3]]) -> Result<()> {
    let statements = Statements::of_the_store()?;
    let mut statements = [statements.spend, statements.issue, statements.record]
        .map(|sql| connection.prepare_cached(&sql.sqlite()));
    let mut begin = connection.prepare_cached("BEGIN IMMEDIATE")?;
    let mut commit = connection.prepare_cached("COMMIT")?;
    for group in grants.chunks(CALLERS) {
        begin.execute([])?;
        for grant in group {
            for (statement, values) in statements.iter_mut().zip(grant) {
                let statement = statement.as_mut().map_err(|error| anyhow::anyhow!("{error}"))?;
                let changed = execute(statement, values)?;
                (changed == 1).then_some(()).context("every statement changes one row")?;
            }
        }
        commit.execute([])?;
    }
    Ok(())
}

fn execute(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<usize> {
    statement.execute(params_from_iter(values.iter().map(Bound)))
}

/// A value as rusqlite binds it, without a copy.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Text(text) | Value::Json(text) => ValueRef::Text(text.as_bytes()),
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Bool(is) => ValueRef::Integer(i64::from(*is)),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
