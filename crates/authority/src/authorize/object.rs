//! Requests that are signed (RFC 9101).

use keybound_proto::form::Form;
use keybound_proto::jose::{JwtError, Verify};
use keybound_proto::request::object::{ExpectObject, RequestObject, RequestObjectError, Typing};

use crate::Refusal;
use crate::authenticate_client::Expected;
use crate::model::client::{Client, ClientProfile};

/// The parameters of a signed request, once a key of the client that is named beside it has signed them.
pub fn open<V: Verify>(client: &Client, object: &str, expected: &Expected<'_, V>) -> Result<Form, Refusal> {
    let typing = match client.profile {
        ClientProfile::Auth0 => Typing::Lenient,
        ClientProfile::Rfc => Typing::Explicit,
    };
    let expect = ExpectObject { client: &client.id, issuer: expected.issuer, typing };
    let keys = client.request_objects.keys.live(expected.now);
    Ok(RequestObject::parse(object)?.check(expected.backend, keys, &expect, expected.now)?)
}

impl From<RequestObjectError> for Refusal {
    fn from(error: RequestObjectError) -> Self {
        match error {
            RequestObjectError::Jwt(JwtError::Audience) => Self::ObjectAudience,
            RequestObjectError::Jwt(JwtError::Expired { .. } | JwtError::NotYet { .. }) => {
                Self::ObjectExpired
            }
            RequestObjectError::Jwt(JwtError::NoKey | JwtError::Signature(_)) => Self::ObjectSignature,
            RequestObjectError::Names => Self::ObjectNames,
            RequestObjectError::Nested => Self::ObjectNested,
            RequestObjectError::TooLong => Self::ObjectTooLong,
            _ => Self::ObjectMalformed,
        }
    }
}

#[cfg(test)]
mod tests;
