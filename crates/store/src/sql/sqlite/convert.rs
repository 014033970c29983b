//! Values, rows and errors between rusqlite and us.

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{Error, ErrorCode, Statement};

use crate::error::StoreError;
use crate::sql::{Row, Value};

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Text(text) | Self::Json(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Int(number) => ToSqlOutput::Owned(Owned::Integer(*number)),
            Self::Bool(is) => ToSqlOutput::Owned(Owned::Integer(i64::from(*is))),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// Runs a statement that reads or returns, and takes all its rows.
pub(super) fn rows(
    statement: &mut Statement<'_>,
    place: &'static str,
    values: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let width = statement.column_count();
    let mut found = statement.query(rusqlite::params_from_iter(values)).map_err(refused)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(refused)? {
        let mut cells = Vec::with_capacity(width);
        for column in 0..width {
            cells.push(cell(row.get_ref(column).map_err(refused)?, place)?);
        }
        rows.push(Row::new(cells, place));
    }
    Ok(rows)
}

/// Runs a statement that changes, and counts the rows it changed.
pub(super) fn count(statement: &mut Statement<'_>, values: &[Value]) -> Result<usize, Error> {
    statement.execute(rusqlite::params_from_iter(values))
}

fn cell(cell: ValueRef<'_>, place: &'static str) -> Result<Value, StoreError> {
    Ok(match cell {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Real(_) => return Err(StoreError::corrupt(place, "a fraction")),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.into()),
            Err(_) => return Err(StoreError::corrupt(place, "a text that is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.into()),
    })
}

/// Whether a uniqueness rule was broken.
pub(super) fn is_duplicate(error: &Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    error.sqlite_error().is_some_and(|error| {
        matches!(error.extended_code, SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE)
    })
}

pub(in crate::sql) fn refused(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => StoreError::TooLong,
        Some(ErrorCode::DatabaseBusy | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => {
            StoreError::unavailable(error)
        }
        _ => StoreError::Database { reason: error.to_string() },
    }
}

pub(super) fn unreachable_file(error: Error) -> StoreError {
    StoreError::unavailable(error)
}
