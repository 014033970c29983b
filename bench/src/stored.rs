//! Whether a refresh costs the same beside a thousand stored refresh tokens and beside a million.

use std::path::Path;

use anyhow::Result;
use rusqlite::Connection;

use crate::{
    http,
    peer::{NODE, Parties},
    server::Ground,
    table::{Bar, Table, Unit},
    timer::median,
};

const WHAT: &str =
    "refreshes a second beside 1,000,000 stored refresh tokens, of those beside 1,000, on SQLite";
const BAR: Bar = Bar::AtLeast(90.0, Unit::Percent);

/// Rounds before and after, and refreshes of each.
const ROUNDS: usize = 3;
const REFRESHES: usize = 1_000;

/// Measures refreshes as the table grows.
pub(crate) fn measure(
    table: &mut Table,
    (binary, node): (&Path, Option<&Path>),
    folder: &Path,
) -> Result<()> {
    let Some(node) = node else {
        table.not_measured(WHAT, BAR, &format!("{NODE} names no Node.js"));
        return Ok(());
    };
    let server = Ground::new(folder)?.serve(binary)?;
    let parties = Parties::meet(node, &server)?;
    let rate = || {
        let rounds = (0..ROUNDS).map(|_| http::load(server.address(), parties.ours.refreshes(REFRESHES)?));
        Ok::<_, anyhow::Error>(median(rounds.collect::<Result<Vec<_>>>()?))
    };
    // Each round adds two of each session's: the few are some thousands in the end.
    let few = rate()?;
    let stored = grow(&server.ground().database(), 1_000_000)?;
    let many = rate()?;
    table.row(WHAT, many / few * 100.0, BAR, format!("{few:.0}/s at first, {many:.0}/s beside {stored}"));
    Ok(())
}

/// Copies one refresh token over and over, each with a name, a family and a user of its own; how many that makes.
fn grow(database: &Path, to: u32) -> Result<i64> {
    let connection = Connection::open(database)?;
    connection.busy_timeout(std::time::Duration::from_secs(60))?;
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info('refresh_tokens')")?;
    let columns = columns.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let value = |column: &String| match column.as_str() {
        "digest" => "randomblob(32)".to_owned(),
        "family" => "lower(hex(randomblob(16)))".to_owned(),
        "subject" => "'auth0|' || lower(hex(randomblob(12)))".to_owned(),
        other => other.to_owned(),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    connection.execute(
        &format!(
            "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < $1)
             INSERT INTO refresh_tokens ({}) SELECT {}
             FROM counted, (SELECT * FROM refresh_tokens WHERE spent_at IS NULL LIMIT 1)",
            columns.join(", "),
            values.join(", ")
        ),
        [to],
    )?;
    Ok(connection.query_row("SELECT count(*) FROM refresh_tokens", [], |row| row.get(0))?)
}
