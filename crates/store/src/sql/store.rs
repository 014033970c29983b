//! A store: whichever database it is, the same few verbs.

use std::sync::Arc;

use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{Batch, Composed, Dialect, Row, Sql, Value};
use crate::config::{Database, StoreConfig};
use crate::documents;
use crate::error::StoreError;
use crate::events::Sequence;
use crate::keys::Keys;
use crate::ledger;

/// Everything that outlives a request. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    keys: Keys,
    sequence: Sequence,
}

/// The two databases.
#[derive(Debug)]
enum Db {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens the database, and brings its schema up to date.
    ///
    /// # Errors
    /// Where it cannot be reached, or was written by a newer version of this program.
    pub async fn open(config: StoreConfig) -> Result<Self, StoreError> {
        let db = match &config.database {
            Database::Memory => Db::Sqlite(Sqlite::memory()?),
            Database::Sqlite { path, durability } => Db::Sqlite(Sqlite::file(path, *durability)?),
            Database::Postgres { address, connections, roots } => {
                Db::Postgres(Postgres::open(address.reveal(), *connections, roots.as_deref()).await?)
            }
        };
        let store =
            Self(Arc::new(Inner { db, keys: Keys::derive(&config.master), sequence: Sequence::new() }));
        documents::finish(&store).await?;
        ledger::organizations::roles::finish(&store).await?;
        Ok(store)
    }

    /// Applies a batch whole, and returns when that is durable.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the first guard that failed; then nothing was changed.
    pub async fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        match &self.0.db {
            Db::Sqlite(db) => db.apply(batch).await,
            Db::Postgres(db) => db.apply(&batch).await,
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.optional(&PING, []).await.map(|_| ())
    }

    /// Tries whether each statement can be prepared.
    ///
    /// # Errors
    /// The first that cannot.
    pub async fn prepares(&self, statements: &[&'static Sql]) -> Result<(), StoreError> {
        match &self.0.db {
            Db::Sqlite(db) => db.prepares(statements.to_vec()).await,
            Db::Postgres(db) => db.prepares(statements.to_vec()).await,
        }
    }

    /// The one row a statement finds, if it does.
    pub(crate) async fn optional<const N: usize>(
        &self,
        sql: &'static Sql,
        values: [Value; N],
    ) -> Result<Option<Row>, StoreError> {
        let rows = match &self.0.db {
            Db::Sqlite(db) => db.few(sql, values.into()).await?,
            Db::Postgres(db) => db.rows(sql, &values).await?,
        };
        Ok(rows.into_iter().next())
    }

    /// All rows a statement finds.
    pub(crate) async fn rows<const N: usize>(
        &self,
        sql: &'static Sql,
        values: [Value; N],
    ) -> Result<Vec<Row>, StoreError> {
        match &self.0.db {
            Db::Sqlite(db) => db.many(sql, values.into()).await,
            Db::Postgres(db) => db.rows(sql, &values).await,
        }
    }

    /// All rows that a statement finds which was put together for one question: it gets only so much time.
    pub(crate) async fn found(&self, composed: Composed) -> Result<Vec<Row>, StoreError> {
        match &self.0.db {
            Db::Sqlite(db) => db.found(composed).await,
            Db::Postgres(db) => db.found(&composed).await,
        }
    }

    /// Begins a statement for one question.
    pub(crate) fn compose(&self, place: &'static str) -> Composed {
        let dialect = match &self.0.db {
            Db::Sqlite(_) => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        };
        Composed::new(dialect, place)
    }

    /// The rows a changing statement returns: for what is whole in one statement and reported by no event.
    pub(crate) async fn change<const N: usize>(
        &self,
        sql: &'static Sql,
        values: [Value; N],
    ) -> Result<Vec<Row>, StoreError> {
        match &self.0.db {
            Db::Sqlite(db) => db.change(sql, values.into()).await,
            Db::Postgres(db) => db.rows(sql, &values).await,
        }
    }

    /// The keys that seal what must not be read in a stolen database.
    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Where the ids of events come from.
    pub(crate) fn sequence(&self) -> &Sequence {
        &self.0.sequence
    }
}

pub(crate) const STATEMENTS: &[&Sql] = &[&PING];

const PING: Sql = Sql::new("SELECT CAST(1 AS BIGINT)");
