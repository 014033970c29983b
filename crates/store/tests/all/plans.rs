//! No statement that a request waits for reads a whole table.

use keybound_api::search::{self, Search};
use keybound_store::documents::{self, Wanted};
use keybound_store::events::{self, Asked};
use keybound_store::testing::shared;
use keybound_store::{Composed, Database, Order, Sql, Value, census};

use crate::seed::tenant;
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

/// What somebody searches for is planned with what they said, and must not read all there is.
#[tokio::test]
async fn every_search_that_an_index_can_answer_is_answered_by_one() {
    for db in shared().await {
        if let Database::Postgres { address, .. } = &db.database {
            populate(address.reveal()).await;
        }
        for (name, composed) in searches(&db) {
            let plan = match &db.database {
                Database::Sqlite { path, .. } => sqlite_search(path, &composed),
                Database::Postgres { address, .. } => postgres_search(address.reveal(), &composed).await,
                _ => unreachable!("memory is not shared"),
            };
            // The key of the tenant alone finds everything the tenant has: it is enough only to walk along it.
            let scans = plan.lines().any(|line| {
                line.contains("Seq Scan") || ["SCAN users", "SCAN events"].contains(&line.trim())
            });
            assert!(!scans, "{}, {name}: {}\n{plan}", db.name, composed.text());
            let wanted = match db.database {
                Database::Sqlite { .. } if index(name) == "events_pkey" => {
                    "events_1 (tenant=? AND id>?)".to_owned()
                }
                Database::Sqlite { .. } => format!("USING INDEX {}", index(name)),
                _ => index(name).to_owned(),
            };
            assert!(plan.contains(&wanted), "{}, {name} is not answered by {wanted}:\n{plan}", db.name);
            if wanted.contains("users_connection") {
                assert!(plan.contains("users_linked"), "{}, {name} looks for linked users:\n{plan}", db.name);
                assert!(!plan.contains("Gather"), "{}, {name} takes them for many:\n{plan}", db.name);
            }
        }
    }
}

/// What is searched for, and the index that knows it.
const SEARCHES: &[(&str, &str)] = &[
    ("email:ann@example.com", "users_email"),
    ("email:ann*", "users_email"),
    ("username:ann", "users_username"),
    ("name:ann*", "users_name"),
    ("nickname:ann", "users_nickname"),
    ("given_name:a*", "users_given_name"),
    ("family_name:a*", "users_family_name"),
    ("email.domain:example.com", "users_domain"),
    ("phone_number:\\+1555", "users_phone"),
    ("created_at:[2027-01-01 TO 2027-01-02]", "users_created"),
    ("identities.connection:c7", "users_connection"),
    ("identities.connection:c7 AND app_metadata.plan:gold", "users_connection"),
];

const LOGS: &[(&str, &str)] = &[
    ("date:[2027-01-01 TO 2027-01-02]", "events_at"),
    ("user_id:auth0|1", "events_subject"),
    ("user_id:auth0|1 AND type:s", "events_subject"),
    ("type:s", "events_kind"),
    ("type:(s OR fp)", "events_kind"),
    ("type:s AND date:[2027-01-01 TO 2027-01-02]", "events_kind"),
    ("log_id:[9000000000000000000000000000000000000000000000000009990 TO *]", "events_pkey"),
];

fn index(name: &str) -> &'static str {
    let (_, index) = SEARCHES.iter().chain(LOGS).find(|(own, _)| *own == name).unwrap();
    index
}

fn searches(db: &keybound_store::Store) -> Vec<(&'static str, Composed)> {
    let mut all = Vec::new();
    for (query, _) in SEARCHES {
        let search = Search::parse(query, &search::USERS).unwrap();
        let wanted = Wanted { search: Some(&search), take: 50, ..Wanted::default() };
        all.push((*query, documents::users_statement(db, &tenant(), &wanted)));
    }
    for (query, _) in LOGS {
        let search = Search::parse(query, &search::LOGS).unwrap();
        let sort = events::sort("date", Order::Descending).unwrap();
        let asked = Asked { search: Some(&search), sort: Some(&sort), take: 50, ..Asked::default() };
        all.push((*query, events::statement(db, &tenant(), &asked)));
    }
    all
}

fn sqlite_search(path: &std::path::Path, composed: &Composed) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", composed.text())).unwrap();
    let values = rusqlite::params_from_iter(composed.values());
    let lines = statement.query_map(values, |row| row.get::<_, String>(3)).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

/// PostgreSQL plans by what there is: so there is something.
async fn populate(address: &str) {
    let client = postgres(address).await;
    client
        .batch_execute(
            "INSERT INTO users (tenant, id, revision, doc)
             SELECT 'default', 'auth0|' || n, 1, jsonb_build_object(
                 'email', 'u' || n || '@d' || n || '.example', 'username', 'u' || n, 'name', 'u' || n,
                 'nickname', 'u' || n, 'given_name', 'u' || n, 'family_name', 'u' || n, 'phone_number', '+' || n,
                 'created_at', to_char(timestamp '2020-01-01' + n * interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS'),
                 'found_by', jsonb_build_object('domain', 'd' || n || '.example'),
                 'identities', jsonb_build_array(jsonb_build_object('connection', 'c' || n / 100)))
             FROM generate_series(1, 10000) AS n;
             INSERT INTO events (tenant, id, kind, at, subject)
             SELECT 'default', '9' || lpad(CAST(n AS TEXT), 54, '0'), CASE n % 50 WHEN 0 THEN 's' ELSE 'ssa' END, 1700000000 + 3600 * n, 'auth0|' || n
             FROM generate_series(1, 10000) AS n;
             ANALYZE users; ANALYZE events",
        )
        .await
        .unwrap();
}

async fn postgres_search(address: &str, composed: &Composed) -> String {
    let client = postgres(address).await;
    let mut text = composed.text().to_owned();
    for (at, value) in composed.values().iter().enumerate().rev() {
        text = text.replace(&format!("${}", at + 1), &literal(value));
    }
    let rows = client.query(&format!("EXPLAIN {text}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("CAST('{}' AS TEXT)", text.replace('\'', "''")),
        Value::Int(number) => number.to_string(),
        _ => unreachable!("searches have texts and numbers"),
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
