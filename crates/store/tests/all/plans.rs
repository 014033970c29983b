//! No statement that a request waits for reads a whole table.

use keybound_store::testing::shared;
use keybound_store::{Database, Sql, census};

use crate::shapes::postgres;

/// Statements that may: they show pages, or filter them.
fn may_scan(text: &str) -> bool {
    text.contains("count(*)") || text.contains("OFFSET") || text.contains("CAST(1 AS BIGINT)")
}

#[tokio::test]
async fn every_statement_of_a_request_finds_its_rows_by_an_index() {
    let statements: Vec<_> =
        census::statements().into_iter().filter(|sql| !may_scan(sql.postgres())).collect();
    assert!(statements.len() > 40, "only {}", statements.len());
    for db in shared().await {
        for sql in &statements {
            let plan = match &db.database {
                Database::Sqlite { path, .. } => sqlite_plan(path, sql),
                Database::Postgres { address, .. } => postgres_plan(address.reveal(), sql).await,
                _ => unreachable!("memory is not shared"),
            };
            let scans = plan.lines().any(|line| {
                let line = line.trim();
                // `SCAN CONSTANT ROW` reads no table.
                line.contains("Seq Scan")
                    || (line.starts_with("SCAN") && !line.contains("USING") && !line.contains("CONSTANT"))
            });
            assert!(!scans, "{}: {}\n{plan}", db.name, sql.postgres());
        }
    }
}

fn sqlite_plan(path: &std::path::Path, sql: &Sql) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.sqlite())).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let lines =
        statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

/// PostgreSQL scans tiny tables whatever there is: what counts is whether it could do otherwise.
async fn postgres_plan(address: &str, sql: &Sql) -> String {
    let client = postgres(address).await;
    let parameters = client.prepare(sql.postgres()).await.unwrap().params().len();
    let nothing = vec!["NULL"; parameters].join(", ");
    let arguments = if parameters == 0 { String::new() } else { format!("({nothing})") };
    client
        .batch_execute(&format!(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE it AS {}",
            sql.postgres()
        ))
        .await
        .unwrap();
    let rows = client.query(&format!("EXPLAIN EXECUTE it{arguments}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}
