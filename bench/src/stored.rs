//! Whether a refresh costs the same beside a thousand stored refresh tokens and beside a million.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;
use tokio_postgres::types::ToSql;

use crate::{
    grant::{ADDRESS, Schema, connect},
    http,
    peer::{NODE, Parties},
    server::{Ground, Server},
    table::{Bar, Table, Unit},
    timer::median,
};

const BAR: Bar = Bar::AtLeast(90.0, Unit::Percent);

/// Rounds before and after, and refreshes of each.
const ROUNDS: usize = 3;
const REFRESHES: usize = 1_000;

/// How many tokens are added.
const MANY: u32 = 1_000_000;

/// What a copied token has of its own: its name, its family and its user, in the words of a database.
type Own = [(&'static str, &'static str); 3];

const SQLITE: Own = [
    ("digest", "randomblob(32)"),
    ("family", "lower(hex(randomblob(16)))"),
    ("subject", "'auth0|' || lower(hex(randomblob(12)))"),
];
const POSTGRES: Own = [
    ("digest", "sha256((random()::text || n)::bytea)"),
    ("family", "md5(random()::text || n)"),
    ("subject", "'auth0|' || substr(md5(random()::text || n), 1, 24)"),
];

/// Measures refreshes as the table grows, on both databases.
pub(crate) fn measure(
    table: &mut Table,
    (binary, node): (&Path, Option<&Path>),
    (folder, postgres): (&Path, Option<&str>),
) -> Result<()> {
    let what = |database: &str| {
        format!(
            "refreshes a second beside 1,000,000 stored refresh tokens, of those beside 1,000, on {database}"
        )
    };
    let Some(node) = node else {
        for database in ["SQLite", "PostgreSQL"] {
            table.not_measured(&what(database), BAR, &format!("{NODE} names no Node.js"));
        }
        return Ok(());
    };
    let server = Ground::new(folder)?.serve(binary)?;
    let grow = || on_sqlite(&server.ground().database());
    beside(table, &what("SQLite"), (node, &server), grow)?;
    drop(server);

    let Some(address) = postgres else {
        table.not_measured(&what("PostgreSQL"), BAR, &format!("{ADDRESS} names no PostgreSQL"));
        return Ok(());
    };
    let runtime = tokio::runtime::Runtime::new()?;
    let schema = runtime.block_on(Schema::make(address))?;
    let server = Ground::new(folder)?.with_data_at(schema.address()).serve(binary)?;
    let grow = || runtime.block_on(on_postgres(schema.address()));
    let measured = beside(table, &what("PostgreSQL"), (node, &server), grow);
    drop(server);
    runtime.block_on(schema.discard())?;
    measured
}

fn beside(
    table: &mut Table,
    what: &str,
    (node, server): (&Path, &Server),
    grow: impl FnOnce() -> Result<i64>,
) -> Result<()> {
    let parties = Parties::meet(node, server)?;
    let rate = || {
        let rounds = (0..ROUNDS).map(|_| http::load(server.address(), parties.ours.refreshes(REFRESHES)?));
        Ok::<_, anyhow::Error>(median(rounds.collect::<Result<Vec<_>>>()?))
    };
    // Each round adds two of each session's: the few are some thousands in the end.
    let few = rate()?;
    let stored = grow()?;
    let many = rate()?;
    table.row(what, many / few * 100.0, BAR, format!("{few:.0}/s at first, {many:.0}/s beside {stored}"));
    Ok(())
}

/// Copies one refresh token over and over from a table of numbers `n`.
fn copying(columns: &[String], own: Own, counted: &str) -> String {
    let value = |column: &String| {
        let own = own.iter().find(|(name, _)| name == column);
        own.map_or_else(|| column.clone(), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    format!(
        "INSERT INTO refresh_tokens ({}) SELECT {}
         FROM ({counted}) AS counted, (SELECT * FROM refresh_tokens WHERE spent_at IS NULL LIMIT 1) AS one",
        columns.join(", "),
        values.join(", ")
    )
}

/// How many tokens that makes.
fn on_sqlite(database: &Path) -> Result<i64> {
    let connection = Connection::open(database)?;
    connection.busy_timeout(std::time::Duration::from_secs(60))?;
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info('refresh_tokens')")?;
    let columns = columns.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let counted =
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $1) SELECT n FROM c";
    connection.execute(&copying(&columns, SQLITE, counted), [MANY])?;
    Ok(connection.query_row("SELECT count(*) FROM refresh_tokens", [], |row| row.get(0))?)
}

/// The same.
async fn on_postgres(address: &str) -> Result<i64> {
    let client = connect(address).await?;
    let columns = client
        .query(
            "SELECT column_name::text FROM information_schema.columns
             WHERE table_name = 'refresh_tokens' AND table_schema = current_schema()",
            &[],
        )
        .await?;
    let columns = columns.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let counted = "SELECT n FROM generate_series(1::bigint, $1) AS n";
    let many: &(dyn ToSql + Sync) = &i64::from(MANY);
    client.execute(&copying(&columns, POSTGRES, counted), &[many]).await?;
    Ok(client.query_one("SELECT count(*) FROM refresh_tokens", &[]).await?.try_get(0)?)
}
