//! Values, rows and errors between tokio-postgres and us.

use bytes::{BufMut, BytesMut};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;
use crate::sql::{Row, Value};

type Failure = Box<dyn std::error::Error + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match (self, ty) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Text(text), &Type::TEXT | &Type::VARCHAR) => out.put_slice(text.as_bytes()),
            (Self::Int(number), &Type::INT8) => out.put_i64(*number),
            (Self::Int(number), &Type::INT4) => out.put_i32(i32::try_from(*number)?),
            (Self::Bool(is), &Type::BOOL) => out.put_u8(u8::from(*is)),
            (Self::Bytes(bytes), &Type::BYTEA) => out.put_slice(bytes),
            (Self::Json(text) | Self::Text(text), &Type::JSONB) => {
                out.put_u8(JSONB_VERSION);
                out.put_slice(text.as_bytes());
            }
            (value, ty) => return Err(format!("{value:?} given where {ty} is wanted").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What precedes JSON text in the binary form of `JSONB`.
const JSONB_VERSION: u8 = 1;

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(match *ty {
            Type::TEXT | Type::VARCHAR => Self::Text(std::str::from_utf8(raw)?.into()),
            Type::INT8 => Self::Int(i64::from_be_bytes(raw.try_into()?)),
            Type::INT4 => Self::Int(i32::from_be_bytes(raw.try_into()?).into()),
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(raw.into()),
            Type::JSONB => {
                let text = raw.strip_prefix(&[JSONB_VERSION]).ok_or("an unknown form of JSONB")?;
                Self::Json(std::str::from_utf8(text)?.into())
            }
            _ => return Err(format!("a column of type {ty}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// What a value is called where nothing else says it.
pub(super) const fn kind(value: &Value) -> Type {
    match value {
        Value::Null | Value::Text(_) => Type::TEXT,
        Value::Int(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Bytes(_) => Type::BYTEA,
        Value::Json(_) => Type::JSONB,
    }
}

pub(super) fn row(row: &tokio_postgres::Row, place: &'static str) -> Result<Row, StoreError> {
    let cells = (0..row.len())
        .map(|column| row.try_get(column).map_err(|error| StoreError::corrupt(place, super::tell(&error))))
        .collect::<Result<Vec<Value>, _>>()?;
    Ok(Row::new(cells, place))
}

/// Whether the database undid everything and asks for another try.
pub(super) fn wants_another_try(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE
    })
}

pub(in crate::sql) fn refused(error: tokio_postgres::Error) -> StoreError {
    let reason = super::tell(&error);
    match error.code() {
        Some(code) if *code == SqlState::QUERY_CANCELED => StoreError::TooLong,
        Some(code) if !is_outage(code) => StoreError::Database { reason },
        _ => StoreError::Unavailable { reason },
    }
}

/// Connection exceptions, shutdown, and too many connections.
fn is_outage(code: &SqlState) -> bool {
    let code = code.code();
    code.starts_with("08") || code.starts_with("57P") || code.starts_with("53")
}
