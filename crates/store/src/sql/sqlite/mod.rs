//! SQLite: one thread that writes for everybody, and readers that never wait for it.

mod checkpoint;
mod convert;
mod reader;
mod rhythm;
mod writer;

use std::sync::{Arc, mpsc};

use tokio::sync::oneshot;

use self::checkpoint::Checkpoints;
pub(super) use self::convert::refused;
use self::reader::Readers;
use self::writer::Work;
use super::{Batch, Composed, Row, Sql, Value, migrate};
use crate::config::Durability;
use crate::error::StoreError;

/// A SQLite database, open.
#[derive(Debug)]
pub(super) struct Sqlite {
    /// Nobody waits to be heard: each caller has one request here, and waits for its answer.
    writer: mpsc::Sender<Work>,
    /// `None` when only the writer can see the database, because it is in its memory.
    readers: Option<Arc<Readers>>,
}

impl Sqlite {
    /// A database in memory, empty.
    pub(super) fn memory() -> Result<Self, StoreError> {
        let mut connection = rusqlite::Connection::open_in_memory().map_err(convert::refused)?;
        migrate::sqlite(&mut connection)?;
        Ok(Self { writer: writer::start(connection, None)?, readers: None })
    }

    /// A database in a file, made when missing.
    pub(super) fn file(path: &std::path::Path, durability: Durability) -> Result<Self, StoreError> {
        keep_private(path);
        let mut connection = rusqlite::Connection::open(path).map_err(convert::unreachable_file)?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Process => "NORMAL",
        };
        connection.busy_timeout(BUSY).map_err(convert::refused)?;
        for (pragma, value) in
            [("journal_mode", "WAL"), ("synchronous", synchronous), ("temp_store", "MEMORY")]
        {
            connection.pragma_update(None, pragma, value).map_err(convert::refused)?;
        }
        migrate::sqlite(&mut connection)?;
        let readers = Readers::new(path.to_owned())?;
        let checkpoints = Checkpoints::start(&connection, path)?;
        Ok(Self { writer: writer::start(connection, Some(checkpoints))?, readers: Some(Arc::new(readers)) })
    }

    /// Applies a batch whole, once it is durable.
    pub(super) async fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Apply(batch, reply))?;
        answer.await.map_err(|_| closed())?
    }

    /// Runs one changing statement and answers with its rows, once it is durable.
    pub(super) async fn change(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Change(sql, values, reply))?;
        answer.await.map_err(|_| closed())?
    }

    /// Reads a row or two. This takes microseconds, less than going to another thread would: so it is done
    /// on this one.
    pub(super) async fn few(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.readers {
            Some(readers) => readers.read(sql, &values),
            None => self.read_by_writer(sql, values).await,
        }
    }

    /// Reads as many rows as there are, on a thread that may block.
    pub(super) async fn many(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        match &self.readers {
            Some(readers) => {
                let readers = Arc::clone(readers);
                tokio::task::spawn_blocking(move || readers.read(sql, &values))
                    .await
                    .map_err(StoreError::unavailable)?
            }
            None => self.read_by_writer(sql, values).await,
        }
    }

    /// Answers one question, on a thread that may block.
    pub(super) async fn found(&self, composed: Composed) -> Result<Vec<Row>, StoreError> {
        match &self.readers {
            Some(readers) => {
                let readers = Arc::clone(readers);
                tokio::task::spawn_blocking(move || readers.find(&composed))
                    .await
                    .map_err(StoreError::unavailable)?
            }
            None => {
                let (reply, answer) = oneshot::channel();
                self.send(Work::Find(composed, reply))?;
                answer.await.map_err(|_| closed())?
            }
        }
    }

    /// Whether every statement can be prepared; the first that cannot is the error.
    pub(super) async fn prepares(&self, statements: Vec<&'static Sql>) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Prepare(statements, reply))?;
        answer.await.map_err(|_| closed())?
    }

    async fn read_by_writer(&self, sql: &'static Sql, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Read(sql, values, reply))?;
        answer.await.map_err(|_| closed())?
    }

    fn send(&self, work: Work) -> Result<(), StoreError> {
        self.writer.send(work).map_err(|_| closed())
    }
}

/// Makes a missing file readable by its owner alone; SQLite gives its companions the same mode.
///
/// What goes wrong here goes wrong again when SQLite opens the file, which says so better.
fn keep_private(path: &std::path::Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    _ = options.open(path);
}

/// How long to wait for another process that is writing.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

fn closed() -> StoreError {
    StoreError::unavailable("it has been closed")
}

#[cfg(all(test, feature = "testing"))]
mod tests;
