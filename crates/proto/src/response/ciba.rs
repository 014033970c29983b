//! What a client is told that had a user called (CIBA Core §7.3).

use super::token::{InvalidAnswer, lifetime};
use crate::{jose::json, secret::Secret, time::Lifetime};

/// A name for the request, to ask for its outcome with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CibaResponse {
    /// What the client asks for tokens with.
    pub auth_req_id: Secret<String>,
    /// How long the user may take.
    pub expires_in: Lifetime,
    /// How long to wait between two questions; 5 seconds where nothing is said.
    pub interval: Lifetime,
}

impl CibaResponse {
    /// Reads an answer; members it does not know are passed over.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = json::object(body)?;
        let name = object.string("auth_req_id")?.filter(|name| !name.is_empty());
        Ok(Self {
            auth_req_id: Secret::new(name.ok_or(InvalidAnswer::Missing("auth_req_id"))?.to_owned()),
            expires_in: lifetime(&object, "expires_in")?.ok_or(InvalidAnswer::Missing("expires_in"))?,
            interval: lifetime(&object, "interval")?.unwrap_or(INTERVAL),
        })
    }

    /// As JSON, for an answer that must not be cached.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "auth_req_id": self.auth_req_id.reveal(),
            "expires_in": self.expires_in.as_secs(),
            "interval": self.interval.as_secs(),
        })
        .to_string()
    }
}

/// CIBA Core §7.3.
const INTERVAL: Lifetime = Lifetime::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;

    /// CIBA Core §7.3.
    #[test]
    fn a_server_that_names_no_interval_is_asked_every_five_seconds() {
        let read = CibaResponse::parse(br#"{"auth_req_id":"s3cret","expires_in":120}"#).unwrap();
        assert_eq!((read.interval, read.expires_in), (Lifetime::seconds(5), Lifetime::seconds(120)));
        assert!(!format!("{read:?}").contains("s3cret"));
        for bad in [r#"{"auth_req_id":"","expires_in":1}"#, r#"{"auth_req_id":"a"}"#, "[]"] {
            assert!(CibaResponse::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
