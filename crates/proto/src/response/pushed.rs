//! The answer to a pushed authorization request (RFC 9126 §2.2).

use serde_json::json;

use super::token::{InvalidAnswer, lifetime};
use crate::{jose::json, time::Lifetime};

/// What stands for the parameters now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedResponse {
    /// The name of what was pushed; it serves once.
    pub request_uri: String,
    /// How long the server remembers.
    pub expires_in: Lifetime,
}

impl PushedResponse {
    /// Reads an answer; members it does not know are passed over.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let name = object.string("request_uri")?.filter(|name| !name.is_empty());
        Ok(Self {
            request_uri: name.ok_or(InvalidAnswer::Missing("request_uri"))?.to_owned(),
            expires_in: lifetime(&object, "expires_in")?.ok_or(InvalidAnswer::Missing("expires_in"))?,
        })
    }

    /// As JSON, for an answer that must not be cached.
    pub fn to_json(&self) -> String {
        json!({ "request_uri": self.request_uri, "expires_in": self.expires_in.as_secs() }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9126 §2.2.
    #[test]
    fn both_members_must_be_there() {
        let body = br#"{"request_uri":"urn:ietf:params:oauth:request_uri:x","expires_in":60,"more":1}"#;
        let read = PushedResponse::parse(body).unwrap();
        assert_eq!(read.request_uri, "urn:ietf:params:oauth:request_uri:x");
        assert_eq!(read.expires_in, Lifetime::seconds(60));
        assert_eq!(PushedResponse::parse(read.to_json().as_bytes()), Ok(read));
        for bad in
            ["", r#"{"request_uri":"urn:x"}"#, r#"{"expires_in":60}"#, r#"{"request_uri":"","expires_in":6}"#]
        {
            assert!(PushedResponse::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
