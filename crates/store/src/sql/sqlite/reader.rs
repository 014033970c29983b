//! Connections that only read: as many as are used at once, and none waits for the writer.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

use super::convert;
use crate::error::StoreError;
use crate::sql::composed::PATIENCE;
use crate::sql::{Composed, Row, Sql, Value};

/// Statements each connection keeps prepared.
const PREPARED: usize = 128;

/// Idle connections kept for the next reader.
const IDLE: usize = 8;

/// Pages each connection keeps, in KiB: the system's own cache holds the file anyway.
const PAGES: i32 = 1_024;

/// Connections that only read.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Result<Self, StoreError> {
        let readers = Self { path, idle: Mutex::default() };
        let first = readers.open()?;
        readers.give_back(first);
        Ok(readers)
    }

    pub(super) fn read(&self, sql: &'static Sql, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.by(|connection| read(connection, sql, values))
    }

    pub(super) fn find(&self, composed: &Composed) -> Result<Vec<Row>, StoreError> {
        self.by(|connection| find(connection, composed))
    }

    fn by(
        &self,
        read: impl FnOnce(&Connection) -> Result<Vec<Row>, StoreError>,
    ) -> Result<Vec<Row>, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let rows = read(&connection);
        self.give_back(connection);
        rows
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }

    fn open(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(convert::unreachable_file)?;
        connection.busy_timeout(super::BUSY).map_err(convert::refused)?;
        connection.pragma_update(None, "cache_size", -PAGES).map_err(convert::refused)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        Ok(connection)
    }
}

fn read(connection: &Connection, sql: &'static Sql, values: &[Value]) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(&sql.sqlite()).map_err(convert::refused)?;
    convert::rows(&mut statement, sql.place(), values)
}

/// Answers one question, as far as there is time for it. Every question is another, so nothing of it is kept.
pub(super) fn find(connection: &Connection, composed: &Composed) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare(composed.text()).map_err(convert::refused)?;
    let start = Instant::now();
    let watch = move || start.elapsed() > PATIENCE;
    connection.progress_handler(WATCHED, Some(watch)).map_err(convert::refused)?;
    let rows = convert::rows(&mut statement, composed.place(), composed.values());
    connection.progress_handler(0, None::<fn() -> bool>).map_err(convert::refused)?;
    rows
}

/// Instructions of SQLite's machine between looks at the clock: less than a millisecond.
const WATCHED: std::ffi::c_int = 10_000;
