//! How the words of `authority` and `proto` stand in columns.

use keybound_authority::model::client::GrantKind;
use keybound_authority::model::digest::{
    CodeDigest, MfaDigest, RecoveryDigest, RefreshDigest, SessionDigest,
};
use keybound_authority::model::factor::{AuthenticatorId, FactorKind, Factors};
use keybound_authority::model::name::{
    AudienceName, ConnectionName, FamilyId, OrganizationId, OrganizationName, SessionId,
};
use keybound_proto::id::IdTokenNonce;
use keybound_proto::jose::{Alg, Thumbprint};
use keybound_proto::pkce::CodeChallenge;
use keybound_proto::scope::Scopes;
use keybound_proto::uri::RedirectUri;

use crate::sql::{Bind, Column, Value};

macro_rules! as_text {
    ($($name:ty),* $(,)?) => {$(
        impl Bind for $name {
            fn bind(&self) -> Value {
                self.as_str().bind()
            }
        }

        impl Column for $name {
            fn read(cell: Value) -> Result<Self, &'static str> {
                Self::parse(&String::read(cell)?).map_err(|_| concat!("not a ", stringify!($name)))
            }
        }
    )*};
}

as_text!(
    AudienceName,
    AuthenticatorId,
    ConnectionName,
    FamilyId,
    IdTokenNonce,
    OrganizationId,
    OrganizationName,
    RedirectUri,
    SessionId,
);

macro_rules! as_bytes {
    ($($name:ty),* $(,)?) => {$(
        impl Bind for $name {
            fn bind(&self) -> Value {
                self.as_bytes().bind()
            }
        }

        impl Column for $name {
            fn read(cell: Value) -> Result<Self, &'static str> {
                Column::read(cell).map(Self::from_bytes)
            }
        }
    )*};
}

as_bytes!(CodeDigest, MfaDigest, RecoveryDigest, RefreshDigest, SessionDigest, Thumbprint);

macro_rules! as_word {
    ($($name:ty),* $(,)?) => {$(
        impl Bind for $name {
            fn bind(&self) -> Value {
                self.as_str().bind()
            }
        }

        impl Column for $name {
            fn read(cell: Value) -> Result<Self, &'static str> {
                Self::parse(&String::read(cell)?).ok_or(concat!("not a ", stringify!($name)))
            }
        }
    )*};
}

as_word!(FactorKind, GrantKind);

impl Bind for Factors {
    fn bind(&self) -> Value {
        Value::Int(match self {
            Self::One => 1,
            Self::Two => 2,
        })
    }
}

impl Column for Factors {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match i64::read(cell)? {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            _ => Err("not a number of factors"),
        }
    }
}

impl Bind for Scopes {
    fn bind(&self) -> Value {
        Value::Text(self.to_string().into())
    }
}

impl Column for Scopes {
    fn read(cell: Value) -> Result<Self, &'static str> {
        match String::read(cell)?.as_str() {
            "" => Ok(Self::none()),
            text => Self::parse(text).map_err(|_| "not scopes"),
        }
    }
}

impl Bind for Alg {
    fn bind(&self) -> Value {
        self.name().bind()
    }
}

impl Column for Alg {
    fn read(cell: Value) -> Result<Self, &'static str> {
        Self::parse(&String::read(cell)?).ok_or("not an algorithm")
    }
}

impl Bind for CodeChallenge {
    fn bind(&self) -> Value {
        Value::Text(format!("{} {}", self.method(), self.to_text()).into())
    }
}

impl Column for CodeChallenge {
    fn read(cell: Value) -> Result<Self, &'static str> {
        let text = String::read(cell)?;
        let (method, challenge) = text.split_once(' ').ok_or("not a code challenge")?;
        Self::parse_permitting_plain(challenge, Some(method)).map_err(|_| "not a code challenge")
    }
}
