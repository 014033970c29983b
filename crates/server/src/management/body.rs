//! A body of the Management API: a JSON object that fits its kind's table.

use std::sync::Arc;

use axum::extract::{FromRequest, OptionalFromRequest, Request};
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use keybound_api::{Fault, Invalid, Kind, Shape, Verb, Where};
use keybound_proto::field::MediaType;
use serde_json::Value;

use super::managed::{Managed, Members};
use crate::{
    app::App,
    extract::Body,
    failure::{Failure, ManagementFailure},
};

/// The bytes of a body, up to the megabyte that Auth0 takes. Who sends it has shown a permit before it is read.
pub(crate) struct Sent(Bytes);

impl FromRequest<Arc<App>> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            return Err(ManagementFailure::MediaType.into());
        }
        let body = Body::up_to(LIMIT, request, app).await?.0;
        without_end(&body).map_err(refused)?;
        Ok(Self(body))
    }
}

/// Where nothing need be said, nothing may be sent: no body, or a `null`.
impl OptionalFromRequest<Arc<App>> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Option<Self>, Failure> {
        let said = is_json(request.headers());
        let body = Body::up_to(LIMIT, request, app).await?.0;
        match body.as_ref() {
            b"" => Ok(None),
            _ if !said => Err(ManagementFailure::MediaType.into()),
            null if null.trim_ascii() == b"null" => Ok(None),
            _ => without_end(&body).map(|()| Some(Self(body))).map_err(refused),
        }
    }
}

impl Sent {
    /// As it came.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads it by the kind's table.
    pub(super) fn read<M: Managed>(&self, verb: Verb) -> Result<Members, Failure> {
        self.read_by(M::KIND, verb)
    }

    /// The same for a kind of thing that is part of another.
    pub(super) fn read_by(&self, kind: &Kind, verb: Verb) -> Result<Members, Failure> {
        kind.read(verb, &self.0).map_err(refused)
    }
}

impl Sent {
    /// Reads it by a shape: not every body is an object.
    pub(super) fn read_as(&self, shape: Shape) -> Result<Value, Failure> {
        keybound_api::read(shape, &self.0).map_err(refused)
    }
}

/// Refuses JSON with a U+0000 in it: no text of PostgreSQL's has one.
pub(crate) fn without_end(json: &[u8]) -> Result<(), Invalid> {
    fn ends(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(ends),
            Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || ends(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    const ESCAPED: &[u8] = b"\\u0000";
    let suspect = json.windows(ESCAPED.len()).any(|window| window == ESCAPED);
    if suspect && serde_json::from_slice(json).is_ok_and(|value| ends(&value)) {
        return Err(Invalid::body("", Fault::Other(END.to_owned())));
    }
    Ok(())
}

/// What is said of it, wherever it stands.
pub(super) const END: &str = "'No text may have a U+0000'.";

/// What is wrong, as a failure.
pub(super) fn refused(invalid: Invalid) -> Failure {
    let message = invalid.to_string();
    let failure = match invalid.place {
        _ if matches!(invalid.fault, Fault::Whole(_)) => {
            ManagementFailure::NotSupported { message, code: None }
        }
        _ if invalid.is_not_offered() => ManagementFailure::NotOffered { message },
        Where::Body => ManagementFailure::Body { message },
        Where::Path => ManagementFailure::Path { message },
        Where::Query => ManagementFailure::Query { message },
    };
    failure.into()
}

/// What a page may send anywhere without asking first is never a command (Fetch §2.2.2).
fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let media = lines.next().and_then(|line| MediaType::parse(line.as_bytes()));
    lines.next().is_none() && media.is_some_and(|media| media.is("application/json"))
}

const LIMIT: usize = 1 << 20;
