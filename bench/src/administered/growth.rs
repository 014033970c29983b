//! A tenant grows: users and rows of its log are copied inside of the database.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use rusqlite::Connection;
use tokio_postgres::types::ToSql;

use crate::grant::connect;

/// How large a tenant is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) events: usize,
}

/// A database from outside.
pub(crate) enum Growth {
    /// The file.
    Sqlite(PathBuf),
    /// The address, with its schema.
    Postgres(String),
}

/// What a copy has of its own, in the words of a database, with `n` for its number.
struct Words {
    numbers: &'static str,
    doc: &'static str,
    columns: &'static str,
    analyze: &'static str,
}

const SQLITE: Words = Words {
    numbers: "(WITH RECURSIVE c(n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM c WHERE n < $2 - 1) SELECT n FROM c)",
    doc: "json_set(one.doc, '$.email', 'person' || n || '@example.com', '$.name', 'Person ' || n,
          '$.nickname', 'person' || n, '$.found_by.name', 'person ' || n, '$.identities[0].user_id', 'person' || n)",
    columns: "SELECT name FROM pragma_table_info('events')",
    analyze: "ANALYZE",
};
const POSTGRES: Words = Words {
    numbers: "(SELECT n FROM generate_series($1::bigint, $2::bigint - 1) AS n)",
    doc: "one.doc || jsonb_build_object('email', 'person' || n || '@example.com', 'name', 'Person ' || n,
          'nickname', 'person' || n, 'found_by', jsonb_build_object('domain', 'example.com', 'name', 'person ' || n),
          'identities', jsonb_set(one.doc -> 'identities', '{0,user_id}', to_jsonb('person' || n)))",
    columns: "SELECT column_name::text FROM information_schema.columns
              WHERE table_name = 'events' AND table_schema = current_schema()",
    // As it does by itself after so many rows, a while later.
    analyze: "VACUUM ANALYZE",
};

/// The number a table is copied from on, and the one it ends before.
type Range = (i64, i64);

impl Words {
    fn users(&self) -> String {
        format!(
            "INSERT INTO users (tenant, id, revision, doc) SELECT one.tenant, 'auth0|person' || n, 0, {}
             FROM {} AS counted, (SELECT * FROM users WHERE id = 'auth0|person0') AS one",
            self.doc, self.numbers
        )
    }

    /// Copies of one row, each a second later, about another user, and one in ten of them a login.
    fn events(&self, columns: &[String]) -> String {
        let value = |column: &String| match column.as_str() {
            "id" => "substr(one.id, 1, 8) || (1000000000 + n)".to_owned(),
            "at" => "one.at + n".to_owned(),
            "kind" => "CASE n % 10 WHEN 0 THEN 's' ELSE one.kind END".to_owned(),
            "subject" => "'auth0|person' || n".to_owned(),
            other => format!("one.{other}"),
        };
        let values: Vec<String> = columns.iter().map(value).collect();
        format!(
            "INSERT INTO events ({}) SELECT {} FROM {} AS counted, (SELECT * FROM events LIMIT 1) AS one",
            columns.join(", "),
            values.join(", "),
            self.numbers
        )
    }
}

impl Growth {
    /// Grows to that size; it never shrinks.
    pub(crate) fn to(&self, size: Size) -> Result<()> {
        let made = match self {
            Self::Sqlite(path) => on_sqlite(&Connection::open(path)?, size)?,
            Self::Postgres(address) => {
                tokio::runtime::Runtime::new()?.block_on(on_postgres(address, size))?
            }
        };
        ensure!(made >= i64::try_from(size.users)?, "there are {made} users");
        Ok(())
    }
}

fn on_sqlite(connection: &Connection, size: Size) -> Result<i64> {
    connection.busy_timeout(std::time::Duration::from_secs(60))?;
    let count = |table: &str| {
        connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
    };
    let mut columns = connection.prepare(SQLITE.columns)?;
    let columns = columns.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for (text, (from, to)) in statements(&SQLITE, &columns, size, (count("users")?, count("events")?))? {
        connection.execute(&text, [from, to])?;
    }
    connection.execute_batch(SQLITE.analyze)?;
    Ok(count("users")?)
}

async fn on_postgres(address: &str, size: Size) -> Result<i64> {
    let client = connect(address).await?;
    let columns = client.query(POSTGRES.columns, &[]).await?;
    let columns = columns.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    let users: i64 = client.query_one("SELECT count(*) FROM users", &[]).await?.try_get(0)?;
    let events: i64 = client.query_one("SELECT count(*) FROM events", &[]).await?.try_get(0)?;
    for (text, (from, to)) in statements(&POSTGRES, &columns, size, (users, events))? {
        let numbers: [&(dyn ToSql + Sync); 2] = [&from, &to];
        client.execute(&text, &numbers).await?;
    }
    client.batch_execute(POSTGRES.analyze).await?;
    Ok(client.query_one("SELECT count(*) FROM users", &[]).await?.try_get(0)?)
}

/// Users are numbered without gaps, since each is asked for by number.
fn statements(
    words: &Words,
    columns: &[String],
    size: Size,
    (users, events): (i64, i64),
) -> Result<[(String, Range); 2]> {
    Ok([
        (words.users(), (users, i64::try_from(size.users)?)),
        (words.events(columns), (events, i64::try_from(size.events)?)),
    ])
}
