//! Brings a database to the shape this program knows.

use super::composed::BYTEWISE;
use super::sqlite::refused as sqlite_refused;
use crate::error::StoreError;

/// Every migration, in order; the first is version 1. What shipped is never edited: a change is a new file.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_foundation.sql"),
    include_str!("../../migrations/0002_logout_notices.sql"),
    include_str!("../../migrations/0003_second_factors.sql"),
    include_str!("../../migrations/0004_organizations.sql"),
    include_str!("../../migrations/0005_rate_limits.sql"),
    include_str!("../../migrations/0006_login_blocks.sql"),
    include_str!("../../migrations/0007_signing_certificates.sql"),
    include_str!("../../migrations/0008_roles.sql"),
    include_str!("../../migrations/0009_kept.sql"),
    include_str!("../../migrations/0010_people.sql"),
    include_str!("../../migrations/0011_enrollments.sql"),
    include_str!("../../migrations/0012_search.sql"),
    include_str!("../../migrations/0013_job_parts.sql"),
    include_str!("../../migrations/0014_unfinished.sql"),
    include_str!("../../migrations/0015_organization_of_events.sql"),
    include_str!("../../migrations/0016_counted.sql"),
    include_str!("../../migrations/0017_organization_member_roles.sql"),
    include_str!("../../migrations/0018_default_grants.sql"),
];

/// Newest version this program knows.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// What two programs that start at once agree to wait for (PostgreSQL advisory lock).
const LOCK: i64 = 0x6b65_7962_6f75_6e64;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY)";
const NEWEST: &str = "SELECT coalesce(max(version), 0) FROM schema_versions";

pub(super) fn sqlite(connection: &mut rusqlite::Connection) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(sqlite_refused)?;
    transaction.execute_batch(TABLE).map_err(sqlite_refused)?;
    let found = transaction.query_row(NEWEST, [], |row| row.get(0)).map_err(sqlite_refused)?;
    for (version, text) in missing(found)? {
        let text = meant_for("SQLite", text).replace(BYTEWISE, "");
        transaction.execute_batch(&text).map_err(sqlite_refused)?;
        transaction
            .execute("INSERT INTO schema_versions (version) VALUES (?1)", [version])
            .map_err(sqlite_refused)?;
    }
    transaction.commit().map_err(sqlite_refused)
}

pub(super) async fn postgres(client: &mut tokio_postgres::Client) -> Result<(), StoreError> {
    use super::postgres::refused;
    let transaction = client.transaction().await.map_err(refused)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(refused)?;
    transaction.batch_execute(TABLE).await.map_err(refused)?;
    let found = transaction.query_one(NEWEST, &[]).await.map_err(refused)?.get(0);
    for (version, text) in missing(found)? {
        transaction.batch_execute(&meant_for("PostgreSQL", text)).await.map_err(refused)?;
        transaction
            .execute("INSERT INTO schema_versions (version) VALUES ($1)", &[&version])
            .await
            .map_err(refused)?;
    }
    transaction.commit().await.map_err(refused)
}

/// What a migration says to that database. Triggers are written differently for each: a line `-- On SQLite:` begins
/// what is for it alone, `-- On both:` what is for all again.
fn meant_for(database: &str, text: &str) -> String {
    let mut parts = text.split("\n-- On ");
    let mut meant = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some((whom, part)) = part.split_once(":\n")
            && (whom == database || whom == "both")
        {
            meant.push('\n');
            meant.push_str(part);
        }
    }
    meant
}

fn missing(found: i64) -> Result<impl Iterator<Item = (i64, &'static str)>, StoreError> {
    if found > KNOWN {
        return Err(StoreError::NewerSchema { found, known: KNOWN });
    }
    Ok((1..).zip(MIGRATIONS.iter().copied()).filter(move |(version, _)| *version > found))
}
