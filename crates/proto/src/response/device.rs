//! What a device is told to show to its user (RFC 8628 §3.2).

use serde_json::json;

use super::token::{InvalidAnswer, lifetime};
use crate::{jose::json as read, secret::Secret, time::Lifetime};

/// A code for the device, and another for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceResponse {
    /// What the device asks for tokens with.
    pub device_code: Secret<String>,
    /// What the user types in.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code in it, for a picture to scan.
    pub verification_uri_complete: Option<String>,
    /// How long both codes live.
    pub expires_in: Lifetime,
    /// How long to wait between two questions; 5 seconds where nothing is said.
    pub interval: Lifetime,
}

impl DeviceResponse {
    /// Reads an answer. `verification_url` is how some servers spell it.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidAnswer> {
        let object = read::object(body)?;
        let text = |name| Ok::<_, InvalidAnswer>(object.string(name)?.filter(|text| !text.is_empty()));
        let required = |name| text(name)?.ok_or(InvalidAnswer::Missing(name));
        let address = match text("verification_uri")? {
            Some(address) => Some(address),
            None => text("verification_url")?,
        };
        Ok(Self {
            device_code: Secret::new(required("device_code")?.to_owned()),
            user_code: required("user_code")?.to_owned(),
            verification_uri: address.ok_or(InvalidAnswer::Missing("verification_uri"))?.to_owned(),
            verification_uri_complete: text("verification_uri_complete")?.map(str::to_owned),
            expires_in: lifetime(&object, "expires_in")?.ok_or(InvalidAnswer::Missing("expires_in"))?,
            interval: lifetime(&object, "interval")?.unwrap_or(INTERVAL),
        })
    }

    /// As JSON, for an answer that must not be cached.
    pub fn to_json(&self) -> String {
        let mut answer = json!({
            "device_code": self.device_code.reveal(),
            "user_code": self.user_code,
            "verification_uri": self.verification_uri,
            "expires_in": self.expires_in.as_secs(),
            "interval": self.interval.as_secs(),
        });
        if let (Some(complete), Some(object)) = (&self.verification_uri_complete, answer.as_object_mut()) {
            object.insert("verification_uri_complete".to_owned(), complete.as_str().into());
        }
        answer.to_string()
    }
}

/// RFC 8628 §3.2.
const INTERVAL: Lifetime = Lifetime::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8628 §3.2.
    #[test]
    fn a_server_that_names_no_interval_is_asked_every_five_seconds() {
        let body = br#"{"device_code":"s3cret","user_code":"WDJB-MJHT","verification_uri":"https://a/device","expires_in":1800}"#;
        let read = DeviceResponse::parse(body).unwrap();
        assert_eq!(read.interval, Lifetime::seconds(5));
        assert_eq!(DeviceResponse::parse(read.to_json().as_bytes()).unwrap(), read);
        assert!(!format!("{read:?}").contains("s3cret"));
        assert!(DeviceResponse::parse(br#"{"device_code":"d","user_code":"u","expires_in":1}"#).is_err());
    }
}
