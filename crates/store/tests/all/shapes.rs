//! Schemas, and what stands in the tables.

use keybound_store::testing::{config, shared};
use keybound_store::{Database, Store, StoreError};

/// A document as it lies in its table.
pub(crate) async fn raw_document(database: &Database, table: &str, id: &str) -> String {
    let text = format!("SELECT CAST(doc AS TEXT) FROM {table} WHERE id = '{id}'");
    match database {
        Database::Sqlite { path, .. } => {
            rusqlite::Connection::open(path).unwrap().query_row(&text, [], |row| row.get(0)).unwrap()
        }
        Database::Postgres { address, .. } => {
            postgres(address.reveal()).await.query_one(&text, &[]).await.unwrap().get(0)
        }
        _ => unreachable!("memory cannot be looked into"),
    }
}

/// Puts a document into its table behind the store's back.
pub(crate) async fn put_raw_document(database: &Database, table: &str, id: &str, doc: &str) {
    let text = format!(
        "INSERT INTO {table} (tenant, id, revision, doc) VALUES ('default', '{id}', 1, '{}')",
        doc.replace('\'', "''")
    );
    run(database, &text).await;
}

/// Runs a text behind the store's back.
pub(crate) async fn run(database: &Database, text: &str) {
    match database {
        Database::Sqlite { path, .. } => {
            rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
        }
        Database::Postgres { address, .. } => {
            postgres(address.reveal()).await.batch_execute(text).await.unwrap();
        }
        _ => unreachable!("memory cannot be looked into"),
    }
}

/// A connection of the test's own.
pub(crate) async fn postgres(address: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(address, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    for db in shared().await {
        run(&db.database, "INSERT INTO schema_versions (version) VALUES (999)").await;
        let refused = Store::open(config(db.database.clone())).await.unwrap_err();
        assert!(matches!(refused, StoreError::NewerSchema { found: 999, .. }), "{}: {refused}", db.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_servers_may_open_an_empty_database_at_once() {
    for db in shared().await {
        run(&db.database, &drop_all()).await;
        let mut servers = tokio::task::JoinSet::new();
        for _ in 0..6 {
            servers.spawn(Store::open(config(db.database.clone())));
        }
        for opened in servers.join_all().await {
            opened.unwrap().ping().await.unwrap();
        }
    }
}

/// What the first migrations make, as a program of those days left it.
pub(crate) fn made_until(version: usize, database: &Database) -> String {
    let mut made: String = migrations().into_iter().take(version).collect();
    if matches!(database, Database::Sqlite { .. }) {
        made = made.replace(" COLLATE \"C\"", "");
    }
    assert!(!made.contains("\n-- On "), "a migration with parts is not read here");
    made.push_str("CREATE TABLE schema_versions (version BIGINT PRIMARY KEY);");
    for version in 1..=version {
        made.push_str(&format!("INSERT INTO schema_versions (version) VALUES ({version});"));
    }
    made
}

/// Drops what the migrations make.
pub(crate) fn drop_all() -> String {
    let made: String = migrations().concat();
    let tables = made.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split([' ', '(']).next());
    tables.chain(["schema_versions"]).map(|table| format!("DROP TABLE {table};")).collect()
}

/// The texts of all of them, in order.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused() {
    for text in ["", "sqlite:", "mysql://x", "keybound.db"] {
        let refused = Database::parse(text).unwrap_err();
        assert!(matches!(refused, StoreError::Address { .. }), "{text}: {refused}");
    }
    assert!(matches!(Database::parse("sqlite::memory:"), Ok(Database::Memory)));
    assert!(matches!(Database::parse("sqlite:a/b.db"), Ok(Database::Sqlite { .. })));
    assert!(matches!(Database::parse("postgres://h/d"), Ok(Database::Postgres { .. })));
    let url = "postgres://h/d?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=x";
    let Ok(Database::Postgres { address, roots, .. }) = Database::parse(url) else {
        unreachable!("it is one")
    };
    assert_eq!(address.reveal(), "postgres://h/d?sslmode=require&application_name=x");
    assert_eq!(roots.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    for text in ["sqlite:/nonexistent/folder/keybound.db", "postgres://nobody@127.0.0.1:1/nothing"] {
        let refused = Store::open(config(Database::parse(text).unwrap())).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{text}: {refused}");
        assert!(!refused.to_string().contains("nobody"), "{refused}");
    }
}
