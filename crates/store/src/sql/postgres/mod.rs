//! PostgreSQL: a pool of connections, and a batch in one round trip.

mod compose;
mod convert;
mod tls;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{ToSql, Type};

use self::compose::Compositions;
pub(super) use self::convert::refused;
use super::composed::PATIENCE as PATIENCE_OF_QUESTIONS;
use super::{Batch, Composed, Row, Sql, Value, migrate};
use crate::error::StoreError;

/// How often a batch is tried again when the database itself asks for it (deadlock).
const TRIES: usize = 3;

/// A PostgreSQL database, connected.
#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
    compositions: Compositions,
}

impl Postgres {
    pub(super) async fn open(
        address: &str,
        connections: std::num::NonZeroUsize,
        roots: Option<&std::path::Path>,
    ) -> Result<Self, StoreError> {
        let mut config: tokio_postgres::Config =
            address.parse().map_err(|error| StoreError::Address { reason: tell(&error) })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(PATIENCE);
        }
        if config.get_application_name().is_none() {
            config.application_name("keybound");
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match config.get_ssl_mode() {
            SslMode::Require => Manager::from_config(config, tls::Connector::new(roots)?, recycling),
            _ => Manager::from_config(config, NoTls, recycling),
        };
        let pool = Pool::builder(manager)
            .max_size(connections.get())
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(StoreError::unavailable)?;
        let database = Self { pool, compositions: Compositions::default() };
        let mut first = database.client().await?;
        migrate::postgres(&mut first).await?;
        Ok(database)
    }

    /// Applies a batch whole.
    pub(super) async fn apply(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let composed = self.compositions.of(batch);
        let client = self.client().await?;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            let statement = client.prepare_cached(composed.text()).await.map_err(refused)?;
            match client.execute_raw(&statement, batch.values.iter()).await {
                Ok(changed) => return composed.judge(batch, changed),
                Err(error) if tries > 0 && convert::wants_another_try(&error) => {}
                Err(error) => return Err(composed.failed(batch, error)),
            }
        }
    }

    /// Runs a statement and answers with its rows.
    pub(super) async fn rows(&self, sql: &'static Sql, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let statement = client.prepare_cached(sql.postgres()).await.map_err(refused)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        let rows = client.query(&statement, &values).await.map_err(refused)?;
        rows.iter().map(|row| convert::row(row, sql.place())).collect()
    }

    /// Answers one question, as far as there is time for it, in one round trip: the three messages go out together.
    ///
    /// It is planned for the very values it has. No plan of one question is worth keeping, or compiling, for the next.
    pub(super) async fn found(&self, composed: &Composed) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        let values: Vec<(&(dyn ToSql + Sync), Type)> =
            composed.values().iter().map(|value| (value as _, convert::kind(value))).collect();
        let begin = format!(
            "BEGIN READ ONLY; SET LOCAL jit = off; SET LOCAL statement_timeout = {}",
            PATIENCE_OF_QUESTIONS.as_millis()
        );
        let (begun, rows, ended) = tokio::join!(
            client.batch_execute(&begin),
            client.query_typed(composed.text(), &values),
            client.batch_execute("COMMIT"),
        );
        begun.map_err(refused)?;
        ended.map_err(refused)?;
        rows.map_err(refused)?.iter().map(|row| convert::row(row, composed.place())).collect()
    }

    /// Whether every statement can be prepared; the first that cannot is the error.
    pub(super) async fn prepares(&self, statements: Vec<&'static Sql>) -> Result<(), StoreError> {
        let client = self.client().await?;
        for sql in statements {
            client.prepare(sql.postgres()).await.map_err(|error| StoreError::Database {
                reason: format!("{}: {}", tell(&error), sql.postgres()),
            })?;
        }
        Ok(())
    }

    async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(|error| StoreError::unavailable(tell(&error)))
    }
}

/// How long to wait for a connection.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// An error and its causes, in one line.
fn tell(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
