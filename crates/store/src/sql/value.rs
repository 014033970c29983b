//! The five shapes a value may have on its way into a database.

use keybound_proto::id::{ClientId, Jti, Kid, Subject, TenantId};
use keybound_proto::time::{Lifetime, Timestamp};

/// A value as both databases understand it.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `TEXT`.
    Text(Box<str>),
    /// `BIGINT`.
    Int(i64),
    /// `BOOLEAN`.
    Bool(bool),
    /// `BYTEA`.
    Bytes(Box<[u8]>),
    /// `JSONB`, as its text.
    Json(Box<str>),
}

impl std::fmt::Debug for Value {
    /// Names the shape only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Int(_) => "int",
            Self::Bool(_) => "bool",
            Self::Bytes(_) => "bytes",
            Self::Json(_) => "json",
        })
    }
}

/// What can be given to a statement.
pub trait Bind {
    /// The value to give.
    fn bind(&self) -> Value;
}

impl<T: Bind + ?Sized> Bind for &T {
    fn bind(&self) -> Value {
        T::bind(self)
    }
}

impl<T: Bind> Bind for Option<T> {
    fn bind(&self) -> Value {
        self.as_ref().map_or(Value::Null, Bind::bind)
    }
}

impl Bind for Value {
    fn bind(&self) -> Value {
        self.clone()
    }
}

impl Bind for str {
    fn bind(&self) -> Value {
        Value::Text(self.into())
    }
}

impl Bind for String {
    fn bind(&self) -> Value {
        self.as_str().bind()
    }
}

impl Bind for i64 {
    fn bind(&self) -> Value {
        Value::Int(*self)
    }
}

impl Bind for u32 {
    fn bind(&self) -> Value {
        Value::Int(i64::from(*self))
    }
}

impl Bind for bool {
    fn bind(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Bind for [u8] {
    fn bind(&self) -> Value {
        Value::Bytes(self.into())
    }
}

impl Bind for Vec<u8> {
    fn bind(&self) -> Value {
        self.as_slice().bind()
    }
}

impl<const N: usize> Bind for [u8; N] {
    fn bind(&self) -> Value {
        self.as_slice().bind()
    }
}

impl Bind for serde_json::Value {
    fn bind(&self) -> Value {
        Value::Json(self.to_string().into_boxed_str())
    }
}

impl Bind for Timestamp {
    fn bind(&self) -> Value {
        Value::Int(self.as_unix())
    }
}

impl Bind for Lifetime {
    fn bind(&self) -> Value {
        Value::Int(i64::from(self.as_secs()))
    }
}

macro_rules! bind_text {
    ($($name:ty),* $(,)?) => {$(
        impl Bind for $name {
            fn bind(&self) -> Value {
                self.as_str().bind()
            }
        }
    )*};
}

bind_text!(ClientId, Jti, Kid, Subject, TenantId);
