//! What comes back from a database, read into our own types.

use keybound_proto::id::{ClientId, Kid, Subject, TenantId};
use keybound_proto::time::{Lifetime, Timestamp};

use super::Value;
use crate::error::StoreError;

/// One row of an answer; its columns are taken in the order the statement names them.
#[derive(Debug)]
pub struct Row {
    cells: std::vec::IntoIter<Value>,
    place: &'static str,
}

impl Row {
    pub(crate) fn new(cells: Vec<Value>, place: &'static str) -> Self {
        Self { cells: cells.into_iter(), place }
    }

    /// The next column, as what it should be.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is something else.
    pub fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        let cell = self.cells.next().ok_or_else(|| self.corrupt("a column is missing"))?;
        T::read(cell).map_err(|reason| self.corrupt(reason))
    }

    /// The failure to report when what this row holds makes no sense.
    pub(crate) fn corrupt(&self, reason: impl ToString) -> StoreError {
        StoreError::corrupt(self.place, reason)
    }
}

/// What can be read from a column.
pub trait Column: Sized {
    /// Reads it, or says in a fragment why it cannot be read.
    ///
    /// # Errors
    /// The reason, without the value.
    fn read(cell: Value) -> Result<Self, &'static str>;
}

impl<T: Column> Column for Option<T> {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Null => Ok(None),
            cell => T::read(cell).map(Some),
        }
    }
}

impl Column for String {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Text(text) | Value::Json(text) => Ok(text.into()),
            _ => Err("not a text"),
        }
    }
}

impl Column for i64 {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Int(number) => Ok(number),
            _ => Err("not a number"),
        }
    }
}

impl Column for u32 {
    fn read(cell: Value) -> Result<Self, &'static str> {
        Self::try_from(i64::read(cell)?).map_err(|_| "a number out of range")
    }
}

impl Column for bool {
    /// SQLite keeps booleans as numbers.
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Bool(is) => Ok(is),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            _ => Err("not a boolean"),
        }
    }
}

impl Column for Vec<u8> {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Bytes(bytes) => Ok(bytes.into()),
            _ => Err("not bytes"),
        }
    }
}

impl<const N: usize> Column for [u8; N] {
    fn read(cell: Value) -> Result<Self, &'static str> {
        Vec::read(cell)?.try_into().map_err(|_| "bytes of the wrong length")
    }
}

impl Column for serde_json::Value {
    /// SQLite keeps JSON as text.
    fn read(cell: Value) -> Result<Self, &'static str> {
        match cell {
            Value::Json(text) | Value::Text(text) => serde_json::from_str(&text).map_err(|_| "not JSON"),
            _ => Err("not JSON"),
        }
    }
}

impl Column for Timestamp {
    fn read(cell: Value) -> Result<Self, &'static str> {
        i64::read(cell).map(Self::from_unix)
    }
}

impl Column for Lifetime {
    fn read(cell: Value) -> Result<Self, &'static str> {
        u32::read(cell).map(Self::seconds)
    }
}

macro_rules! column_text {
    ($($name:ty),* $(,)?) => {$(
        impl Column for $name {
            fn read(cell: Value) -> Result<Self, &'static str> {
                Self::parse(&String::read(cell)?).map_err(|_| concat!("not a ", stringify!($name)))
            }
        }
    )*};
}

column_text!(ClientId, Kid, Subject, TenantId);
